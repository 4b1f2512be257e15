"""What a cell gathers about its contenders, and how that becomes the cell's result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from benchcore import statistics, verdict
from benchcore.plan import CellSpec
from benchcore.profiles import Budget
from benchcore.result import CellResult, ContenderResult, Factor, Interval, Proof, Status
from benchcore.samples import Block, Memory


@dataclass
class Tally:
    """One contender in one cell, so far."""

    status: Status = "ok"
    reason: str | None = None
    num_parameters: int | None = None
    instantiate_ms: float | None = None
    first_ms: float | None = None
    memory: Memory | None = None
    blocks: list[Block] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether it still takes part."""
        return self.status == "ok"

    def launches(self, centre: Callable[[list[float]], float]) -> list[list[float]]:
        """The centre of each block in milliseconds, grouped by launch."""
        grouped: dict[int, list[float]] = {}
        for block in self.blocks:
            grouped.setdefault(block.launch, []).append(centre(block.wall_ms))
        return list(grouped.values())

    def result(self, batch: int) -> ContenderResult:
        """The record for the document; samples stay in it whatever the status is."""
        wall = enqueue = images_per_s = None
        if self.blocks:
            wall = statistics.summarise([block.wall_ms for block in self.blocks])
            enqueue = statistics.summarise([block.enqueue_ms for block in self.blocks])
            images_per_s = batch / (wall.median_ms / 1e3)
        return ContenderResult(
            status=self.status,
            reason=self.reason,
            num_parameters=self.num_parameters,
            instantiate_ms=self.instantiate_ms,
            first_ms=self.first_ms,
            wall=wall,
            enqueue=enqueue,
            images_per_s=images_per_s,
            memory=self.memory,
            samples=self.blocks,
        )


def time_factor(contender: Tally, reference: Tally, budget: Budget) -> Interval | None:
    """contender / reference of the times, or None where one of them has none."""
    if not (contender.blocks and reference.blocks):
        return None
    if budget.uses_mean:
        of = [
            fmean(ms for block in t.blocks for ms in block.wall_ms) for t in (contender, reference)
        ]
        return Interval(
            estimate=of[0] / of[1], low=None, high=None, method="ratio of means, no interval"
        )
    return statistics.ratio_of_launches(contender.launches(median), reference.launches(median))


def memory_factor(contender: Tally, reference: Tally) -> Interval | None:
    """contender / reference of `step_peak_mib`, if both were read from the same kind of source."""
    mine, theirs = contender.memory, reference.memory
    if mine is None or theirs is None or mine.primary != theirs.primary:
        return None
    return Interval(
        estimate=mine.step_peak_mib / theirs.step_peak_mib,
        low=None,
        high=None,
        method="ratio of step_peak_mib of one pass, no interval",
    )


def cell_result(
    spec: CellSpec,
    tallies: Mapping[str, Tally],
    *,
    reference: str,
    budget: Budget,
    proof: Proof | None,
    flags: list[str],
) -> CellResult:
    """The whole cell; a contender has a factor only if it and the reference are `ok`."""
    factors: dict[str, Factor] = {}
    verdicts = {}
    base = tallies[reference]
    for name, tally in tallies.items():
        if name == reference or not (tally.alive and base.alive):
            continue
        time = time_factor(tally, base, budget)
        factors[name] = Factor(time=time, memory=memory_factor(tally, base))
        if time is not None:
            verdicts[name] = verdict.decide(time, batch=spec.batch)
    return CellResult(
        network=spec.network,
        mode=spec.mode,
        batch=spec.batch,
        image_height_px=spec.image_height_px,
        image_width_px=spec.image_width_px,
        precision=spec.precision,
        contenders={name: tally.result(spec.batch) for name, tally in tallies.items()},
        factors=factors,
        proof=proof,
        verdict=verdicts,
        flags=flags,
    )
