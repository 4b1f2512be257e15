"""Going on with a run, the noise floor that it reads, and the estimate of what is left."""

import msgspec
import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate
from hypothesis import given
from hypothesis import strategies as st

from benchcore import noise, resume
from benchcore.channel import Stop
from benchcore.errors import UsageError
from benchcore.events import CellFinished, CellStarted, Note, RemainingEstimated, RunFinished
from benchcore.plan import CellSpec
from benchcore.profiles import PROFILES
from benchcore.recorder import Recorder
from benchcore.remaining import Estimator
from benchcore.result import NoiseFloor
from benchcore.runner import run

HERE = {"machine_id": "m", "fingerprint": "f", "cpu": {"model": "x"}}


def follow(plan, budget, stop=None, before=None, until=None):
    recorder, events = Recorder(), []
    stop = Stop() if stop is None else stop
    for event in run(plan, stop, budget=budget, before=before):
        recorder.add(event)
        events.append(event)
        if until is not None and isinstance(event, until):
            stop.ask()
    return recorder.document(), events


def test_an_interrupted_run_is_completed(plan_of, budget):
    plan = plan_of("steady", "slower", batch_sizes=[1, 2, 3])
    broken, _ = follow(plan, budget, until=CellFinished)
    assert (broken.status, len(broken.cells)) == ("interrupted", 1)
    whole, events = follow(plan, budget, before=broken)
    assert (whole.status, [c.batch for c in whole.cells]) == ("complete", [1, 2, 3])
    assert whole.cells[0] == broken.cells[0]
    assert whole.created == broken.created
    assert whole.environment == broken.environment
    assert [e.index for e in events if isinstance(e, CellStarted)] == [1, 2]
    assert any("Resumed" in e.text and "1 cell " in e.text for e in events if isinstance(e, Note))
    assert not any("ended early" in note for note in whole.notes)


def test_stopping_a_resumed_run_at_once_loses_nothing(plan_of, budget):
    plan = plan_of("steady", "slower", batch_sizes=[1, 2])
    broken, _ = follow(plan, budget, until=CellFinished)
    stop = Stop()
    stop.ask()
    again, events = follow(plan, budget, stop=stop, before=broken)
    assert isinstance(events[-1], RunFinished)
    assert again.status == "interrupted"
    assert again.cells == broken.cells
    assert again.environment == broken.environment


def document_of(plan_of, budget, environment):
    plan = plan_of("steady", "slower")
    stop = Stop()
    stop.ask()
    document, _ = follow(plan, budget, stop=stop)
    return msgspec.structs.replace(document, environment=environment)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (HERE, HERE | {"machine_id": "n"}, "from another machine"),
        (HERE, HERE | {"fingerprint": "g", "cpu": {"model": "y"}}, "cpu changed"),
        ({**HERE, "source": {"git": "a"}}, {**HERE, "source": {"git": "b"}}, "own commit changed"),
        (
            {**HERE, "variables": {"OMP_NUM_THREADS": "2"}},
            {**HERE, "variables": {"OMP_NUM_THREADS": "2", "ONEDNN_MAX_CPU_ISA": "SSE41"}},
            "ONEDNN_MAX_CPU_ISA changed",
        ),
        ({}, HERE, "doesn't say on which machine"),
        (HERE, {}, "can't be read"),
    ],
)
def test_another_machine_or_build_is_refused_in_words(plan_of, budget, before, now, words):
    document = document_of(plan_of, budget, before)
    with pytest.raises(UsageError, match=words):
        resume.check(document, now)


def test_cells_that_the_plan_does_not_have_are_not_lost(plan_of, budget):
    whole, _ = follow(plan_of("steady", "slower", batch_sizes=[1, 2]), budget, until=CellFinished)
    plan = msgspec.structs.replace(whole.plan, batch_sizes=(2, 3))
    edited = msgspec.structs.replace(whole, plan=plan, environment=HERE)
    with pytest.raises(UsageError, match="resnet50 infer batch 1 is not as the document's plan"):
        resume.check(edited, HERE)
    alone = msgspec.structs.replace(whole.plan, contenders=("steady",))
    edited = msgspec.structs.replace(whole, plan=alone, environment=HERE)
    with pytest.raises(UsageError, match="batch 1 is not as"):
        resume.check(edited, HERE)
    resume.check(msgspec.structs.replace(whole, environment=HERE), HERE)


def test_other_bytes_are_refused(plan_of, run_all):
    _, (cell,) = run_all(plan_of("steady", "slower"))
    proof = cell.result.proof
    weights, images = proof.weights_sha256["steady"], proof.input_sha256["steady"]
    resume.check_bytes(cell.result, weights, images)
    with pytest.raises(UsageError, match="--weights"):
        resume.check_bytes(cell.result, "other", images)
    with pytest.raises(UsageError, match="--images"):
        resume.check_bytes(cell.result, weights, "other")


# The noise floor


def test_the_noise_floor_is_kept_by_machine_and_device(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    floor = NoiseFloor(log_half_width=0.012, created="2026-01-01T00:00:00+00:00")
    assert noise.read("f" * 64, "cpu") is None
    path = noise.write(floor, "f" * 64, "cpu")
    assert noise.read("f" * 64, "cpu") == floor
    assert noise.read("f" * 64, "cuda:0") is None
    assert noise.read("g" * 64, "cpu") is None
    path.write_text("{}")
    assert noise.read("f" * 64, "cpu") is None
    assert path.parent == noise.folder()


def test_the_noise_floor_raises_the_margin():
    behaviours = {"dlib": Behaviour(iteration_ms=lambda n: 105.0), "torch": Behaviour()}
    _, cell = simulate(FakeMachine(behaviours), fake_plan("dlib", "torch"))
    assert cell.verdict["dlib"].outcome == "SLOWER"
    _, cell = simulate(FakeMachine(behaviours), fake_plan("dlib", "torch"), noise_floor=0.03)
    assert cell.verdict["dlib"].outcome == "INCONCLUSIVE"
    assert cell.verdict["dlib"].margin == pytest.approx(0.09, rel=0.1)


# What is left


def specs(mode="infer"):
    return [
        CellSpec(
            network="resnet50",
            mode=mode,
            batch=batch,
            image_height_px=224,
            image_width_px=224,
        )
        for batch in (1, 2, 4, 8, 16)
    ]


@given(
    image_ms=st.floats(0.2, 400),
    overhead_ms=st.floats(0, 50),
    fixed_s=st.floats(2, 30),
    device=st.sampled_from(["cpu", "cuda:0"]),
)
def test_the_estimate_holds_within_two_from_the_second_cell(image_ms, overhead_ms, fixed_s, device):
    """Cells of a simulated machine whose imports and data take `fixed_s`."""
    cells = specs()
    budget = PROFILES["quick"]
    estimator = Estimator(cells, budget, device)
    durations, estimates = [], []
    for spec in cells:

        def iteration_ms(_, batch=spec.batch):
            return overhead_ms + image_ms * batch

        behaviour = Behaviour(iteration_ms=iteration_ms)
        machine = FakeMachine({"dlib": behaviour, "torch": behaviour})
        plan = fake_plan("dlib", "torch", device=device, batch=spec.batch)
        _, cell = simulate(machine, plan, budget)
        cell = msgspec.structs.replace(cell, duration_s=cell.duration_s + fixed_s)
        durations.append(cell.duration_s)
        estimator.finished(spec, cell)
        estimates.append(estimator.remaining_s())
    for index in range(1, len(cells) - 1):
        true_s = sum(durations[index + 1 :])
        assert true_s / 2 < estimates[index] < true_s * 2
    assert estimates[-1] == 0


def test_no_estimate_before_a_cell_is_over():
    assert Estimator(specs(), PROFILES["quick"], "cpu").remaining_s() is None


def test_estimates_are_told_after_each_cell(plan_of, budget):
    _, events = follow(plan_of("steady", "slower", batch_sizes=[1, 2]), budget)
    told = [event.remaining_s for event in events if isinstance(event, RemainingEstimated)]
    assert len(told) == 2
    assert told[0] > told[1] == 0
