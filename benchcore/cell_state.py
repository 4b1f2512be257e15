"""What the parts of one cell share while it is measured."""

import errno
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from benchcore.channel import AnswerT, Stop, WorkerError
from benchcore.events import ContenderFailed, Event
from benchcore.machine import Machine, WorkerLike
from benchcore.materials import CellFiles
from benchcore.orders import Hello, Order, Prepare, Probed, RunOn
from benchcore.plan import CellSpec, Plan
from benchcore.profiles import Budget
from benchcore.result import Status
from benchcore.tally import Tally

POLL_S = 0.1
"""How often a waiting runner looks whether it was told to stop."""

SAMPLE_S = 0.25
"""Between two samples for live displays."""

PROBE_LIMIT_S = 60.0
"""For a millisecond's work, on a machine that may be very busy."""

HELLO_LIMIT_S = 120.0
"""For importing a framework: 4 s when its files are cached, a minute from a cold network disk."""


@dataclass(frozen=True)
class Setting:
    """What all cells of a run share."""

    plan: Plan
    budget: Budget
    threads: int
    stop: Stop
    machine: Machine
    began_s: float
    """The run's start on the machine's clock."""
    noise_floor: float | None = None
    """Log half-width of a contender against itself on this machine, where it was measured."""


@dataclass
class CellState:
    """One cell under way."""

    setting: Setting
    spec: CellSpec
    files: CellFiles
    tallies: dict[str, Tally]
    flags: list[str] = field(default_factory=list)
    workers: dict[str, WorkerLike] = field(default_factory=dict)
    """The processes that live now."""
    spent_s: float = 0.0
    """In warm-up and timing, over all launches: what the profile's `cell_s` limits."""
    core: int | None = None
    """That workers are timed on; None if they may use all."""
    _sampled_s: float = 0.0
    _unstarted: dict[str, OSError] = field(default_factory=dict)

    @property
    def budget(self) -> Budget:
        """The run's."""
        return self.setting.budget

    @property
    def machine(self) -> Machine:
        """The run's."""
        return self.setting.machine

    def alive(self) -> list[str]:
        """The contenders that still take part, in the plan's order."""
        return [name for name, tally in self.tallies.items() if tally.alive]

    def flag(self, flag: str | None) -> None:
        """Mark the cell, once."""
        if flag is not None and flag not in self.flags:
            self.flags.append(flag)

    def prepare_order(self, *, buffers: int) -> Prepare:
        """The order that builds a contender for this cell."""
        return Prepare(
            spec=self.spec,
            device=self.setting.plan.device,
            threads=self.setting.threads,
            learning_rate=self.setting.plan.learning_rate,
            weights_path=str(self.files.weights),
            images_path=str(self.files.images),
            labels_path=str(self.files.labels),
            buffers=buffers,
        )

    def start(self, name: str) -> None:
        """A process for a contender; `await_import` tells whether there is one, `end` ends it."""
        try:
            self.workers[name] = self.machine.start(name)
        except OSError as error:
            self._unstarted[name] = error

    def end(self, name: str, *, gently: bool) -> None:
        """The contender's process is no longer needed, if it has one."""
        worker = self.workers.pop(name, None)
        if worker is not None:
            worker.close(gently=gently)

    def await_import(self, name: str) -> Generator[Event, None, bool]:
        """Whether the worker has come up."""
        unstarted = self._unstarted.pop(name, None)
        if unstarted is not None:
            status: Status = "oom" if unstarted.errno == errno.ENOMEM else "crashed"
            reason = f"The worker could not be started: {unstarted.strerror}."
            yield self.fail(name, WorkerError(status, reason))
            return False
        came = (yield from self._receive(name, Hello, HELLO_LIMIT_S)) is not None
        yield from self._await_others()
        return came

    def _await_others(self) -> Generator[Event, None, None]:
        """Until later launches have imported too, or that would disturb what is timed next."""
        end_s = self.machine.now_s() + HELLO_LIMIT_S
        while not self.machine.settled() and self.machine.now_s() < end_s:
            self.pause(POLL_S)
            yield from self._sampled()

    def _sampled(self) -> Iterator[Event]:
        """A sample, if the last is a while ago."""
        if self.machine.now_s() - self._sampled_s < SAMPLE_S:
            return
        self._sampled_s = self.machine.now_s()
        yield self.machine.sample({name: worker.pid for name, worker in self.workers.items()})

    def ask(
        self, name: str, order: Order, expected: type[AnswerT], limit_s: float
    ) -> Generator[Event, None, AnswerT | None]:
        """The answer, or None if the contender has just failed, which is an event."""
        self.workers[name].send(order)
        return (yield from self._receive(name, expected, limit_s))

    def _receive(
        self, name: str, expected: type[AnswerT], limit_s: float
    ) -> Generator[Event, None, AnswerT | None]:
        machine = self.machine
        deadline_s = machine.now_s() + limit_s
        try:
            while True:
                self.setting.stop.check()
                # After a pause of this process (Ctrl-Z) the answer may be there past the limit.
                left_s = max(deadline_s - machine.now_s(), 0.0)
                answer = self.workers[name].poll(expected, min(left_s, POLL_S))
                if answer is not None:
                    return answer
                if left_s == 0:
                    raise WorkerError("timeout", f"The worker gave no answer for {limit_s:g} s.")
                yield from self._sampled()
        except WorkerError as error:
            self.setting.stop.check()  # a signal to the whole job ends the workers too
            yield self.fail(name, error)
            return None

    def fail(self, name: str, error: WorkerError) -> ContenderFailed:
        """The contender takes no further part, nor does its process; the event to be told."""
        self.end(name, gently=False)
        tally = self.tallies[name]
        tally.status, tally.reason = error.status, error.reason
        return ContenderFailed(contender=name, status=error.status, reason=error.reason)

    def run_on(self, name: str) -> Generator[Event, None, float | None]:
        """The worker runs on `core` from now on; how fast that is, see `core_speed`."""
        if self.core is None:
            return None
        answer = yield from self.ask(name, RunOn(core=self.core), Probed, PROBE_LIMIT_S)
        return None if answer is None else answer.probe_us

    def pause(self, seconds: float) -> None:
        """Wait, unless the run is told to stop."""
        end_s = self.machine.now_s() + seconds
        while (left_s := end_s - self.machine.now_s()) > 0:
            self.setting.stop.check()
            self.machine.sleep(min(left_s, POLL_S))
