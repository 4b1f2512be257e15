"""Times of kernels by class on a real GPU, alone: scripts/gpu_check.sh runs it."""

import msgspec
import pytest

from benchcore import environment
from benchcore.cell_run import CellRun
from benchcore.cell_state import Setting
from benchcore.channel import Stop
from benchcore.events import CellFinished, ContenderFailed
from benchcore.machine import ThisMachine
from benchcore.materials import Materials
from benchcore.plan import Request, make_plan

pytestmark = pytest.mark.gpu

DEVICE = "cuda:0"

MOST_OTHER = 0.02
"""Of an iteration, for kernels that no rule knows."""

TRACED = 8
"""Iterations, as many as `benchcore profile` traces."""


@pytest.fixture
def profiled(tmp_path):
    """The profile of a cell as `benchcore profile` makes it, but for memory and throughput."""

    def run(mode, batch):
        names = ("dlib", "torch")
        request = Request(
            networks=["resnet50"],
            modes=[mode],
            batch_sizes=[batch],
            train_batch_sizes=[batch],
            contenders=list(names),
            profile="quick",
            trace_iterations=TRACED,
        )
        plan = make_plan(request, device=DEVICE, contenders=names)
        (spec,) = plan.cells()
        threads = environment.cpu_threads()
        machine = ThisMachine(DEVICE, threads)
        try:
            setting = Setting(
                plan=plan,
                budget=msgspec.structs.replace(plan.budget, bursts=False),
                threads=threads,
                stop=Stop(),
                machine=machine,
                began_s=machine.now_s(),
            )
            events = list(CellRun(setting, 0, spec, Materials(plan, tmp_path).cell(spec)).timing())
        finally:
            machine.close()
        assert [event for event in events if isinstance(event, ContenderFailed)] == []
        assert isinstance(events[-1], CellFinished)
        profile = events[-1].result.profile
        assert profile.unknown_because == {}
        assert list(profile.contenders) == list(names)
        return profile

    return run


# Cells in which the device decides the time: where the host does, a neighbour that slows a core
# moves one side by a quarter within seconds, and the report says that the rows don't add up.
@pytest.mark.parametrize(("mode", "batch"), [("infer", 64), ("train", 32)])
def test_every_kernel_has_a_class_and_the_rows_add_up(profiled, mode, batch):
    profile = profiled(mode, batch)
    for name, one in profile.contenders.items():
        rows_ms = {kind: share.time_ms for kind, share in one.rows.items()}
        assert rows_ms.get("other", 0.0) <= MOST_OTHER * one.untraced_ms, name
        assert sum(rows_ms.values()) == pytest.approx(one.untraced_ms)
        assert one.source == "cupti"
        assert one.rows["convolution"].launches >= 53
        assert one.host.launch.calls > 100
        # Kernels can't be longer than the iterations that they make, but for the clock's jitter.
        assert rows_ms["idle"] > -0.02 * one.untraced_ms, name
    gap = profile.gaps["dlib"]
    assert gap.adds_up, gap
