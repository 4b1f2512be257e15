"""Progress on standard error: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from benchcore.ceilings import in_words
from benchcore.events import (
    BlockRepeated,
    CeilingsKnown,
    CellFinished,
    CellStarted,
    ContenderFailed,
    Event,
    Note,
    PhaseStarted,
    RemainingEstimated,
    RunFinished,
    RunStarted,
)
from benchcore.report.plain import shortened

LONGEST_SENTENCE = 2000
"""Characters of what an event says: a resumed document's notes are told again."""


class Progress(Protocol):
    """Shows a run's events as they come."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None:
        """Take note of one event."""


def sentence(event: Event) -> str | None:
    """What one event means to a reader, or None if it is too small to mention."""
    said = _said(event)
    return None if said is None else shortened(said, LONGEST_SENTENCE)


def _said(event: Event) -> str | None:
    match event:
        case Note():
            return event.text
        case CeilingsKnown():
            return f"Ceilings of {event.ceilings.device}: {in_words(event.ceilings)}."
        case BlockRepeated():
            return (
                f"{event.contender}: a block was {event.reason.replace('_', ' ')}; "
                f"it is repeated after {event.pause_s:g} s."
            )
        case RemainingEstimated() if event.remaining_s > 0:
            return f"About {duration(event.remaining_s)} left."
        case ContenderFailed():
            return f"{event.contender} {event.status}: {event.reason}"
        case CellFinished():
            return _summary(event)
        case _:
            return None


def _summary(event: CellFinished) -> str:
    result = event.result
    times = [
        f"{name} {contender.wall.median_ms:.1f} ms"
        for name, contender in result.contenders.items()
        if contender.wall is not None
    ]
    factors = [
        f"{name} factor {factor.time.estimate:.3f}"
        for name, factor in result.factors.items()
        if factor.time is not None
    ]
    found = ", ".join(times + factors) or "nothing was measured"
    return f"{result.network} {result.mode} batch {result.batch}: {found}"


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class Lines:
    """One line for each cell and each thing worth saying."""

    def __init__(self) -> None:
        self._cells = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left open."""

    def show(self, event: Event) -> None:
        """Print the event's sentence, if it has one."""
        if isinstance(event, RunStarted):
            self._cells = event.cells
        text = sentence(event)
        if text is None:
            return
        if isinstance(event, CellFinished):
            text = f"[{event.index + 1}/{self._cells}] {text}"
        print(text, file=sys.stderr, flush=True)


class Bar:
    """A bar over the cells, with what is going on beside it and sentences above."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}{task.description}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("starting", total=None, left="")
        self._cell = ""
        self._ends_s: float | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, event: Event) -> None:
        """Move the bar."""
        match event:
            case RunStarted():
                self._progress.update(self._task, total=event.cells)
            case CellStarted():
                self._cell = event.cell.label
                self._progress.update(self._task, description=self._cell)
            case PhaseStarted():
                what = f"{self._cell}: {event.contender} {event.phase}"
                self._progress.update(self._task, description=what)
            case CellFinished():
                self._progress.advance(self._task)
            case RemainingEstimated():
                self._ends_s = time.monotonic() + event.remaining_s
            case RunFinished():
                self._ends_s = None
                self._progress.update(self._task, description=event.status)
        self._progress.update(self._task, left=self._left())
        text = sentence(event)
        if text is not None and not isinstance(event, RemainingEstimated):
            self._progress.console.print(text, highlight=False, markup=False)

    def _left(self) -> str:
        """What the bar says of the remaining time, with a blank behind it."""
        if self._ends_s is None:
            return ""
        return f"{duration(max(self._ends_s - time.monotonic(), 0.0))} left  "


def choose() -> Progress:
    """A bar if standard error is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines()
