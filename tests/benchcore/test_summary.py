"""The summary in words says what the document says, and nothing else."""

import msgspec
import pytest
import sample_documents
from test_compare import ENVIRONMENT, cell, contender, document

from benchcore.report.summary import MOST_FAILURES, findings, sentences
from benchcore.result import Factor, Interval, NoiseFloor, Verdict
from benchcore.samples import Summary

WALL = Summary(
    median_ms=40.0,
    mean_ms=40.0,
    min_ms=40.0,
    max_ms=40.0,
    p25_ms=40.0,
    p75_ms=40.0,
    p90_ms=None,
    p95_ms=None,
    p99_ms=None,
    ci95_ms=None,
    count=3,
)


def judged(batch, estimate, outcome, *, memory=2.0, mib=(1000.0, 500.0), **changes):
    """A cell with this factor and verdict."""

    def ratio(value):
        return Interval(estimate=value, low=value, high=value, method="m")

    given = {
        "batch": batch,
        "factors": {"dlib": Factor(time=ratio(estimate), memory=ratio(memory))},
        "verdict": {"dlib": Verdict(outcome=outcome, reason="r")} if outcome else {},
        "launches": 5,
    }
    return cell(contender(1.0, mib[0]), contender(1.0, mib[1]), **{**given, **changes})


def said(*cells, **changes):
    floor = NoiseFloor(log_half_width=0.001, created="now")
    return sentences(document(*cells, **{"noise_floor": floor, **changes}))


def test_one_standing_everywhere():
    found = said(judged(1, 1.2, "SLOWER"), judged(8, 1.5, "SLOWER"))
    assert found == [
        "resnet50, inference: against torch, dlib is slower at batch 1 and 8 (factor 1.20 to "
        "1.50).",
        "resnet50, inference: dlib needs 2.00 times the memory of torch, 1000 MiB against 500 at "
        "batch 1 and 1000 MiB against 500 at batch 8.",
    ]


def test_where_the_order_turns():
    found = said(
        judged(16, 1.1, "SLOWER"),
        judged(4, 0.99, "SAME"),
        judged(1, 0.7, "FASTER"),
        judged(2, 0.8, "FASTER"),
    )
    assert found[0] == (
        "resnet50, inference: against torch, dlib is faster at batch 1 and 2 (factor 0.70 to "
        "0.80), the same at batch 4 (factor 0.99) and slower at batch 16 (factor 1.10)."
    )
    assert found[1] == "resnet50, inference: from batch 16 on dlib is slower; up to 2 it is faster."


def test_what_is_open_is_neither_faster_nor_slower():
    found = said(judged(1, 0.7, "FASTER"), judged(2, 1.3, "INCONCLUSIVE"))
    assert "undecided at batch 2 (factor 1.30)" in found[0]
    assert not any("from batch" in sentence for sentence in found)
    assert "1 of 2 comparisons can't be decided by this run" in " ".join(found)


def test_without_verdicts_the_factor_alone_tells():
    found = said(judged(1, 0.685, None), judged(16, 1.022, None))
    assert (
        "dlib is faster at batch 1 (factor 0.69) and slower at batch 16 (factor 1.02)" in found[0]
    )


def test_contenders_without_a_figure_are_told_once_a_reason():
    refused = contender(1.0, status="refused", reason="Needs two samples.")
    cells = [
        cell(refused, contender(1.0), batch=1, mode=mode, launches=5) for mode in ("infer", "train")
    ]
    assert said(*cells) == [
        "dlib has no figure (refused) in resnet50 infer batch 1 and 1 more cell: Needs two samples."
    ]


def test_a_summary_tells_so_many_reasons_and_counts_the_others():
    def lost(number):
        broken = contender(1.0, status="crashed", reason=f"Reason {number}.")
        return cell(broken, contender(1.0), batch=number, launches=5)

    at_most = [lost(number) for number in range(1, MOST_FAILURES + 1)]
    assert len(said(*at_most)) == MOST_FAILURES
    *told, last = said(*at_most, lost(30), lost(31))
    assert len(told) == MOST_FAILURES
    assert last == ("For 2 more reasons there is no figure; the tables of factors tell them.")


def test_limits_of_a_quick_run():
    found = said(judged(1, 1.2, "SLOWER", launches=1, flags=["warmup_unstable"]), noise_floor=None)
    text = " ".join(found)
    assert "launched once" in text
    assert "In 1 of 1 cells the warm-up ended unstable." in text
    assert "benchcore selftest" in text


@pytest.mark.parametrize(("mode", "floor"), [("infer", "8.18"), ("train", "24.5")])
def test_the_arithmetic_floor(mode, floor):
    gpus = [{"cuda_cores": 10_000, "max_sm_clock_mhz": 400.0}]
    plan = msgspec.structs.replace(document().plan, device="cuda:0")
    timed = contender(1.0, wall=WALL)
    made = document(
        cell(timed, timed, batch=8, mode=mode, launches=5),
        environment={**ENVIRONMENT, "gpus": gpus},
    )
    found = sentences(msgspec.structs.replace(made, plan=plan))
    assert any(
        f"float32 peak (8.0 TFLOP/s) the arithmetic alone takes {floor} ms" in one for one in found
    )
    assert any(f"dlib takes {40 / float(floor):.1f}" in one for one in found)


@pytest.mark.parametrize("device", ["cuda:x", "cuda:", "cuda:-1", "cuda:\u00b2", "cuda:1"])
def test_no_floor_of_a_device_that_is_not_there(device):
    gpus = [{"cuda_cores": 10_000, "max_sm_clock_mhz": 400.0}]
    plan = msgspec.structs.replace(document().plan, device=device)
    made = document(
        cell(contender(1.0, wall=WALL), contender(1.0, wall=WALL), launches=5),
        environment={**ENVIRONMENT, "gpus": gpus},
    )
    found = sentences(msgspec.structs.replace(made, plan=plan))
    assert not any("peak" in one for one in found)


@pytest.mark.parametrize(
    "gpus", [None, [], "none", ["x"], [{"cuda_cores": 0, "max_sm_clock_mhz": 1.0}], [{}]]
)
def test_no_floor_without_a_known_peak(gpus):
    plan = msgspec.structs.replace(document().plan, device="cuda:0")
    made = document(
        cell(contender(1.0, wall=WALL), contender(1.0, wall=WALL), launches=5),
        environment={**ENVIRONMENT, "gpus": gpus},
    )
    found = sentences(msgspec.structs.replace(made, plan=plan))
    assert not any("peak" in one for one in found)


CHANGED = "changed release 20.0.1: algorithm cache keyed by whole shape, sha256 0123"


@pytest.mark.parametrize(
    ("device", "origins", "told"),
    [
        ("cpu", {"cpu": "release 20.0.1"}, None),
        ("cpu", {"cpu": CHANGED}, CHANGED),
        ("cuda:0", {"cpu": "release 20.0.1", "cuda": CHANGED}, CHANGED),
        ("cuda:0", {"cpu": CHANGED, "cuda": "release 20.0.1"}, None),
        ("cpu", {"cpu": "release 20.0.1-edited"}, "release 20.0.1-edited"),
        ("cpu", {"cpu": 5}, None),
        ("cpu", {}, None),
    ],
)
def test_a_dlib_that_is_no_release_is_named(device, origins, told):
    backends = {backend: {"dlib_origin": origin} for backend, origin in origins.items()}
    made = document(
        judged(1, 1.2, "SLOWER"), environment={**ENVIRONMENT, "dlib": {"backends": backends}}
    )
    plan = msgspec.structs.replace(made.plan, device=device)
    found = sentences(msgspec.structs.replace(made, plan=plan))
    said = [one for one in found if "no release" in one]
    assert said == ([f"The dlib of this run is no release: {told}."] if told else [])


def test_an_empty_document_says_so():
    assert said() == ["Nothing was measured."]


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        (["FASTER", "SLOWER", "FASTER", "SLOWER"], "changes 3 times"),
        (["FASTER", "SAME", "SLOWER", "SLOWER"], "from batch 4 on dlib is slower; up to 1"),
        (["FASTER", "INCONCLUSIVE", "SLOWER", "INVALID"], None),
        (["SAME", "FASTER", "SLOWER", "SLOWER"], None),
    ],
)
def test_the_order_turns_only_where_every_batch_says_so(outcomes, sentence):
    batches = (1, 2, 4, 8)
    found = said(
        *(judged(batch, 1.1, outcome) for batch, outcome in zip(batches, outcomes, strict=True))
    )
    told = [one for one in found if "changes" in one or "from batch" in one]
    assert [sentence in one for one in told] == ([] if sentence is None else [True])


def test_reduced_precisions_are_held_against_their_own_peak():
    document = sample_documents.small()
    cells = [
        msgspec.structs.replace(
            one,
            contenders={
                **one.contenders,
                "torch-tf32": msgspec.structs.replace(one.contenders["torch"], precision="tf32"),
                "torch-amp": msgspec.structs.replace(one.contenders["torch"], precision="bf16"),
            },
        )
        for one in document.cells
        if one.contenders["torch"].wall is not None
    ]
    ceilings = msgspec.structs.replace(document.ceilings, tf32_tflop_per_s=400.0)
    found = findings(msgspec.structs.replace(document, cells=cells, ceilings=ceilings))
    (said, *_) = [sentence for sentence in found if "measured TF32 peak (400.0" in sentence]
    assert "torch-tf32 takes" in said
    assert not any("torch-amp takes" in sentence for sentence in found)
