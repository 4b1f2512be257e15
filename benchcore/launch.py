"""One launch of a cell: fresh processes, the proof, warm-up, interleaved rounds."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from benchcore import proof, stopping
from benchcore.blocks import Blocks
from benchcore.cell_proof import CellProof
from benchcore.cell_state import CellState
from benchcore.data import BUFFERS
from benchcore.events import BlockStarted, Event, PhaseStarted, ProofFinished
from benchcore.orders import Measure, Measured, Prove, Proved, Ready
from benchcore.warmup import WINDOW_S, Warmup

MIN_ROUNDS = 2
"""Rounds that a launch makes however slow it is: fewer give no interval at all."""

SETUP_LIMIT_FACTOR = 5
"""Building and first iterations may take this many times the limit of other orders: compilers
(torch.compile) work there for minutes."""

WARMUP_UNSTABLE = "warmup_unstable"


class Launch:
    """Runs launch `number` for a group of contenders whose processes live together."""

    def __init__(
        self, cell: CellState, judge: CellProof, blocks: Blocks, number: int, names: list[str]
    ) -> None:
        self._cell = cell
        self._judge = judge
        self._blocks = blocks
        self._number = number
        self._names = names

    def events(self) -> Iterator[Event]:
        """Everything that happens; the processes are gone at the end, whatever it is."""
        with self._processes():
            yield from self._prepare()
            began_s = self._cell.machine.now_s()
            # Not before: what builds and compiles may use every core.
            self._cell.core = self._cell.machine.choose_core()
            for name in self._alive():
                yield from self._warm_up(name)
            yield from self._rounds(began_s)
            if self._cell.spec.mode == "train" and not self._cell.budget.uses_mean:
                for name in self._alive():
                    yield PhaseStarted(contender=name, phase="stages", launch=self._number)
                    yield from self._blocks.stages(name)
            if self._cell.setting.plan.trace_iterations and self._number == 0:
                # Last: a process that was traced is slower ever after.
                limit_s = self._cell.budget.order_limit_s * SETUP_LIMIT_FACTOR
                for name in self._alive():
                    yield PhaseStarted(contender=name, phase="trace", launch=self._number)
                    yield from self._blocks.traced(name, limit_s)
            self._cell.spent_s += self._cell.machine.now_s() - began_s

    def _alive(self) -> list[str]:
        return [name for name in self._names if self._cell.tallies[name].alive]

    @contextmanager
    def _processes(self) -> Iterator[None]:
        gently = False
        try:
            for name in self._names:
                self._cell.start(name)
            yield
            gently = True
        finally:
            for name in list(self._cell.workers):
                self._cell.end(name, gently=gently)

    def _prepare(self) -> Generator[Event, None, None]:
        """Build and prove each contender while the others do nothing, then compare."""
        cell = self._cell
        limit_s = cell.budget.order_limit_s * SETUP_LIMIT_FACTOR
        ready: dict[str, Ready] = {}
        proved: dict[str, Proved] = {}
        iterations = proof.TRAINING_STEPS if cell.spec.mode == "train" else BUFFERS
        # All imports first: building and the first iteration are timed, and an import next to
        # them would be in their times.
        for name in self._alive():
            yield PhaseStarted(contender=name, phase="import", launch=self._number)
            yield from cell.await_import(name)
        for name in self._alive():
            yield PhaseStarted(contender=name, phase="prepare", launch=self._number)
            built = yield from cell.ask(name, cell.prepare_order(buffers=BUFFERS), Ready, limit_s)
            if built is None:
                continue
            yield PhaseStarted(contender=name, phase="proof", launch=self._number)
            outputs = yield from cell.ask(name, Prove(iterations=iterations), Proved, limit_s)
            if outputs is not None:
                ready[name], proved[name] = built, outputs
                cell.tallies[name].note_launch(built, outputs)
        for name, error in self._judge.judge(ready, proved):
            yield cell.fail(name, error)
        record = self._judge.record()
        if record is not None:
            yield ProofFinished(proof=record)

    def _warm_up(self, name: str) -> Generator[Event, None, None]:
        budget = self._cell.budget
        window = Measure(
            seconds=min(WINDOW_S, budget.warmup_s), least=1, most=budget.block_max_iterations
        )
        yield PhaseStarted(contender=name, phase="warmup", launch=self._number)
        policy = Warmup(budget)
        while not policy.done():
            yield from self._blocks.on_a_fast_core(name)
            if not self._cell.tallies[name].alive:
                return
            answer = yield from self._cell.ask(name, window, Measured, budget.order_limit_s)
            if answer is None:
                return
            policy.add(answer.wall_ms, self._cell.machine.sample({}).sm_clock_mhz)
        if policy.unstable:
            self._cell.flag(WARMUP_UNSTABLE)

    def _rounds(self, began_s: float) -> Generator[Event, None, None]:
        cell = self._cell
        for name in self._alive():
            yield PhaseStarted(contender=name, phase="timing", launch=self._number)
        for round_ in range(cell.budget.rounds):
            spent_s = cell.spent_s + cell.machine.now_s() - began_s
            if round_ >= MIN_ROUNDS and spent_s >= cell.budget.cell_s:
                cell.flag(stopping.NOT_CONVERGED)
                return
            cell.core = cell.machine.choose_core()
            names = self._alive()
            if (self._number + round_) % 2:
                names.reverse()
            for position, name in enumerate(names):
                yield self._block(name, round_, position, len(names))
                yield from self._blocks.latency(name, self._number, round_, position)
            if not self._bursts():
                continue
            names = [name for name in names if cell.tallies[name].alive]
            for position, name in enumerate(names):
                yield self._block(name, round_, position, len(names), burst=True)
                yield from self._blocks.burst(name, self._number, round_, position)

    def _block(
        self, name: str, round_: int, position: int, in_round: int, *, burst: bool = False
    ) -> BlockStarted:
        """A word ahead of a block, which lasts a while."""
        return BlockStarted(
            contender=name,
            launch=self._number,
            number=round_ * in_round + position + 1,
            blocks=self._cell.budget.rounds * in_round,
            burst=burst,
        )

    def _bursts(self) -> bool:
        """On the CPU nothing is queued, so a burst would repeat what the blocks have measured."""
        return self._cell.setting.plan.device != "cpu" and self._cell.budget.bursts
