"""Progress on standard error: a bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Protocol, Self

from benchcore.events import (
    CellFinished,
    CellStarted,
    ContenderFailed,
    Event,
    Note,
    PhaseStarted,
    RunFinished,
    RunStarted,
)


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
    match event:
        case Note():
            return event.text
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
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._progress = RichProgress(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("starting", total=None)
        self._cell = ""

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
            case RunFinished():
                self._progress.update(self._task, description=event.status)
        text = sentence(event)
        if text is not None:
            self._progress.console.print(text, highlight=False, markup=False)


def choose() -> Progress:
    """A bar if standard error is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines()
