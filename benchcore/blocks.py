"""Timed blocks of one launch: observed, repeated when tainted, and noted in the tally."""

from collections.abc import Callable, Generator, Iterator
from statistics import median
from typing import TypeVar

import msgspec

from benchcore.cell_state import CellState
from benchcore.events import BlockFinished, BlockRepeated, Event
from benchcore.orders import (
    BurstMeasured,
    KernelsTraced,
    Measure,
    MeasureBurst,
    Measured,
    MeasureStages,
    StagesMeasured,
    TraceKernels,
)
from benchcore.samples import Block, Burst, Conditions, TimedBlock
from benchcore.taint import PAUSES_S, Repetitions, is_slow, taint

SETTLE_S = 0.05
"""Pause before each block: the other worker's threads stop spinning within a few milliseconds."""

MAX_STAGED_ITERATIONS = 30
"""Stages explain a training step, they are not compared by a verdict: a few iterations do."""

AnswerT = TypeVar("AnswerT", Measured, BurstMeasured)


class Blocks:
    """Takes blocks of one cell, over all of its launches."""

    def __init__(self, cell: CellState, planned_blocks: int) -> None:
        self._cell = cell
        self._repetitions = Repetitions(planned_blocks)
        self._clocks_mhz: dict[tuple[str, type], list[float]] = {}
        self._probes_us: list[float] = []

    def latency(
        self, name: str, launch: int, round_: int, position: int
    ) -> Generator[Event, None, None]:
        """A block of synchronised iterations."""
        budget = self._cell.budget
        order = Measure(
            seconds=budget.block_s,
            least=budget.block_min_iterations,
            most=budget.block_max_iterations,
        )
        tally = self._cell.tallies[name]

        def note(
            answer: Measured, at_s: float, seen: Conditions, tainted: str | None, again: bool
        ) -> None:
            tally.blocks.append(
                Block(
                    launch=launch,
                    round=round_,
                    position=position,
                    started_s=at_s,
                    wall_ms=answer.wall_ms,
                    enqueue_ms=answer.enqueue_ms,
                    device_ms=answer.device_ms,
                    conditions=seen,
                    tainted=tainted,
                    superseded=again,
                )
            )

        answer = yield from self._take(name, order, Measured, note)
        if answer is not None:
            yield BlockFinished(
                contender=name,
                launch=launch,
                round=round_,
                iterations=len(answer.wall_ms),
                median_ms=median(answer.wall_ms),
            )

    def burst(
        self, name: str, launch: int, round_: int, position: int
    ) -> Generator[Event, None, None]:
        """A block of iterations with one synchronisation, about as long as one of latency."""
        tally = self._cell.tallies[name]
        iterations = self._fitting(name)

        def note(
            answer: BurstMeasured, at_s: float, seen: Conditions, tainted: str | None, again: bool
        ) -> None:
            tally.bursts.append(
                Burst(
                    launch=launch,
                    round=round_,
                    position=position,
                    started_s=at_s,
                    iterations=iterations,
                    wall_ms=answer.wall_ms,
                    device_ms=answer.device_ms,
                    conditions=seen,
                    tainted=tainted,
                    superseded=again,
                )
            )

        yield from self._take(name, MeasureBurst(iterations=iterations), BurstMeasured, note)

    def stages(self, name: str) -> Generator[Event, None, None]:
        """The parts of a training step."""
        iterations = min(self._fitting(name), MAX_STAGED_ITERATIONS)
        yield from self._cell.run_on(name)
        if not self._cell.tallies[name].alive:
            return
        answer = yield from self._cell.ask(
            name,
            MeasureStages(iterations=iterations),
            StagesMeasured,
            self._cell.budget.order_limit_s,
        )
        if answer is not None:
            for stage, times_ms in answer.stages_ms.items():
                self._cell.tallies[name].stages_ms.setdefault(stage, []).append(times_ms)

    def traced(self, name: str, limit_s: float) -> Generator[Event, None, None]:
        """Iterations by kernels, after a block like the others."""
        budget, tally = self._cell.budget, self._cell.tallies[name]
        order = TraceKernels(
            iterations=self._cell.setting.plan.trace_iterations,
            seconds=budget.block_s,
            least=budget.block_min_iterations,
            most=budget.block_max_iterations,
            usual_ms=median(ms for block in tally.counted for ms in block.wall_ms),
        )
        self._cell.pause(SETTLE_S)
        yield from self._await_a_fast_core(name)
        if not tally.alive:
            return
        answer = yield from self._cell.ask(name, order, KernelsTraced, limit_s)
        if answer is not None:
            tally.trace, tally.untraced_because = answer.trace, answer.unknown_because

    def on_a_fast_core(self, name: str) -> Generator[Event, None, float | None]:
        """The contender runs on the cell's core, or on another one if that is slowed right now.

        Gives what the fixed piece of work took there. A neighbour unseen may have come since the
        core was chosen, and what is known to be slowed beforehand need not be measured first.
        """
        probe_us = yield from self._cell.run_on(name)
        if probe_us is not None and is_slow(probe_us, self._probes_us):
            self._cell.core = self._cell.machine.choose_core()
            probe_us = yield from self._cell.run_on(name)
        return probe_us

    def _await_a_fast_core(self, name: str) -> Generator[Event, None, None]:
        """The same, with pauses until one comes: a trace can't be repeated."""
        for pause_s in (*PAUSES_S, None):
            probe_us = yield from self.on_a_fast_core(name)
            if probe_us is None or not is_slow(probe_us, self._probes_us) or pause_s is None:
                return
            self._cell.pause(pause_s)

    def _fitting(self, name: str) -> int:
        """As many iterations as a block has time for, by the contender's last block."""
        budget = self._cell.budget
        each_ms = median(self._cell.tallies[name].blocks[-1].wall_ms)
        fitting = round(budget.block_s * 1e3 / each_ms) if each_ms > 0 else 1
        return min(max(fitting, budget.block_min_iterations), budget.block_max_iterations)

    def _take(
        self,
        name: str,
        order: Measure | MeasureBurst,
        expected: type[AnswerT],
        note: Callable[[AnswerT, float, Conditions, str | None, bool], None],
    ) -> Generator[Event, None, AnswerT | None]:
        cell, machine = self._cell, self._cell.machine
        repetition = 0
        while True:
            cell.pause(SETTLE_S)
            before_us = yield from self.on_a_fast_core(name)
            if not cell.tallies[name].alive:
                return None
            at_s = machine.now_s() - cell.setting.began_s
            idle = [worker.pid for other, worker in cell.workers.items() if other != name]
            observation = machine.observe(cell.workers[name].pid, idle, cell.core)
            answer = yield from cell.ask(name, order, expected, cell.budget.order_limit_s)
            if answer is None:
                return None
            seen = observation.end()
            after_us = yield from cell.run_on(name)
            if before_us is not None and after_us is not None:
                seen = msgspec.structs.replace(seen, core_probe_us=max(before_us, after_us))
            clocks_mhz = self._clocks_mhz.setdefault((name, expected), [])
            tainted = taint(seen, clocks_mhz, self._probes_us)
            if seen.core_probe_us is not None:
                self._probes_us.append(seen.core_probe_us)
            lost = not cell.tallies[name].alive  # while its core was looked at
            pause_s = None
            if tainted is not None and not lost:
                pause_s = self._repetitions.pause_s(repetition)
            note(answer, at_s, seen, tainted, pause_s is not None)
            if lost:
                return None
            if tainted is None or pause_s is None:
                if seen.sm_clock_mhz is not None:
                    clocks_mhz.append(seen.sm_clock_mhz)
                return answer
            yield BlockRepeated(contender=name, reason=tainted, pause_s=pause_s)
            cell.pause(pause_s)
            cell.core = machine.choose_core()
            repetition += 1


def kept_conditions(cell: CellState) -> Iterator[tuple[str | None, Conditions]]:
    """Each block that counts: its taint, and what it ran under."""
    for tally in cell.tallies.values():
        blocks: list[TimedBlock] = [*tally.blocks, *tally.bursts]
        for block in blocks:
            if not block.superseded and block.conditions is not None:
                yield block.tainted, block.conditions
