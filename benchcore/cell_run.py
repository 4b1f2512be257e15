"""One cell, from the memory pass to its result, as a stream of events.

A contender that fails leaves the cell with its status and reason; the others go on. Only the end of
the whole run (StoppedError) leaves a cell unfinished.
"""

from collections.abc import Iterator
from statistics import median

from benchcore import memory_pass, statistics, stopping
from benchcore.blocks import Blocks, kept_conditions
from benchcore.cell_proof import CellProof
from benchcore.cell_state import CellState, Setting
from benchcore.cell_summary import cell_result
from benchcore.events import CellFinished, Event, MemoryMeasured, Note, PhaseStarted
from benchcore.launch import SETUP_LIMIT_FACTOR, Launch
from benchcore.materials import CellFiles
from benchcore.orders import MeasureMemory, MemoryTaken
from benchcore.plan import CellSpec
from benchcore.profiles import MEMORY_SHARE
from benchcore.readable import readable
from benchcore.result import Schedule
from benchcore.tally import Tally, time_factor
from benchcore.verdict import margin_for

IDLE_CPU_SHARE = 0.05
"""A waiting worker that uses more than 5 % of a core disturbs the one that is measured."""

OBSERVER_CPU_SHARE = 0.03
"""What this process and its telemetry may use of a core during timed blocks."""

LIBRARIES_DIFFER = "libraries_differ"
PARAMETERS_DIFFER = "parameters_differ"
MEMORY_UNKNOWN = "memory_unknown"
MEMORY_DISAGREES = "memory_sources_disagree"
IDLE_WORKER_BUSY = "idle_worker_busy"
OBSERVER_BUSY = "observer_busy"


class CellRun:
    """Measures one cell; iterate over `events()` once."""

    def __init__(self, setting: Setting, index: int, spec: CellSpec, files: CellFiles) -> None:
        self._index = index
        self._reference = setting.plan.reference
        tallies = {name: Tally() for name in setting.plan.contenders}
        self._cell = CellState(setting=setting, spec=spec, files=files, tallies=tallies)
        self._judge = CellProof(spec.mode, self._reference, files)
        budget = setting.budget
        planned_blocks = budget.launches * budget.rounds * len(tallies)
        self._blocks = Blocks(self._cell, planned_blocks)
        self._schedule: Schedule = "interleaved"

    def events(self) -> Iterator[Event]:
        """Everything that happens; the last is CellFinished."""
        began_s = self._cell.machine.now_s()
        yield from self.memory()
        yield from self._timing(began_s)

    def timing(self) -> Iterator[Event]:
        """The same without the memory pass, for contenders whose memory is no question."""
        yield from self._timing(self._cell.machine.now_s())

    def _timing(self, began_s: float) -> Iterator[Event]:
        cell = self._cell
        self._schedule = self._fitting_schedule()
        launches = 0
        while cell.alive():
            for group in self._groups(launches):
                yield from Launch(cell, self._judge, self._blocks, launches, group).events()
            launches += 1
            done, flag = stopping.enough(
                cell.budget,
                launches=launches,
                half_width=self._widest_half_width(),
                own_half_width=self._widest_own_half_width(),
                spent_s=cell.spent_s,
                margin=margin_for(cell.spec.batch),
            )
            if done:
                cell.flag(flag)
                break
        self._flag_conditions()
        result = cell_result(
            cell,
            reference=self._reference,
            proof=self._judge.record(),
            schedule=self._schedule,
            launches=launches,
            duration_s=cell.machine.now_s() - began_s,
        )
        yield CellFinished(index=self._index, result=readable(result, self._reference))

    def memory(self) -> Iterator[Event]:
        """The memory pass alone: each contender in a process of its own."""
        cell = self._cell
        order = MeasureMemory(
            prepare=cell.prepare_order(buffers=1),
            search_iterations=memory_pass.SEARCH_ITERATIONS,
            step_iterations=memory_pass.STEP_ITERATIONS,
        )
        limit_s = cell.budget.order_limit_s * SETUP_LIMIT_FACTOR
        for name in cell.alive():
            yield PhaseStarted(contender=name, phase="memory")
            gently = False
            cell.start(name)
            try:
                if (yield from cell.await_import(name)):
                    answer = yield from cell.ask(name, order, MemoryTaken, limit_s)
                    gently = True
                    if answer is not None and answer.memory is None:
                        cell.flag(MEMORY_UNKNOWN)
                        yield Note(text=f"Memory is not known. {answer.unknown_because}")
                    if answer is not None and answer.memory is not None:
                        cell.tallies[name].memory = answer.memory
                        if answer.memory.disagreement is not None:
                            cell.flag(MEMORY_DISAGREES)
                        yield MemoryMeasured(contender=name, memory=answer.memory)
            finally:
                cell.end(name, gently=gently)

    def _fitting_schedule(self) -> Schedule:
        """All processes at once if memory holds their peaks, else one after the other."""
        free_mib = self._cell.machine.free_mib()
        peaks = [
            max(tally.memory.search_peak_mib, tally.memory.step_peak_mib)
            for tally in self._cell.tallies.values()
            if tally.alive and tally.memory is not None
        ]
        if free_mib is not None and sum(peaks) > MEMORY_SHARE * free_mib:
            return "alternating"
        return "interleaved"

    def _groups(self, launch: int) -> list[list[str]]:
        """Whose processes live together, in order; the reference first where it sets the proof."""
        names = self._cell.alive()
        if self._schedule == "interleaved":
            return [names]
        names.sort(key=lambda name: name != self._reference)
        if launch % 2:
            names.reverse()
        return [[name] for name in names]

    def _widest_half_width(self) -> float | None:
        """Of the contenders' time factors; None if there is none."""
        cell = self._cell
        base = cell.tallies[self._reference]
        widths = [
            statistics.log_half_width(interval)
            for name, tally in cell.tallies.items()
            if name != self._reference and tally.alive and base.alive
            if (interval := time_factor(tally, base, cell.budget)) is not None
        ]
        return max((width for width in widths if width is not None), default=None)

    def _widest_own_half_width(self) -> float | None:
        """Of the contenders' own times."""
        widths = [
            statistics.own_half_width(tally.launches(median))
            for tally in self._cell.tallies.values()
            if tally.alive and tally.blocks
        ]
        return max((width for width in widths if width is not None), default=None)

    def _flag_conditions(self) -> None:
        """What the blocks that count were measured under."""
        cell = self._cell
        seen = list(kept_conditions(cell))
        for tainted, _ in seen:
            cell.flag(tainted)
        idle = [c.idle_workers_cpu_share for _, c in seen if c.idle_workers_cpu_share is not None]
        if idle and median(idle) > IDLE_CPU_SHARE:
            cell.flag(IDLE_WORKER_BUSY)
        observer = [c.observer_cpu_share for _, c in seen if c.observer_cpu_share is not None]
        if observer and median(observer) > OBSERVER_CPU_SHARE:
            cell.flag(OBSERVER_BUSY)
        if self._judge.parameters_differ():
            cell.flag(PARAMETERS_DIFFER)
        if self._judge.libraries_differ():
            cell.flag(LIBRARIES_DIFFER)
