"""What is measured of one contender in one cell: samples, their conditions, their summaries.

Units are part of the key (`median_ms`, `peak_mib`), values are plain numbers, never NaN, and
null where a figure was not measured or can't be.
"""

from typing import Annotated, TypeVar

import msgspec

LARGEST = 1e15

Figure = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
"""Any number that something can have been measured as: a document with another one is refused."""

Amount = Annotated[float, msgspec.Meta(ge=0, le=LARGEST)]
"""Of what is never negative, such as a time."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Whole, and exact in every program that reads JSON."""

MOST_NAMES = 64
"""Of what stands side by side in a cell, contenders for one: tables have a column or row each."""

MOST_SOURCES = 16
"""Of memory figures; a GPU has five, each with up to five phases."""

ValueT = TypeVar("ValueT")

Named = Annotated[dict[str, ValueT], msgspec.Meta(max_length=MOST_NAMES)]
"""A record for each name."""

Sourced = Annotated[dict[str, ValueT], msgspec.Meta(max_length=MOST_SOURCES)]

SHORTEST_MS = 1e-3
LONGEST_MS = 1e8
"""A microsecond and a day: what a document states beyond them is no iteration's time, and neither
logarithms nor intervals of it make sense."""


def is_time(value_ms: float) -> bool:
    """Whether an iteration can have taken so long."""
    return SHORTEST_MS <= value_ms <= LONGEST_MS


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: immutable, and written by name."""


class Summary(Record, frozen=True, kw_only=True):
    """Statistics over all timed iterations of one contender in one cell."""

    median_ms: Amount
    mean_ms: Amount
    min_ms: Amount
    max_ms: Amount
    p25_ms: Amount
    p75_ms: Amount
    p90_ms: Amount | None
    p95_ms: Amount | None
    p99_ms: Amount | None
    ci95_ms: tuple[Figure, Figure] | None
    count: Count
    mad_ms: Amount | None = None
    """Median absolute deviation from the median."""
    mild_outliers: Count = 0
    """Iterations beyond 1.5 interquartile ranges from the quartiles (Tukey); kept all the same."""
    severe_outliers: Count = 0
    """Those beyond 3 interquartile ranges."""

    @property
    def estimate_ms(self) -> float | None:
        """What `ci95_ms` is about, its centre: where processes have two speeds, the median of all
        iterations may lie outside."""
        return None if self.ci95_ms is None else sum(self.ci95_ms) / 2


class Conditions(Record, frozen=True, kw_only=True):
    """The machine while a block ran; null is what it doesn't tell. Medians, but for counters."""

    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    utilization_percent: float | None = None
    throttle_reasons: list[str] = msgspec.field(default_factory=list)
    """NVML's clocks-event reasons that were seen at any time in the block."""
    energy_j: float | None = None
    """What the device used from the block's start to its end, by its own counter."""
    foreign_cpu_share: float | None = None
    """CPU time of all other processes on the usable cores, as a share of those cores."""
    core: int | None = None
    """That all workers were pinned to; null if they could use every one."""
    core_probe_us: float | None = None
    """What a fixed piece of work took there, before or after the block, the longer of the two."""
    foreign_core_share: float | None = None
    """CPU time of all other processes on that core."""
    idle_workers_cpu_share: float | None = None
    """CPU time of the workers that wait, as a share of one core: near 0, or they spin."""
    observer_cpu_share: float | None = None
    """CPU time of the process that runs the benchmark, as a share of one core."""


class TimedBlock(Record, frozen=True, kw_only=True):
    """Where in the run a block was, and what it ran under."""

    launch: int
    round: int
    position: int
    """0 if this contender went first in the round."""
    started_s: Figure
    """Since the run began."""
    conditions: Conditions | None = None
    tainted: str | None = None
    """Why the machine was not itself in this block, in a word, such as `throttled`."""
    superseded: bool = False
    """The block was tainted and has been repeated: it is in no statistic."""


class Block(TimedBlock, frozen=True, kw_only=True):
    """Raw samples: one block's iterations, in order, each synchronised (latency)."""

    wall_ms: list[Amount]
    enqueue_ms: list[Amount]
    device_ms: list[Amount] | None = None
    """Between two events on the device around each iteration; null on the CPU."""


class Burst(TimedBlock, frozen=True, kw_only=True):
    """One block of iterations back to back with one synchronisation at the end (throughput)."""

    iterations: Count
    wall_ms: Amount
    """Of all iterations together."""
    device_ms: Amount | None = None


class Throughput(Record, frozen=True, kw_only=True):
    """Images a second; `method` says whether from bursts or from synchronised iterations."""

    images_per_s: Amount
    ci95_images_per_s: tuple[Figure, Figure] | None
    method: str
    joules_per_image: Figure | None = None
    bursts: list[Burst] = msgspec.field(default_factory=list)


class Memory(Record, frozen=True, kw_only=True):
    """Memory of a process of its own, phase by phase, from the primary source.

    `context_mib`: framework loaded, device ready. `model_mib`: network and inputs in place too.
    `search_peak_mib`: highest in the first iterations, where algorithms are searched for.
    `step_peak_mib`: highest in the iterations after. `steady_mib`: at rest after them.
    """

    context_mib: Figure
    model_mib: Figure
    search_peak_mib: Figure
    step_peak_mib: Figure
    steady_mib: Figure
    primary: str
    sources: Sourced[Sourced[Figure]]
    """Each source's name and its figures, such as {"resident": {"steady_mib": 900.5}}."""
    disagreement: str | None = None
    """In words, where two sources that should agree within 32 MiB don't."""


class Published(Record, frozen=True, kw_only=True):
    """Figures that somebody printed, without samples: they have no spread and no interval."""

    mean_ms: Amount
    """Mean time of an iteration."""
    memory_mib: Amount
    """One reading of what the process used, in a phase and by a source that nobody stated."""
