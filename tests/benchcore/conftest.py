"""A plugin package on the path of this process and of the workers, and quick plans."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from benchcore.channel import Stop
from benchcore.events import CellFinished, Event, RunFinished
from benchcore.plan import Plan, Request, make_plan
from benchcore.profiles import Budget
from benchcore.runner import run

PLUGIN = Path(__file__).parent / "plugin"

BUDGET = Budget(
    launches=1,
    max_launches=1,
    rounds=2,
    block_s=0.01,
    block_min_iterations=3,
    block_max_iterations=10,
    warmup_s=0.0,
    warmup_min_iterations=1,
    warmup_cap_s=0.1,
    cell_s=20.0,
    order_limit_s=20.0,
)


@pytest.fixture
def budget() -> Budget:
    return BUDGET


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))
    inherited = os.environ.get("PYTHONPATH")
    paths = [str(PLUGIN), *([inherited] if inherited else [])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


@pytest.fixture
def plan_of(plugin: None, without_torch: None) -> Callable[..., Plan]:
    """A plan of fakes on tiny images: one inference cell of batch 2 unless told otherwise."""
    from benchcore import contenders

    def build(*names: str, **changes: object) -> Plan:
        request = Request(
            networks=["resnet50"],
            modes=["infer"],
            batch_sizes=[2],
            train_batch_sizes=[2],
            contenders=list(names),
            image_size="33",
            profile="quick",
        )
        request = msgspec.structs.replace(request, **changes)
        return make_plan(request, device="cpu", contenders=contenders.names())

    return build


@pytest.fixture
def run_all() -> Callable[..., tuple[list[Event], list[CellFinished]]]:
    """All events of a run, and those that end a cell; the last event is checked."""

    def follow(
        plan: Plan, budget: Budget = BUDGET, stop: Stop | None = None
    ) -> tuple[list[Event], list[CellFinished]]:
        events = list(run(plan, Stop() if stop is None else stop, budget=budget))
        assert isinstance(events[-1], RunFinished)
        return events, [event for event in events if isinstance(event, CellFinished)]

    return follow
