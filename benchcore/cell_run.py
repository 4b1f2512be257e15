"""One cell, from the memory pass to its result, as a stream of events.

A contender that fails leaves the cell with its status and reason; the others go on. Only the end of
the whole run (StoppedError) leaves a cell unfinished.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchcore import memory_pass, proof, statistics, stopping
from benchcore.channel import AnswerT, Stop, WorkerError, WorkerProcess, worker_environment
from benchcore.data import BUFFERS
from benchcore.events import (
    BlockFinished,
    CellFinished,
    ContenderFailed,
    Event,
    MemoryMeasured,
    PhaseStarted,
    ProofFinished,
)
from benchcore.materials import CellFiles
from benchcore.orders import (
    Measure,
    Measured,
    MeasureMemory,
    MemoryTaken,
    Order,
    Prepare,
    Prove,
    Proved,
    Ready,
)
from benchcore.plan import CellSpec, Plan
from benchcore.profiles import Budget
from benchcore.result import Proof
from benchcore.samples import Block
from benchcore.tally import Tally, cell_result, time_factor
from benchcore.warmup import WINDOW_S, Warmup

SETTLE_S = 0.05
"""Pause before each block: the other worker's threads stop spinning within a few milliseconds."""

MIN_ROUNDS = 2
"""Rounds that a launch makes however slow it is: fewer give no interval at all."""

WARMUP_UNSTABLE = "warmup_unstable"


@dataclass(frozen=True)
class Setting:
    """What all cells of a run share."""

    plan: Plan
    budget: Budget
    threads: int
    stop: Stop
    began: float
    """The run's start on time.monotonic."""


class CellRun:
    """Measures one cell; iterate over `events()` once."""

    def __init__(self, setting: Setting, index: int, spec: CellSpec, files: CellFiles) -> None:
        self._setting = setting
        self._budget = setting.budget
        self._index = index
        self._spec = spec
        self._files = files
        self._tallies = {name: Tally() for name in setting.plan.contenders}
        self._reference = setting.plan.reference
        self._proof: Proof | None = None
        self._flags: list[str] = []
        self._spent_s = 0.0
        self._failures: list[ContenderFailed] = []

    def events(self) -> Iterator[Event]:
        """Everything that happens; the last is CellFinished."""
        yield from self._measure_memory()
        launch = 0
        while any(tally.alive for tally in self._tallies.values()):
            yield from self._run_launch(launch)
            launch += 1
            done, flag = stopping.enough(
                self._budget,
                launches=launch,
                half_width=self._widest_half_width(),
                spent_s=self._spent_s,
            )
            if done:
                self._flag(flag)
                break
        result = cell_result(
            self._spec,
            self._tallies,
            reference=self._reference,
            budget=self._budget,
            proof=self._proof,
            flags=self._flags,
        )
        yield CellFinished(index=self._index, result=result)

    # The memory pass

    def _measure_memory(self) -> Iterator[Event]:
        order = MeasureMemory(
            prepare=self._prepare_order(buffers=1),
            search_iterations=memory_pass.SEARCH_ITERATIONS,
            step_iterations=memory_pass.STEP_ITERATIONS,
        )
        for name, tally in self._tallies.items():
            yield PhaseStarted(contender=name, phase="memory")
            with self._start(name) as worker:
                answer = self._ask_after_import(worker, order, MemoryTaken)
            if answer is not None:
                tally.memory = answer.memory
                yield MemoryMeasured(contender=name, memory=answer.memory)
            yield from self._drain_failures()

    # One launch: fresh processes, proof, warm-up, rounds

    def _run_launch(self, launch: int) -> Iterator[Event]:
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(self._start(name))
                for name, tally in self._tallies.items()
                if tally.alive
            }
            yield from self._prepare(workers, launch)
            began = time.monotonic()
            yield from self._warm_up(workers, launch)
            for round_ in range(self._budget.rounds):
                spent_s = self._spent_s + time.monotonic() - began
                if round_ >= MIN_ROUNDS and spent_s >= self._budget.cell_s:
                    self._flag(stopping.NOT_CONVERGED)
                    break
                yield from self._run_round(workers, launch, round_)
            self._spent_s += time.monotonic() - began

    def _prepare(self, workers: dict[str, WorkerProcess], launch: int) -> Iterator[Event]:
        """Build and prove each contender while the others do nothing, then compare."""
        ready: dict[str, Ready] = {}
        proved: dict[str, Proved] = {}
        iterations = proof.TRAINING_STEPS if self._spec.mode == "train" else BUFFERS
        for name in self._alive(workers):
            yield PhaseStarted(contender=name, phase="prepare", launch=launch)
            answer = self._ask_after_import(
                workers[name], self._prepare_order(buffers=BUFFERS), Ready
            )
            if answer is not None:
                ready[name] = answer
                yield PhaseStarted(contender=name, phase="proof", launch=launch)
                outputs = self._ask(workers[name], Prove(iterations=iterations), Proved)
                if outputs is not None:
                    proved[name] = outputs
                    self._note_first(name, answer, outputs)
            yield from self._drain_failures()
        if len(proved) > 1 and self._reference in proved:
            self._proof = self._compare(ready, proved)
            yield ProofFinished(proof=self._proof)
            yield from self._drain_failures()

    def _note_first(self, name: str, ready: Ready, proved: Proved) -> None:
        """Single events, not samples: the document keeps those of the first launch."""
        tally = self._tallies[name]
        if tally.first_ms is None:
            tally.num_parameters = ready.num_parameters
            tally.instantiate_ms = ready.instantiate_ms
            tally.first_ms = proved.first_ms

    def _compare(self, ready: dict[str, Ready], proved: dict[str, Proved]) -> Proof:
        inputs = {name: ready[name].input_sha256 for name in proved}
        weights = {name: ready[name].weights_sha256 for name in proved}
        for name in {
            *proof.mismatch(inputs, self._files.input_sha256),
            *proof.mismatch(weights, self._files.weights_sha256),
        }:
            self._fail(name, WorkerError("invalid", "It was given other bytes than planned."))
        outputs = {
            name: np.frombuffer(answer.outputs).reshape(answer.shape)
            for name, answer in proved.items()
        }
        expected = outputs.pop(self._reference)
        compared = {
            name: proof.compare(self._spec.mode, value, expected) for name, value in outputs.items()
        }
        for name, comparison in compared.items():
            if not comparison.held:
                self._fail(name, WorkerError("invalid", self._disagreement(comparison)))
        worst = [max(errors) for errors in zip(*(c.errors for c in compared.values()), strict=True)]
        finite = [min(error, float(np.finfo(np.float64).max)) for error in worst]
        training = self._spec.mode == "train"
        return Proof(
            held=all(tally.status != "invalid" for tally in self._tallies.values()),
            bound=proof.LOSS_BOUND if training else proof.LOGIT_BOUND,
            max_rel_error=None if training else finite[0],
            loss_errors=finite if training else None,
            input_sha256=inputs,
            weights_sha256=weights,
        )

    def _disagreement(self, comparison: proof.Comparison) -> str:
        what = "losses" if self._spec.mode == "train" else "logits"
        return (
            f"Its {what} differ from those of {self._reference} by {max(comparison.errors):.1e}, "
            f"more than {comparison.bound:.0e}."
        )

    def _warm_up(self, workers: dict[str, WorkerProcess], launch: int) -> Iterator[Event]:
        window = Measure(
            seconds=min(WINDOW_S, self._budget.warmup_s),
            least=1,
            most=self._budget.block_max_iterations,
        )
        for name in self._alive(workers):
            yield PhaseStarted(contender=name, phase="warmup", launch=launch)
            policy = Warmup(self._budget)
            while not policy.done():
                answer = self._ask(workers[name], window, Measured)
                if answer is None:
                    break
                policy.add(answer.wall_ms)
            if policy.unstable:
                self._flag(WARMUP_UNSTABLE)
            yield from self._drain_failures()

    def _run_round(
        self, workers: dict[str, WorkerProcess], launch: int, round_: int
    ) -> Iterator[Event]:
        budget = self._budget
        block = Measure(
            seconds=budget.block_s,
            least=budget.block_min_iterations,
            most=budget.block_max_iterations,
        )
        names = self._alive(workers)
        if (launch + round_) % 2:
            names.reverse()
        for position, name in enumerate(names):
            time.sleep(SETTLE_S)
            started_s = time.monotonic() - self._setting.began
            answer = self._ask(workers[name], block, Measured)
            if answer is not None:
                self._tallies[name].blocks.append(
                    Block(
                        launch=launch,
                        round=round_,
                        position=position,
                        started_s=started_s,
                        wall_ms=answer.wall_ms,
                        enqueue_ms=answer.enqueue_ms,
                    )
                )
                yield BlockFinished(
                    contender=name,
                    launch=launch,
                    round=round_,
                    iterations=len(answer.wall_ms),
                    median_ms=median(answer.wall_ms),
                )
            yield from self._drain_failures()

    # Asking workers

    def _start(self, name: str) -> WorkerProcess:
        setting = self._setting
        environment = worker_environment(setting.threads)
        return WorkerProcess(name, setting.plan.device, environment, setting.stop)

    def _prepare_order(self, *, buffers: int) -> Prepare:
        return Prepare(
            spec=self._spec,
            device=self._setting.plan.device,
            threads=self._setting.threads,
            learning_rate=self._setting.plan.learning_rate,
            weights_path=str(self._files.weights),
            images_path=str(self._files.images),
            labels_path=str(self._files.labels),
            buffers=buffers,
        )

    def _ask_after_import(
        self, worker: WorkerProcess, order: Order, expected: type[AnswerT]
    ) -> AnswerT | None:
        try:
            worker.wait_until_imported()
        except WorkerError as error:
            self._fail(worker.contender, error)
            return None
        return self._ask(worker, order, expected)

    def _ask(self, worker: WorkerProcess, order: Order, expected: type[AnswerT]) -> AnswerT | None:
        """The answer, or None if the contender has just failed."""
        try:
            return worker.ask(order, expected, self._budget.order_limit_s)
        except WorkerError as error:
            self._fail(worker.contender, error)
            return None

    def _fail(self, name: str, error: WorkerError) -> None:
        tally = self._tallies[name]
        tally.status, tally.reason = error.status, error.reason
        self._failures.append(
            ContenderFailed(contender=name, status=error.status, reason=error.reason)
        )

    def _drain_failures(self) -> Iterator[Event]:
        yield from self._failures
        self._failures.clear()

    def _alive(self, workers: dict[str, WorkerProcess]) -> list[str]:
        return [name for name in workers if self._tallies[name].alive]

    def _flag(self, flag: str | None) -> None:
        if flag is not None and flag not in self._flags:
            self._flags.append(flag)

    def _widest_half_width(self) -> float | None:
        """Of the contenders' time factors; None if there is none."""
        base = self._tallies[self._reference]
        widths = [
            statistics.log_half_width(interval)
            for name, tally in self._tallies.items()
            if name != self._reference and tally.alive and base.alive
            if (interval := time_factor(tally, base, self._budget)) is not None
        ]
        known = [width for width in widths if width is not None]
        return max(known) if known else None
