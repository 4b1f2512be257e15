"""A run: the plan in, typed events out, for any consumer to follow and to stop."""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchcore import environment
from benchcore.cell_run import CellRun, Setting
from benchcore.channel import Stop, StoppedError
from benchcore.events import CellStarted, EnvironmentKnown, Event, Note, RunFinished, RunStarted
from benchcore.materials import Materials
from benchcore.plan import Plan
from benchcore.profiles import Budget
from benchcore.result import RunStatus


def run(plan: Plan, stop: Stop, *, budget: Budget | None = None) -> Iterator[Event]:
    """Measure everything in `plan`; `budget` replaces the profile's, for tests.

    Raises UsageError before the first event if weights or images can't be used. Once begun it
    always ends with RunFinished, unless the consumer closes it; either way no worker outlives it.
    A cell that is under way when the run is stopped is not reported, and a note says so.
    """
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory(prefix="benchcore-") as folder:
        materials = Materials(plan, Path(folder))
        cells = plan.cells()
        yield RunStarted(plan=plan, cells=len(cells), created=created)
        status: RunStatus = "complete"
        current = "nothing yet"
        try:
            threads = environment.cpu_threads()
            yield EnvironmentKnown(environment=environment.collect_in_child(threads, stop))
            for note in materials.notes():
                yield Note(text=note)
            setting = Setting(
                plan=plan,
                budget=plan.budget if budget is None else budget,
                threads=threads,
                stop=stop,
                began=time.monotonic(),
            )
            for index, spec in enumerate(cells):
                current = spec.label
                stop.check()
                yield CellStarted(index=index, cell=spec)
                yield from CellRun(setting, index, spec, materials.cell(spec)).events()
        except StoppedError as stopped:
            status = stopped.reason
            yield Note(text=f"The run ended early ({status}) at {current}, which is left out.")
        yield RunFinished(status=status)
