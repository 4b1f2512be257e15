"""What a cell gathers about one contender, and its factors against another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from benchcore import environment, statistics
from benchcore.kernels.trace import Trace
from benchcore.orders import Proved, Ready
from benchcore.profiles import Budget
from benchcore.result import ContenderResult, Interval, Status
from benchcore.samples import Block, Burst, Memory, Throughput


@dataclass
class Tally:
    """One contender in one cell, so far."""

    status: Status = "ok"
    reason: str | None = None
    num_parameters: int | None = None
    instantiate_ms: float | None = None
    first_ms: float | None = None
    precision: str = "fp32"
    settings: dict[str, Any] = field(default_factory=dict)
    memory: Memory | None = None
    blocks: list[Block] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)
    stages_ms: dict[str, list[list[float]]] = field(default_factory=dict)
    trace: Trace | None = None
    untraced_because: str | None = None

    @property
    def alive(self) -> bool:
        """Whether it still takes part."""
        return self.status == "ok"

    @property
    def counted(self) -> list[Block]:
        """The blocks that statistics are made of."""
        return [block for block in self.blocks if not block.superseded]

    def note_launch(self, ready: Ready, proved: Proved) -> None:
        """Instantiation and first iteration are single events: those of the first launch stay."""
        if self.first_ms is not None:
            return
        self.num_parameters = ready.num_parameters
        self.instantiate_ms = ready.instantiate_ms
        self.first_ms = proved.first_ms
        self.precision = ready.precision
        libraries = environment.without_places(ready.libraries, environment.places())
        self.settings = {**ready.settings, "libraries": libraries}

    def launches(self, centre: Callable[[list[float]], float]) -> list[list[float]]:
        """The centre of each counted block in milliseconds, grouped by launch."""
        return _by_launch([(block.launch, centre(block.wall_ms)) for block in self.counted])

    def launches_of_bursts(self) -> list[list[float]]:
        """Milliseconds an iteration of each counted burst, grouped by launch."""
        return _by_launch(
            [(b.launch, b.wall_ms / b.iterations) for b in self.bursts if not b.superseded]
        )

    def result(self, batch: int) -> ContenderResult:
        """The record for the document; samples stay in it whatever the status is."""
        wall = enqueue = device = throughput = None
        counted = self.counted
        if counted:
            launches = [block.launch for block in counted]
            wall = statistics.summarise([block.wall_ms for block in counted], launches)
            enqueue = statistics.summarise([block.enqueue_ms for block in counted], launches)
            on_device = [(block.device_ms, block.launch) for block in counted if block.device_ms]
            device = statistics.summarise(*zip(*on_device, strict=True)) if on_device else None
            throughput = self._throughput(batch)
        stages = {name: statistics.summarise(blocks) for name, blocks in self.stages_ms.items()}
        return ContenderResult(
            status=self.status,
            reason=self.reason,
            num_parameters=self.num_parameters,
            instantiate_ms=self.instantiate_ms,
            first_ms=self.first_ms,
            precision=self.precision,
            wall=wall,
            device=device,
            enqueue=enqueue,
            stages=stages or None,
            images_per_s=throughput.images_per_s if throughput else None,
            joules_per_image=throughput.joules_per_image if throughput else None,
            throughput=throughput,
            memory=self.memory,
            settings=self.settings,
            samples=self.blocks,
        )

    def _throughput(self, batch: int) -> Throughput:
        """From bursts where there are some, else from the synchronised iterations."""
        launches = self.launches_of_bursts()
        method = "bursts with one synchronisation"
        if not launches:
            launches, method = self.launches(fmean), "synchronised iterations"
        rates = [[batch / (each_ms / 1e3) for each_ms in blocks] for blocks in launches]
        estimate, low, high = statistics.throughput(rates)
        return Throughput(
            images_per_s=estimate,
            ci95_images_per_s=None if low is None or high is None else (low, high),
            method=method,
            joules_per_image=self._joules_per_image(batch),
            bursts=self.bursts,
        )

    def _joules_per_image(self, batch: int) -> float | None:
        """From the device's energy counter over all bursts together; short ones are coarse."""
        counted = [b for b in self.bursts if not b.superseded and b.conditions is not None]
        energies = [b.conditions.energy_j for b in counted if b.conditions is not None]
        known = [energy for energy in energies if energy is not None]
        if not known or len(known) < len(counted) or sum(known) <= 0:
            return None
        return sum(known) / (batch * sum(burst.iterations for burst in counted))


def _by_launch(values: list[tuple[int, float]]) -> list[list[float]]:
    grouped: dict[int, list[float]] = {}
    for launch, value in values:
        grouped.setdefault(launch, []).append(value)
    return list(grouped.values())


def time_factor(contender: Tally, reference: Tally, budget: Budget) -> Interval | None:
    """contender / reference of the times, or None where one of them has none."""
    if not (contender.counted and reference.counted):
        return None
    if budget.uses_mean:
        of = [
            fmean(ms for block in t.counted for ms in block.wall_ms) for t in (contender, reference)
        ]
        return Interval(
            estimate=of[0] / of[1], low=None, high=None, method="ratio of means, no interval"
        )
    return statistics.ratio_of_launches(contender.launches(median), reference.launches(median))


def throughput_factor(contender: Tally, reference: Tally) -> Interval | None:
    """contender / reference of the time an iteration takes in bursts."""
    mine, theirs = contender.launches_of_bursts(), reference.launches_of_bursts()
    return statistics.ratio_of_launches(mine, theirs) if mine and theirs else None


def memory_factor(contender: Tally, reference: Tally) -> Interval | None:
    """contender / reference of `step_peak_mib`, if both were read from the same kind of source."""
    mine, theirs = contender.memory, reference.memory
    if mine is None or theirs is None or mine.primary != theirs.primary:
        return None
    if mine.step_peak_mib <= 0 or theirs.step_peak_mib <= 0:
        return None
    return Interval(
        estimate=mine.step_peak_mib / theirs.step_peak_mib,
        low=None,
        high=None,
        method="ratio of step_peak_mib of one pass, no interval",
    )
