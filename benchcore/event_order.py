"""Whether events can be those of a run, one after the other: a recording may hold anything."""

from benchcore.errors import UsageError
from benchcore.events import CellFinished, CellStarted, Event, RunStarted
from benchcore.profiles import PROFILES

MOST_CELLS = 10_000
"""Of a plan that is followed cell by cell; all that can be measured at once are a few hundred."""


class EventOrder:
    """Told each event before anything follows it; a second run may come after the first."""

    def __init__(self) -> None:
        self._cells: int | None = None
        """Of the run under way, once it has begun."""

    def check(self, event: Event) -> None:
        """Raises UsageError for what can't come now."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif self._cells is None:
            raise UsageError("it begins with no run_started event.")
        elif isinstance(event, CellStarted | CellFinished) and event.index >= self._cells:
            raise UsageError(f"it tells of cell {event.index + 1} of a run of {self._cells}.")

    def _begin(self, event: RunStarted) -> None:
        plan = event.plan
        if plan.profile not in PROFILES:
            raise UsageError(
                f"its plan has the profile {plan.profile!r}; there are {', '.join(PROFILES)}."
            )
        if not plan.contenders:
            raise UsageError("its plan names no contender.")
        if plan.cell_count > MOST_CELLS:
            raise UsageError(f"its plan has {plan.cell_count} cells, more than {MOST_CELLS}.")
        self._cells = plan.cell_count
