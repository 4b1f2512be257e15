"""A run: the plan in, typed events out, for any consumer to follow and to stop."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from benchcore import environment, known_ceilings, noise, resume
from benchcore.busy import busy_reason
from benchcore.cell_run import CellRun
from benchcore.cell_state import Setting
from benchcore.cell_summary import unprepared
from benchcore.channel import Stop, StoppedError
from benchcore.child import ChildError
from benchcore.errors import InvalidRunError, UsageError
from benchcore.events import (
    CeilingsKnown,
    CellFinished,
    CellStarted,
    EnvironmentKnown,
    Event,
    NoiseFloorKnown,
    Note,
    RemainingEstimated,
    RunFinished,
    RunStarted,
)
from benchcore.machine import ThisMachine
from benchcore.materials import Materials
from benchcore.plan import Plan
from benchcore.profiles import Budget
from benchcore.remaining import Estimator
from benchcore.result import Document, RunStatus
from benchcore.scratch import scratch

ENDED_EARLY = "The run ended early"


def run(
    plan: Plan,
    stop: Stop,
    *,
    budget: Budget | None = None,
    before: Document | None = None,
    allow_busy: bool = False,
    command: Sequence[str] = (),
) -> Iterator[Event]:
    """Measure everything in `plan`; `budget` replaces the profile's, for tests.

    `before` is an interrupted run of the same plan: its cells come first, as they are. `command`
    are the words that asked for the run, for the document.

    Raises UsageError before the first event if weights or images can't be used, and
    InvalidRunError if others use the GPU; UsageError after it if `before` is from another machine
    or build. Once begun it always ends with RunFinished, unless the consumer closes it; either way
    no worker outlives it. A cell that is under way when the run is stopped is not reported, and a
    note says so.
    """
    budget = plan.budget if budget is None else budget
    busy = None if allow_busy else busy_reason(plan.device)
    if busy is not None:
        raise InvalidRunError(f"{busy}, so nothing measured would count; --allow-busy insists.")
    with _folder() as folder:
        materials = _materials(plan, folder, stop, zero_images=budget.zero_images)
        current = Run(plan, stop, budget, materials, before, alone=not allow_busy)
        words = environment.without_places(list(command), environment.places())
        yield RunStarted(
            plan=plan,
            cells=len(plan.cells()),
            created=before.created if before else _now(),
            command=before.command if before else words,
        )
        status: RunStatus = "complete"
        try:
            yield from current.begin()
            yield from current.measure()
        except StoppedError as stopped:
            status = stopped.reason
            yield from current.told_before()
            where = current.under_way or "the start"
            yield Note(text=f"{ENDED_EARLY} ({status}) at {where}, which is left out.")
        finally:
            current.close()
        yield RunFinished(status=status, ended=_now())


class Run:
    """One run's course, in two parts, so that stopping in either keeps what there is."""

    def __init__(
        self,
        plan: Plan,
        stop: Stop,
        budget: Budget,
        materials: Materials,
        before: Document | None,
        *,
        alone: bool,
    ) -> None:
        self._plan, self._stop, self._budget = plan, stop, budget
        self._alone = alone
        self._materials = materials
        self._before = before
        self._done = resume.done(before)
        self._told = before is None
        self._setting: Setting | None = None
        self._machine: ThisMachine | None = None
        self.under_way: str | None = None
        """The cell that is being measured."""

    def begin(self) -> Iterator[Event]:
        """The environment, what was measured before, and the machine made ready."""
        plan = self._plan
        threads = environment.cpu_threads()
        found = environment.collect_in_child(threads, self._stop)
        if self._before is not None:
            resume.check(self._before, found)
            for spec, cell in self._done.items():
                files = self._materials.cell(spec)
                resume.check_bytes(cell, files.weights_sha256, files.input_sha256)
            yield from self.told_before()
            count = f"{len(self._done)} cell{'' if len(self._done) == 1 else 's'}"
            yield Note(text=f"Resumed at {_now()} with {count} measured before.")
        else:
            yield EnvironmentKnown(environment=found)
        if "unknown_because" in found:
            why = found["unknown_because"]
            yield Note(
                text=f"The environment is not known ({why}), so this document can be neither "
                "resumed nor gated."
            )
        floor = noise.read(str(found.get("fingerprint", "")), plan.device)
        if floor is not None:
            yield NoiseFloorKnown(floor=floor)
        yield from self.ceilings(str(found.get("fingerprint", "")), threads)
        self._machine = machine = ThisMachine(
            plan.device,
            threads,
            launch_blocking=self._budget.launch_blocking,
            contenders=plan.contenders,
        )
        known = self._before.notes if self._before else []
        for note in (*self._materials.notes(), machine.telemetry.missing):
            if note is not None and note not in known:
                yield Note(text=note)
        self._setting = Setting(
            plan=plan,
            budget=self._budget,
            threads=threads,
            stop=self._stop,
            machine=machine,
            began_s=machine.now_s(),
            noise_floor=None if floor is None else floor.log_half_width,
        )

    def ceilings(self, fingerprint: str, threads: int) -> Iterator[Event]:
        """What is known of the device's peaks; a GPU that nobody else uses is measured once.

        On the CPU they stay unknown until `benchcore info --ceilings`: that loads PyTorch, which
        would be long beside a small cell.
        """
        if self._before is not None and self._before.ceilings is not None:
            return
        device = self._plan.device
        known = known_ceilings.read(fingerprint, device)
        if known is None and device != "cpu" and self._alone:
            try:
                known = known_ceilings.measure(device, threads, self._stop)
            except ChildError as error:
                yield Note(text=f"The peaks of {device} could not be measured: {error}.")
            else:
                with suppress(OSError):  # the document has them, and the next run measures again
                    known_ceilings.write(known, fingerprint, device)
        if known is not None:
            yield CeilingsKnown(ceilings=known)

    def told_before(self) -> Iterator[Event]:
        """Once, all that the resumed document holds; nothing for a new run."""
        if self._told or self._before is None:
            return
        self._told = True
        yield EnvironmentKnown(environment=self._before.environment)
        if self._before.noise_floor is not None:
            yield NoiseFloorKnown(floor=self._before.noise_floor)
        if self._before.ceilings is not None:
            yield CeilingsKnown(ceilings=self._before.ceilings)
        for text in self._before.notes:
            if not text.startswith(ENDED_EARLY):
                yield Note(text=text)
        for index, spec in enumerate(self._plan.cells()):
            if spec in self._done:
                yield CellFinished(index=index, result=self._done[spec])

    def measure(self) -> Iterator[Event]:
        """The cells that are not done yet, each followed by an estimate of what is left."""
        assert self._setting is not None
        cells = self._plan.cells()
        estimator = Estimator(cells, self._budget, self._plan.device)
        for spec, result in self._done.items():
            estimator.finished(spec, result)
        for index, spec in enumerate(cells):
            if spec in self._done:
                continue
            self.under_way = spec.label
            self._stop.check()
            yield CellStarted(index=index, cell=spec)
            try:
                files = self._materials.cell(spec)
            except (MemoryError, OSError, UsageError) as error:
                result = unprepared(spec, self._plan.contenders, error)
                yield CellFinished(index=index, result=result)
                continue
            for event in CellRun(self._setting, index, spec, files).events():
                yield event
                if isinstance(event, CellFinished):
                    estimator.finished(spec, event.result)
            remaining_s = estimator.remaining_s()
            if remaining_s is not None:
                yield RemainingEstimated(remaining_s=remaining_s)

    def close(self) -> None:
        """End what runs beside the workers."""
        if self._machine is not None:
            self._machine.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """For the run's own files. Raises UsageError."""
    with ExitStack() as held:
        try:
            folder = held.enter_context(scratch())
        except OSError as error:
            raise UsageError(f"no temporary folder can be made: {_words(error)}") from None
        yield folder


def _materials(plan: Plan, folder: Path, stop: Stop, *, zero_images: bool) -> Materials:
    try:
        return Materials(plan, folder, stop, zero_images=zero_images)
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {_words(error)}") from None


def _words(error: OSError) -> str:
    return f"{error.strerror}; TMPDIR may name another folder."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
