import itertools
import json

import msgspec
import pytest

from benchcore import cli, result
from benchcore.compare import compare
from benchcore.plan import Request, make_plan
from benchcore.report.comparison import render
from benchcore.result import CellResult, ContenderResult, Document, NoiseFloor, Tool
from benchcore.samples import Block, Memory

ENVIRONMENT = {
    "fingerprint": "f",
    "threads": 2,
    "cpu": {"model": "A"},
    "gpus": [{"name": "G", "driver": "1"}],
    "torch": {"version": "2.6"},
    "dlib": {"version": "20.0"},
}

WOBBLE = (1.0, 1.001, 0.999, 1.002, 0.998)
"""What each launch adds to a time, so that there is a spread of 0.16 %."""

EARLIER, LATER = 0, 2
"""Where a document begins in WOBBLE: those of two days scatter independently."""


def blocks(ms, launches=5, rounds=4, day=LATER):
    return [
        Block(
            launch=launch,
            round=round_,
            position=0,
            started_s=0.0,
            wall_ms=[ms * WOBBLE[(launch + round_ + day) % 5]] * 2,
            enqueue_ms=[ms] * 2,
        )
        for launch, round_ in itertools.product(range(launches), range(rounds))
    ]


def contender(ms, mib=500.0, launches=5, day=LATER, **changes):
    phases = dict.fromkeys(Memory.__struct_fields__[:5], mib)
    given = {
        "status": "ok",
        "memory": Memory(primary="resident", sources={}, **phases),
        "samples": blocks(ms, launches, day=day),
    }
    return ContenderResult(**{**given, **changes})


def cell(dlib, torch, batch=8, **changes):
    given = {
        "network": "resnet50",
        "mode": "infer",
        "batch": batch,
        "image_height_px": 224,
        "image_width_px": 224,
        "precision": "fp32",
        "contenders": {"dlib": dlib, "torch": torch},
        "factors": {},
        "proof": None,
        "verdict": {},
        "flags": [],
    }
    return CellResult(**{**given, **changes})


def document(*cells, environment=ENVIRONMENT, **changes):
    return Document(
        schema_version=result.SCHEMA_VERSION,
        tool=Tool(name="benchcore", version="1"),
        created="2026-01-01T00:00:00+00:00",
        environment=environment,
        plan=make_plan(Request(), device="cpu", contenders=("dlib", "torch")),
        cells=list(cells),
        notes=[],
        status="complete",
        **changes,
    )


BASE = document(cell(contender(12.0, day=EARLIER), contender(10.0, day=EARLIER)))


def changes(after, before=BASE):
    return compare(before, after).cells[0].contenders


@pytest.mark.parametrize(
    ("dlib", "torch", "finding", "said"),
    [
        (12.0, 10.0, "SAME", "within the 2% margin"),
        (12.6, 10.0, "REGRESSION", "beyond the 2% margin"),
        (11.4, 10.0, "IMPROVEMENT", "beyond the 2% margin"),
        (12.6, 10.5, "MACHINE_DRIFT", "the control moved alike"),
        (12.0, 9.5, "INCONCLUSIVE", "most of it is the control's change"),
        (12.24, 10.0, "INCONCLUSIVE", "across the 2% margin"),
    ],
)
def test_findings(dlib, torch, finding, said):
    found = changes(document(cell(contender(dlib), contender(torch))))["dlib"]
    assert found.finding == finding
    assert said in found.reason
    assert not found.is_control
    assert found.factor.estimate == pytest.approx(dlib / 12 / (torch / 10))
    assert found.time.method == "welch over launches"
    assert found.confirmed == (finding in {"REGRESSION", "IMPROVEMENT"})


def test_the_control_has_its_time_alone():
    found = changes(document(cell(contender(12.6), contender(10.5))))["torch"]
    assert found.is_control
    assert found.finding == "MACHINE_DRIFT"
    assert found.factor is None
    assert found.chance_slower is None


@pytest.mark.parametrize("launches", [(1, 5), (5, 1), (1, 1)])
@pytest.mark.parametrize(("ms", "finding"), [(12.8, "INCONCLUSIVE"), (13.2, "REGRESSION")])
def test_with_one_launch_less_than_eight_percent_is_no_regression(launches, ms, finding):
    before, after = (
        document(
            cell(*(contender(x, launches=count, day=day) for x in (each, 10.0))),
        )
        for each, count, day in zip((12.0, ms), launches, (EARLIER, LATER), strict=True)
    )
    found = changes(after, before)["dlib"]
    assert found.finding == finding
    assert "one launch is blind" in found.reason
    assert ("beyond the 8% margin" in found.reason) == (finding == "REGRESSION")
    assert found.next_step == "Run the default profile for both documents."
    assert found.factor.method == "welch over rounds, since one side has one launch"
    same = changes(before, before)["dlib"]
    assert same.finding == "SAME"
    assert ("blind" in same.reason) == (launches[0] == 1)


def test_documents_that_scatter_alike_are_compared_place_by_place():
    """A copy with one contender slowed: Welch would drown the 3 % in what both share."""
    rough = [
        msgspec.structs.replace(block, wall_ms=[12.0 * (1 + 0.1 * block.launch)])
        for block in blocks(1.0)
    ]
    slowed = [msgspec.structs.replace(b, wall_ms=[1.03 * ms for ms in b.wall_ms]) for b in rough]
    before, after = (
        document(cell(contender(12.0, samples=samples), contender(10.0)))
        for samples in (rough, slowed)
    )
    found = changes(after, before)["dlib"]
    assert found.finding == "REGRESSION"
    assert found.factor.method == "student-t over pairs of launches, which move together"
    assert found.factor.low == pytest.approx(1.03) == found.factor.high


def test_repeated_blocks_count_instead_of_what_they_repeat():
    bad = [
        msgspec.structs.replace(block, wall_ms=[99.0], tainted="throttled", superseded=True)
        for block in blocks(12.0)
    ]
    good = contender(12.0, samples=[*blocks(12.0), *bad])
    found = changes(document(cell(good, contender(10.0))))["dlib"]
    assert found.finding == "SAME"
    assert found.factor.estimate == pytest.approx(1)


@pytest.mark.parametrize(
    ("before_mib", "after_mib", "regressed"),
    [(500, 515, False), (500, 517, True), (2000, 2039, False), (2000, 2041, True), (500, 9, False)],
)
def test_memory_needs_no_test(before_mib, after_mib, regressed):
    before, after = (
        document(cell(contender(12.0, mib), contender(10.0))) for mib in (before_mib, after_mib)
    )
    assert changes(after, before)["dlib"].memory.regressed is regressed


def test_memory_of_other_sources_is_not_compared():
    other = msgspec.structs.replace(contender(1.0).memory, primary="nvml")
    assert (
        changes(document(cell(contender(12.0, memory=other), contender(10.0))))["dlib"].memory
        is None
    )


FAILED = ContenderResult(status="oom", reason="No memory.")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (cell(FAILED, contender(10.0)), "It was ok before and oom after. No memory."),
        (cell(contender(12.0, precision="tf32"), contender(10.0)), "is tf32 after"),
        (cell(contender(12.0, samples=[]), contender(10.0)), "no timed block"),
        (cell(contender(12.0), contender(10.0), flags=["throttled"]), "throttled in one of"),
        (cell(contender(12.0), contender(10.0), batch=9), "Only the earlier document has this"),
        (cell(None, None, contenders={"torch": contender(10.0)}), "Only the earlier document has"),
    ],
)
def test_what_is_not_comparable_says_why(after, said):
    found = changes(document(after))["dlib"]
    assert found.finding == "NOT_COMPARABLE"
    assert said in found.reason


def test_without_a_control_nothing_is_called_a_regression():
    found = changes(document(cell(contender(24.0), FAILED)))["dlib"]
    assert found.finding == "MACHINE_DRIFT"
    assert found.factor is None
    lone = document(cell(None, None, contenders={"dlib": contender(12.0), "torch": FAILED}))
    assert changes(lone)["dlib"].finding == "SAME"


@pytest.mark.parametrize("ms", [0.0, -1.0, 1e-9, 1e300])
def test_what_is_no_time_is_not_compared(ms):
    found = changes(document(cell(contender(ms), contender(10.0))))
    assert found["dlib"].finding == "NOT_COMPARABLE"
    found = changes(document(cell(contender(12.0), contender(ms))))
    assert found["dlib"].factor is None


def test_flags_are_caveats():
    after = document(cell(contender(12.0), contender(10.0), flags=["disturbed"]))
    assert changes(after)["dlib"].reason.endswith("; other processes used the cores.")


def test_a_noise_floor_widens_the_margin():
    floor = NoiseFloor(log_half_width=0.02, created="now")
    after = document(cell(contender(12.6), contender(10.0)), noise_floor=floor)
    assert compare(BASE, after).cells[0].margin == pytest.approx(0.0618, abs=1e-4)
    assert changes(after)["dlib"].finding == "SAME"


def test_holm_covers_all_cells():
    def noisy(ms, order):
        samples = [
            msgspec.structs.replace(block, wall_ms=[ms * (1 + 0.011 * order[block.launch])])
            for block in blocks(1.0)
        ]
        return contender(ms, samples=samples)

    some, others = (-2, -1, 0, 1, 2), (0, 2, -1, -2, 1)
    batches = (4, 8, 16, 32, 64)
    before = document(*(cell(noisy(12.0, some), contender(10.0), batch) for batch in batches))
    after = document(
        *(
            cell(noisy(12.6 if batch == 8 else 12.0, others), contender(10.0), batch)
            for batch in batches
        )
    )
    alone = compare(document(before.cells[1]), document(after.cells[1]))
    together = compare(before, after)
    [(_, name)] = together.found("REGRESSION")
    assert name == "dlib"
    assert (alone.tested, alone.cells[0].contenders["dlib"].confirmed) == (1, True)
    assert (together.tested, together.cells[1].contenders["dlib"].confirmed) == (5, False)
    assert "1 regressed, of which 0 stand" in render(together, "A", "B")


def words(text):
    return " ".join(text.split())


def test_agreement_counts_changes_that_may_be_none():
    same = words(render(compare(BASE, BASE), "A", "B"))
    assert "0 % is within the 95 % interval of 1 of 1 changes of a factor" in same
    cells = [
        cell(contender(10.0 * slower, day=day), contender(10.0, day=day), batch=batch)
        for day in (EARLIER, LATER)
        for batch, slower in ((4, 1.0), (8, 1.0 if day == EARLIER else 0.9))
    ]
    found = words(render(compare(document(*cells[:2]), document(*cells[2:])), "A", "B"))
    assert "interval of 1 of 2 changes of a factor; the largest change is -10.0% (" in found
    assert ", dlib in resnet50 infer batch 8 at 224x224." in found


def test_in_short_the_tables_are_left_out():
    compared = compare(BASE, BASE)
    long, short = render(compared, "A", "B"), render(compared, "A", "B", in_short=True)
    head, tail = short.split("\n\n")[:2], short.split("\n\n")[2:]
    assert long.startswith("\n\n".join(head))
    assert long.endswith("\n\n".join(tail))
    assert "batch  change" in long
    assert "batch  change" not in short


TEXT = """\
later.json against base.json: a change above 0 is slower, or more memory.

The fingerprints of machine and versions are the same.

resnet50, inference, dlib
       ------ Time ------  ----- Factor -----   MiB -
batch  change        95 %  change        95 %  change     finding
    8   +5.0%  +5.0..+5.0   +5.0%  +5.0..+5.0  +100 !  REGRESSION
  Batch 8: The factor changed by +5.0% (+5.0 to +5.0), its own time by +5.0%
  (+5.0 to +5.0); beyond the 2% margin.

resnet50, inference, torch (the control)
       ------ Time ------  -- Factor --   MiB -
batch  change        95 %  change  95 %  change  finding
    8   +0.0%  +0.0..+0.0       -     -      +0     SAME

Intervals: welch over launches.
0 % is within the 95 % interval of 0 of 1 changes of a factor; the largest
change is +5.0% (+5.0..+5.0), dlib in resnet50 infer batch 8 at 224x224.
Of 1 tested, 1 regressed, of which 1 stand after Holm's correction for testing
so many.
Of 1 tested, none improved.
dlib needs more memory in resnet50 infer batch 8 at 224x224: 500 MiB before, 600
MiB after.
"""


def test_the_command_prints_and_ends_well(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    steady = [msgspec.structs.replace(block, wall_ms=[12.0]) for block in blocks(12.0)]
    slower = [msgspec.structs.replace(block, wall_ms=[12.6]) for block in blocks(12.0)]
    torch = contender(10.0, samples=[msgspec.structs.replace(b, wall_ms=[10.0]) for b in steady])
    for name, samples, mib in (("base", steady, 500.0), ("later", slower, 600.0)):
        made = document(cell(contender(0.0, mib, samples=samples), torch))
        (tmp_path / f"{name}.json").write_bytes(result.encode(made))
    assert cli.main(["compare", "base.json", "later.json"]) == 0
    assert capsys.readouterr().out == TEXT
    assert cli.main(["compare", "base.json", "later.json", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["documents"] == ["base.json", "later.json"]
    [record] = printed["comparisons"]
    assert record["cells"][0]["contenders"]["dlib"]["finding"] == "REGRESSION"


def test_the_text_fits_a_terminal():
    environment = {**ENVIRONMENT, "cpu": {"model": "B" * 200, **{str(i): i for i in range(30)}}}
    after = document(
        cell(contender(1e4), contender(9.0)),
        cell(contender(12.0), contender(10.0), batch=128),
        environment=environment,
    )
    text = render(compare(BASE, after), "a.json", "b.json")
    assert max(map(len, text.splitlines())) <= 80
    assert "and 11 more" in text
    assert "Only the later document has resnet50 infer batch 128 at 224x224." in text
    assert "No change could be tested" in text
