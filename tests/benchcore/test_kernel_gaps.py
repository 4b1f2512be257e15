"""Times that overlap are counted once, rows add up, and the check of it can fail."""

import json
import time

import msgspec
import pytest
import recorded_traces
from hypothesis import given
from hypothesis import strategies as st

from benchcore.clock import Timings
from benchcore.kernels import capture
from benchcore.kernels.cell import cell_profile
from benchcore.kernels.decompose import contender_profile, gap
from benchcore.kernels.overlap import enclosing, shares_ns
from benchcore.kernels.profile import IDLE, NOT_DIVIDED, ROWS, TRACING
from benchcore.kernels.trace import (
    DEVICE_CATEGORIES,
    OPERATOR_CATEGORIES,
    CallTotal,
    Span,
    Trace,
    call_totals,
    compact,
    device_trouble,
)


def spans_of(*triples):
    return [Span(0, start, duration, stream, 0) for start, duration, stream in triples]


@pytest.mark.parametrize(
    ("triples", "shares"),
    [
        ([], []),
        ([(0, 10, 0), (10, 5, 0)], [10, 5]),
        ([(0, 10, 0), (5, 10, 1)], [7.5, 7.5]),
        ([(0, 12, 0), (0, 12, 1), (0, 6, 2)], [5, 5, 2]),
        ([(0, 10, 0), (2, 3, 0)], [7, 3]),  # a caller and what it calls
        ([(0, 10, 0), (8, 4, 0)], [8, 4]),  # the next begins before the last has ended
        ([(0, 0, 0), (0, 4, 0)], [0, 4]),
        ([(0, 10, 0), (20, 10, 0)], [10, 10]),
    ],
)
def test_time_is_shared_by_hand(triples, shares):
    assert shares_ns(spans_of(*triples)) == pytest.approx(shares)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 20), st.integers(0, 3)),
        min_size=1,
        max_size=30,
    )
)
def test_the_shares_are_the_time_in_which_anything_runs(triples):
    spans = spans_of(*sorted(triples, key=lambda t: (t[0], -t[1])))
    busy = {t for span in spans for t in range(span.start_ns, span.end_ns)}
    assert sum(shares_ns(spans)) == pytest.approx(len(busy))
    pairs = zip(shares_ns(spans), spans, strict=True)
    assert all(0 <= share <= span.duration_ns + 1e-9 for share, span in pairs)


def test_what_encloses_what():
    spans = spans_of((0, 10, 0), (1, 4, 0), (2, 1, 0), (3, 5, 1), (5, 5, 0), (10, 1, 0))
    assert enclosing(spans) == [None, 0, 1, None, 0, None]


EVENTS = [
    {"ph": "M", "name": "process_name", "ts": 5.0},
    {"ph": "X", "cat": "kernel", "name": "k", "ts": 30.5, "dur": 2.5, "pid": 0, "tid": 7},
    {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD (Pageable -> Device)", "ts": 10.25,
     "dur": 1.0, "pid": 0, "tid": 7, "args": {"bytes": 4096}},
    {"ph": "X", "cat": "kernel", "name": "k", "ts": 31.0, "dur": 1.0, "pid": 0, "tid": 13},
    {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "ts": 8.0, "dur": 1.5},
    {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "ts": 9.6, "dur": 0.5},
    {"ph": "X", "cat": "cuda_driver", "name": "cuLaunchKernel", "ts": 9.9, "dur": 0.25},
    {"ph": "X", "cat": "cpu_op", "name": "aten::add", "ts": 1.0, "dur": 1.0, "pid": 1, "tid": 2},
    {"ph": "X", "cat": "overhead", "name": "Activity Buffer Request", "ts": 1.0, "dur": 1.0},
]  # fmt: skip


def test_a_trace_file_is_read():
    names, spans = compact(EVENTS, DEVICE_CATEGORIES)
    assert names == ["Memcpy HtoD (Pageable -> Device)", "k"]
    assert spans == [
        Span(0, 0, 1000, 0, 4096),
        Span(1, 20250, 2500, 0, 0),
        Span(1, 20750, 1000, 1, 0),
    ]
    assert compact(EVENTS, OPERATOR_CATEGORIES) == (["aten::add"], [Span(0, 0, 1000, 0, 0)])
    assert compact([], DEVICE_CATEGORIES) == ([], [])
    assert call_totals(EVENTS) == {
        "cudaLaunchKernel": CallTotal(calls=2, time_ns=2000),
        "cuLaunchKernel": CallTotal(calls=1, time_ns=250),
    }


def test_a_device_without_kernels_or_durations_is_refused_in_words():
    assert device_trouble(spans_of((0, 1, 0), (1, 0, 0))) is None
    assert device_trouble([]).startswith("CUPTI saw no kernel")
    assert device_trouble(spans_of((0, 0, 0))) == "CUPTI gave no kernel a duration."


def pair(mode, batch, contender="dlib"):
    traces = [recorded_traces.trace(name, mode, batch) for name in (contender, "torch")]
    return [contender_profile(trace) for trace in traces]


@pytest.mark.parametrize(("mode", "batch"), recorded_traces.PAIRS)
def test_recorded_rows_add_up_to_the_untraced_time(mode, batch):
    mine, theirs = pair(mode, batch)
    for one in (mine, theirs):
        rows_ms = {kind: share.time_ms for kind, share in one.rows.items()}
        assert sum(rows_ms.values()) == pytest.approx(one.untraced_ms)
        assert one.busy_ms == pytest.approx(sum(rows_ms.values()) - rows_ms[IDLE])
        assert list(one.rows) == [kind for kind in ROWS if kind in one.rows]
        # Nothing was hidden by subtracting: kernels alone are never longer than an iteration.
        assert 0 < rows_ms[IDLE] < one.untraced_ms
        assert sum(kernel.time_ms for kernel in one.kernels) == pytest.approx(one.busy_ms)
        assert sum(s.time_ms for s in one.algorithms.values()) == pytest.approx(
            rows_ms["convolution"]
        )
    found = gap(
        mine,
        theirs,
        reference="torch",
        measured_ms=mine.untraced_ms - theirs.untraced_ms,
        told_apart=True,
    )
    assert found.adds_up
    assert found.residual_ms == pytest.approx(0, abs=1e-9)
    assert found.sum_ms == pytest.approx(sum(found.rows_ms.values()))


def test_what_the_recordings_say():
    mine, theirs = pair("infer", 32)
    assert mine.rows["convolution"].time_ms == pytest.approx(12.895, abs=1e-3)
    assert theirs.rows["convolution"].time_ms == pytest.approx(8.224, abs=0.02)
    assert set(mine.algorithms) == {"implicit GEMM", "FFT", "xmma implicit GEMM"}
    assert mine.host.launch.calls == 242
    assert mine.host.synchronize.calls == 1
    assert mine.traced_ms == pytest.approx(16.674, abs=1e-3)
    assert mine.traffic_bytes is None
    assert mine.traffic_unknown_because.startswith("CUPTI")
    # dlib's FFTs use two streams beside the first; their sum would be longer than an iteration.
    trace = recorded_traces.trace("dlib", "infer", 32)
    assert {span.stream for span in trace.spans} == {0, 1, 2}
    assert sum(s.duration_ns for s in trace.spans) / 2e6 > mine.busy_ms + 0.3
    mine, theirs = pair("train", 32)
    assert mine.copied_bytes["HtoD"] == pytest.approx(4 * 32 * 3 * 224 * 224, rel=0.01)
    assert theirs.copied_bytes["DtoH"] == 4


def test_the_sum_is_held_against_what_was_measured_before():
    mine, theirs = pair("infer", 32)
    truth_ms = mine.untraced_ms - theirs.untraced_ms

    def found(measured_ms):
        return gap(mine, theirs, reference="torch", measured_ms=measured_ms, told_apart=True)

    assert found(truth_ms / 0.951).adds_up
    assert found(truth_ms / 1.049).adds_up
    assert not found(truth_ms / 0.949).adds_up
    assert not found(truth_ms / 1.051).adds_up
    assert not found(-truth_ms).adds_up
    assert found(truth_ms + 2).residual_ms == pytest.approx(2)


def test_a_contender_that_nothing_sees_into_is_one_row():
    remark = "Its CPU code is its own."
    unseen = contender_profile(
        Trace(
            source="none", untraced_ms=[9.0, 10.0, 30.0], traced_ms=[], names=[], spans=[],
            calls={}, remark=remark,
        )
    )  # fmt: skip
    assert {kind: share.time_ms for kind, share in unseen.rows.items()} == {NOT_DIVIDED: 10.0}
    assert (unseen.remark, unseen.traced_ms, unseen.iterations) == (remark, None, 0)
    theirs = pair("infer", 32)[1]
    found = gap(unseen, theirs, reference="torch", measured_ms=-1.7, told_apart=True)
    assert found.sum_ms == pytest.approx(10.0 - theirs.untraced_ms)
    assert found.rows_ms[NOT_DIVIDED] == 10.0


def test_on_the_cpu_tracing_has_a_row_of_its_own():
    trace = Trace(
        source="operators",
        untraced_ms=[10.0],
        traced_ms=[12.0, 14.0],
        names=["aten::conv2d", "aten::relu"],
        spans=[Span(0, 0, 20_000_000, 0, 0), Span(1, 20_000_000, 4_000_000, 0, 0)],
        calls={},
    )
    rows = {kind: s.time_ms for kind, s in contender_profile(trace).rows.items()}
    assert rows == pytest.approx({"convolution": 10, "activation": 2, IDLE: 1, TRACING: -3})
    assert contender_profile(trace).host is None


def test_a_cells_profile_needs_both_and_tells_what_is_within_the_interval():
    cell = recorded_traces.cell("infer", 32, "dlib", "dlib-fused")
    assert set(cell.profile.gaps) == {"dlib", "dlib-fused"}
    assert all(found.told_apart and found.adds_up for found in cell.profile.gaps.values())
    within = recorded_traces.cell("infer", 32, "dlib", low=0.9, high=1.1)
    assert not within.profile.gaps["dlib"].told_apart
    trace = recorded_traces.trace("dlib", "infer", 32)
    lonely = cell_profile(
        {"dlib": trace},
        {"torch": "It has no profiler."},
        reference="torch",
        results=cell.contenders,
        factors=cell.factors,
    )
    assert (lonely.gaps, lonely.unknown_because) == ({}, {"torch": "It has no profiler."})
    assert cell_profile({}, {}, reference="torch", results={}, factors={}) is None


def test_recordings_are_in_the_form_that_workers_send():
    for path in sorted(recorded_traces.FOLDER.glob("*.json")):
        found = msgspec.json.decode(path.read_bytes(), type=Trace)
        assert msgspec.json.encode(found) + b"\n" == path.read_bytes()
        starts = [span.start_ns for span in found.spans]
        assert starts == sorted(starts)


def test_a_process_without_pytorch_is_not_made_to_load_it(monkeypatch):
    monkeypatch.delitem(capture.sys.modules, "torch", raising=False)
    trace = capture.capture(
        lambda: time.sleep(1e-3),
        lambda: None,
        device="cpu",
        iterations=2,
        seconds=0,
        least=3,
        most=3,
    )
    assert (trace.source, len(trace.untraced_ms), trace.traced_ms) == ("none", 3, [])
    assert "torch" not in capture.sys.modules


@pytest.mark.parametrize(
    ("usual_ms", "slow_ms", "blocks"),
    [
        (20.0, [60, 40, 20, 20], 3),  # the third is as usual
        (20.0, [20.1] * 4, 1),
        (20.0, [30.0] * 400, 167),  # never: after 5 s the last has to do
        (None, [60, 20], 1),
    ],
)
def test_a_trace_waits_for_a_block_as_usual(monkeypatch, usual_ms, slow_ms, blocks):
    taken, clock_s = [], [0.0]

    def block(*_, **given):
        taken.append(given)
        ms = slow_ms[len(taken) - 1]
        clock_s[0] += ms / 1e3
        return Timings(wall_ms=[ms])

    monkeypatch.setattr(capture, "time_iterations", block)
    monkeypatch.delitem(capture.sys.modules, "torch", raising=False)
    trace = capture.capture(
        lambda: None,
        lambda: None,
        device="cpu",
        iterations=2,
        seconds=0,
        least=1,
        most=1,
        usual_ms=usual_ms,
        now_s=lambda: clock_s[0],
    )
    assert len(taken) == blocks
    assert trace.untraced_ms == [slow_ms[len(taken) - 1]]


def test_pytorchs_operators_are_traced_here():
    import torch

    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU()
    ).eval()
    images = torch.zeros(1, 3, 16, 16)

    def enqueue():
        with torch.inference_mode():
            layers(images)

    trace = capture.capture(
        enqueue, lambda: None, device="cpu", iterations=3, seconds=0, least=2, most=2
    )
    assert trace.source == "operators"
    assert (len(trace.untraced_ms), len(trace.traced_ms)) == (2, 3)
    found = contender_profile(trace)
    launches = {kind: share.launches for kind, share in found.rows.items() if share.launches}
    assert launches == {"convolution": 1, "normalisation": 1, "activation": 1}
    assert sum(share.time_ms for share in found.rows.values()) == pytest.approx(found.untraced_ms)
    assert found.rows[IDLE].time_ms > 0
    assert json.loads(msgspec.json.encode(found))["iterations"] == 3


def test_a_pytorch_without_cuda_is_a_reason_and_no_crash(monkeypatch):
    import torch

    monkeypatch.setattr(torch.profiler, "supported_activities", lambda: set())
    with pytest.raises(capture.UntraceableError, match="build of PyTorch can't trace cuda:0"):
        capture.capture(
            lambda: None, lambda: None, device="cuda:0", iterations=1, seconds=0, least=1, most=1
        )


def test_a_missing_pytorch_is_a_reason_and_no_crash(monkeypatch):
    monkeypatch.setitem(capture.sys.modules, "torch.profiler", None)
    with pytest.raises(capture.UntraceableError, match="PyTorch, through which CUPTI is reached"):
        capture.capture(
            lambda: None, lambda: None, device="cuda:0", iterations=1, seconds=0, least=1, most=1
        )
