"""A run as its events tell it: what every live widget shows, without a widget.

`LiveRun` is told each event once, with the time it arrived, and is read a few times a second.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from benchcore.events import (
    BlockFinished,
    BlockRepeated,
    BlockStarted,
    CellFinished,
    CellStarted,
    ContenderFailed,
    EnvironmentKnown,
    Event,
    MemoryMeasured,
    PhaseStarted,
    RemainingEstimated,
    RunFinished,
    RunStarted,
    Sampled,
)
from benchcore.plan import CellSpec, Plan
from benchcore.progress import sentence
from benchcore.recorder import Recorder
from benchcore.result import CellResult, Status
from benchcore.samples import Memory
from tui.memory_history import MemoryHistory
from tui.steps import Steps, words

LEAST_SHARE = 0.03
"""Of the run, before which its pace says nothing."""

KEPT_LINES = 2000
"""Of the log; a run of a thousand cells says about two sentences a cell."""


@dataclass
class CellLive:
    """One cell, waiting, under way or done."""

    spec: CellSpec
    result: CellResult | None = None
    """What was measured, once the cell is over: final."""
    medians_ms: dict[str, list[float]] = field(default_factory=dict)
    """Of each contender's blocks so far: provisional."""
    memory: dict[str, Memory] = field(default_factory=dict)
    failed: dict[str, Status] = field(default_factory=dict)

    def typical_ms(self, contender: str) -> float | None:
        """The median of the block medians so far."""
        medians = self.medians_ms.get(contender)
        return median(medians) if medians else None


@dataclass(frozen=True)
class LogLine:
    """A sentence and when it was said, in seconds since the run began."""

    at_s: float
    text: str


class LiveRun:
    """Everything known of a run so far."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.plan: Plan | None = None
        self.cells: list[CellLive] = []
        self.current: CellLive | None = None
        """The last cell that began."""
        self.now = "Starting"
        """What happens at the moment, in words."""
        self.memory = MemoryHistory()
        self.machine: Sampled | None = None
        """The last look at the machine."""
        self.log: deque[LogLine] = deque(maxlen=KEPT_LINES)
        self.said = 0
        """How many lines the log ever had."""
        self.finished: RunFinished | None = None
        self._steps: Steps | None = None
        self._began_s: float | None = None
        self._ended_s: float | None = None
        self._ends_s: float | None = None

    def take(self, event: Event, now_s: float) -> None:
        """Take note of one event that arrived at `now_s`, on a clock that never goes back."""
        self.recorder.add(event)
        match event:
            case RunStarted():
                self.plan = event.plan
                self.cells = [CellLive(spec) for spec in event.plan.cells()]
                self._began_s = now_s
                self.now = "Looking at the machine"
            case EnvironmentKnown():
                self.now = "Making the machine ready"
            case CellStarted():
                self._begin_cell(event)
            case Sampled():
                self.machine = event
                self.memory.add(event)
            case CellFinished():
                self.cells[event.index].result = event.result
            case RemainingEstimated():
                self._ends_s = now_s + event.remaining_s
            case RunFinished():
                self.finished = event
                self.now = ENDINGS[event.status]
                self.end(now_s)
            case _:
                self._within_cell(event)
        said = sentence(event)
        if said is not None and not isinstance(event, RemainingEstimated):
            self.say(said, now_s)

    def say(self, text: str, now_s: float) -> None:
        """Add a sentence to the log."""
        began_s = now_s if self._began_s is None else self._began_s
        self.log.append(LogLine(now_s - began_s, text))
        self.said += 1

    def end(self, now_s: float) -> None:
        """Nothing more will come; a cell under way stays as it is, for the screen to show."""
        if self._ended_s is None:
            self._ended_s = now_s

    def guess(self, remaining_s: float, now_s: float) -> None:
        """What the whole run may take, until its first cell tells better."""
        if self._ends_s is None:
            self._ends_s = now_s + remaining_s

    @property
    def done(self) -> int:
        """How many cells are over."""
        return sum(cell.result is not None for cell in self.cells)

    @property
    def progress(self) -> float:
        """Of the whole run, 0 to 1, the current cell's steps included."""
        if not self.cells:
            return 0.0
        return (self.done + self.cell_progress) / len(self.cells)

    @property
    def cell_progress(self) -> float:
        """Of the current cell, 0 to 1."""
        return self._steps.share if self._steps is not None and self.under_way else 0.0

    @property
    def under_way(self) -> bool:
        """Whether a cell is begun and not finished."""
        return self.current is not None and self.current.result is None

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._ended_s is not None

    def elapsed_s(self, now_s: float) -> float:
        """Since the run began; stands still once it has ended."""
        if self._began_s is None:
            return 0.0
        return (now_s if self._ended_s is None else self._ended_s) - self._began_s

    def remaining_s(self, now_s: float) -> float | None:
        """Until the run's end, as far as anyone can tell.

        An estimate from before the present cell goes down with the clock; how far the run has come
        in which time says whether it holds.
        """
        if self.over:
            return None
        before_s = None if self._ends_s is None else max(self._ends_s - now_s, 0.0)
        share = self.progress
        if share < LEAST_SHARE:
            return before_s
        by_share_s = self.elapsed_s(now_s) * (1 - share) / share
        if before_s is None:
            return by_share_s
        if self.done == 0:
            # Nothing measured supports the guess, so what is seen counts the more the cell is over.
            weight = self.cell_progress
            return weight * by_share_s + (1 - weight) * max(before_s, by_share_s / 2)
        # Cells differ, so an estimate from their sizes is the better one; but not if it runs out.
        return max(before_s, by_share_s / 2)

    def _begin_cell(self, event: CellStarted) -> None:
        assert self.plan is not None
        self.current = self.cells[event.index]
        self.memory.begin()
        self._steps = Steps(self.plan)
        self.now = "Preparing weights and images"

    def _within_cell(self, event: Event) -> None:
        cell = self.current
        if cell is None or cell.result is not None:
            return
        match event:
            case BlockFinished():
                cell.medians_ms.setdefault(event.contender, []).append(event.median_ms)
            case MemoryMeasured():
                cell.memory[event.contender] = event.memory
            case ContenderFailed():
                cell.failed[event.contender] = event.status
            case PhaseStarted() if event.phase != "timing":
                self.memory.mark(f"{event.contender}: {MARKS.get(event.phase, event.phase)}")
            case BlockStarted() if event.number == 1 and not event.burst:
                self.memory.mark("blocks")
        if isinstance(event, PhaseStarted | BlockStarted | BlockRepeated) and self._steps:
            self._steps.take(event)
            self.now = words(event) or self.now


MARKS = {"prepare": "build", "proof": "verify", "warmup": "warm-up"}
"""What the graph calls phases whose own name is none that a reader would use."""

ENDINGS = {
    "complete": "Complete",
    "interrupted": "Interrupted: finished cells are kept, the one under way is not",
    "timeout": "The time limit was reached: finished cells are kept, the one under way is not",
    "running": "Running",
}
