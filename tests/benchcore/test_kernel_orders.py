"""When kernels are traced in a cell, on a simulated machine, and what comes of a failure."""

import msgspec
import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate

from benchcore.events import ContenderFailed, PhaseStarted
from benchcore.profiles import PROFILES

TRACED = 6


def machine_of(**changes):
    slower = {"iteration_ms": lambda n: 120.0, **changes}
    return FakeMachine({"dlib": Behaviour(**slower), "torch": Behaviour()})


def plan(**changes):
    return fake_plan("dlib", "torch", traced=TRACED, **changes)


def test_nothing_is_traced_unless_the_plan_says_so():
    machine = machine_of()
    _, cell = simulate(machine, fake_plan("dlib", "torch"))
    assert machine.orders("TraceKernels") == []
    assert cell.profile is None


@pytest.mark.parametrize("mode", ["infer", "train"])
def test_kernels_are_traced_after_everything_that_is_timed(mode):
    machine = machine_of()
    events, cell = simulate(machine, plan(mode=mode, device="cuda:0"))
    orders = [what for _, _, what in machine.log if what not in ("start", "end")]
    assert orders[-2:] == ["TraceKernels"] * 2
    assert "TraceKernels" not in orders[:-2]
    phases = [(e.contender, e.phase) for e in events if isinstance(e, PhaseStarted)]
    assert phases[-2:] == [("dlib", "trace"), ("torch", "trace")]
    dlib = cell.profile.contenders["dlib"]
    assert (dlib.iterations, dlib.untraced_ms) == (TRACED, pytest.approx(120))
    gap = cell.profile.gaps["dlib"]
    assert gap.measured_ms == pytest.approx(20)
    assert gap.rows_ms == pytest.approx({"convolution": 18, "idle": 2})
    assert gap.adds_up
    assert gap.told_apart


def test_only_the_first_launch_is_traced():
    machine = machine_of()
    _, cell = simulate(machine, plan(), PROFILES["default"])
    assert cell.launches == 5
    assert machine.orders("TraceKernels") == ["dlib", "torch"]
    last = [what for _, name, what in machine.log if name == "torch"]
    assert last.count("start") == 1 + 5  # what was traced is not timed again
    assert last[last.index("TraceKernels") + 1] == "end"


def test_a_process_that_waits_for_its_turn_is_traced_in_its_own():
    machine = machine_of()
    machine.free = 1000.0
    _, cell = simulate(machine, plan())
    assert cell.schedule == "alternating"
    assert machine.orders("TraceKernels") == ["torch", "dlib"]
    assert cell.profile.gaps["dlib"].adds_up


def test_a_trace_that_can_not_be_had_leaves_its_reason_and_the_times():
    why = "PyTorch, through which CUPTI is reached, can't be imported."
    _, cell = simulate(machine_of(untraceable=why), plan())
    assert cell.profile.unknown_because == {"dlib": why}
    assert list(cell.profile.contenders) == ["torch"]
    assert cell.profile.gaps == {}
    assert cell.contenders["dlib"].status == "ok"
    assert cell.factors["dlib"].time.estimate == pytest.approx(1.2)


def test_a_worker_that_dies_while_traced_is_told_and_the_other_has_its_profile():
    events, cell = simulate(machine_of(dies_at="TraceKernels"), plan())
    (failed,) = [e for e in events if isinstance(e, ContenderFailed)]
    assert (failed.contender, failed.status) == ("dlib", "crashed")
    assert list(cell.profile.contenders) == ["torch"]
    assert cell.contenders["dlib"].samples


def test_a_noisy_machine_whose_rows_do_not_add_up_says_so():
    times = iter([120.0] * 1000)
    machine = machine_of(iteration_ms=lambda n: next(times))
    whole, _ = simulate(machine, plan())
    # The five iterations before the trace are ten times as long as all others were.
    used = 1000 - len(list(times))
    times = iter([120.0] * (used - TRACED - 5) + [1200.0] * 1000)
    machine = machine_of(iteration_ms=lambda n: next(times))
    _, cell = simulate(machine, plan())
    assert whole
    gap = cell.profile.gaps["dlib"]
    assert gap.measured_ms == pytest.approx(20)
    assert gap.sum_ms == pytest.approx(1100)
    assert not gap.adds_up


def test_the_profile_is_in_the_document_and_comes_back():
    from benchcore.result import CellResult

    _, cell = simulate(machine_of(), plan())
    content = msgspec.json.encode(cell)
    assert msgspec.json.decode(content, type=CellResult) == cell
    old = msgspec.to_builtins(cell)
    del old["profile"]
    assert msgspec.convert(old, CellResult).profile is None
