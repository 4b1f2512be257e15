"""The conversation between the runner and a worker: one JSON line an order, one an answer.

A worker says `Hello` once, then answers each order with the record named beside it, or with
`Refused` or `Failed`, after which it may be asked nothing more.
"""

import math
from typing import Annotated, Any, Literal

import msgspec

from benchcore import limits
from benchcore.kernels.trace import Trace
from benchcore.plan import CellSpec
from benchcore.samples import LONGEST_MS, Count, Memory, Named

FLOAT64_BYTES = 8

MOST_SETTINGS = 300
"""Entries of one contender's settings, which has about thirty."""

LONGEST_WORD = 1000
"""Characters of what a contender says of itself."""

Duration = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_MS)]
Time = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_MS)]
"""Of an iteration, whose logarithm is taken."""

Word = Annotated[str, msgspec.Meta(max_length=LONGEST_WORD)]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of both directions."""


class Prepare(Message, frozen=True, kw_only=True, tag="prepare"):
    """Build the network from these files (-> `Ready`)."""

    spec: CellSpec
    device: str
    threads: int
    learning_rate: float
    weights_path: str
    images_path: str
    labels_path: str
    buffers: int
    """How many of the rotating input buffers to use."""


class Prove(Message, frozen=True, kw_only=True, tag="prove"):
    """Run the first `iterations`, alone, and hand over what they produced (-> `Proved`)."""

    iterations: int


class RunOn(Message, frozen=True, kw_only=True, tag="run_on"):
    """Run on this core alone from now on, and say how fast it is (-> `Probed`)."""

    core: int


class Measure(Message, frozen=True, kw_only=True, tag="measure"):
    """Time a block of iterations (-> `Measured`)."""

    seconds: float
    least: int
    most: int


class MeasureBurst(Message, frozen=True, kw_only=True, tag="measure_burst"):
    """Time iterations back to back with one synchronisation (-> `BurstMeasured`)."""

    iterations: int


class MeasureStages(Message, frozen=True, kw_only=True, tag="measure_stages"):
    """Time the parts of training iterations (-> `StagesMeasured`)."""

    iterations: int


class TraceKernels(Message, frozen=True, kw_only=True, tag="trace_kernels"):
    """Time a block, then trace some iterations, last of all orders (-> `KernelsTraced`)."""

    iterations: int
    """How many are traced; the block before is by the next three."""
    seconds: float
    least: int
    most: int
    usual_ms: float
    """The median of the contender's iterations so far; such a block is waited for."""


class MeasureMemory(Message, frozen=True, kw_only=True, tag="measure_memory"):
    """Prepare, and take memory at each phase, in place of all other orders (-> `MemoryTaken`)."""

    prepare: Prepare
    search_iterations: int
    step_iterations: int


Order = (
    Prepare | Prove | RunOn | Measure | MeasureBurst | MeasureStages | TraceKernels | MeasureMemory
)


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """The contender's class is imported and can run on the device."""

    pid: int


class Ready(Message, frozen=True, kw_only=True, tag="ready"):
    """The network is built; the digests are of what the contender was handed."""

    num_parameters: Count
    instantiate_ms: Duration
    version: Word
    input_sha256: str
    weights_sha256: str
    precision: Word
    settings: dict[str, Any]
    libraries: list[str]
    """Numerical libraries mapped into the process, by path."""

    def __post_init__(self) -> None:
        if limits.is_too_deep(self.settings) or limits.entries([self.settings]) > MOST_SETTINGS:
            raise ValueError("the settings are no contender's")


class Proved(Message, frozen=True, kw_only=True, tag="proved"):
    """`outputs` are float64 in C order (base64 in JSON): iterations x N x 1000 or one a step."""

    first_ms: Duration
    outputs: bytes
    shape: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]

    def __post_init__(self) -> None:
        if len(self.outputs) != FLOAT64_BYTES * math.prod(self.shape):
            raise ValueError("the outputs have another size than their shape")


class Probed(Message, frozen=True, kw_only=True, tag="probed"):
    """What a fixed piece of work took on the core; see `core_speed`."""

    probe_us: Duration


class Measured(Message, frozen=True, kw_only=True, tag="measured"):
    """Milliseconds of each iteration of the block, of which there is at least one."""

    wall_ms: Annotated[list[Time], msgspec.Meta(min_length=1)]
    enqueue_ms: list[Duration]
    device_ms: list[Duration] | None = None


class BurstMeasured(Message, frozen=True, kw_only=True, tag="burst_measured"):
    """Milliseconds of all the iterations together."""

    wall_ms: Time
    device_ms: Duration | None = None


class StagesMeasured(Message, frozen=True, kw_only=True, tag="stages_measured"):
    """Milliseconds of each iteration by stage; empty for a contender without stages."""

    stages_ms: Named[list[Duration]]


class KernelsTraced(Message, frozen=True, kw_only=True, tag="kernels_traced"):
    """What ran in the traced iterations, or why that is not known."""

    trace: Trace | None
    unknown_because: str | None = None


class MemoryTaken(Message, frozen=True, kw_only=True, tag="memory_taken"):
    """All phases of the memory pass, or why there are none."""

    memory: Memory | None
    unknown_because: str | None = None


class Failed(Message, frozen=True, kw_only=True, tag="failed"):
    """The order could not be carried out; `status` is `refused`, `oom`, `invalid` or `crashed`."""

    status: Literal["refused", "oom", "invalid", "crashed"]
    reason: str


Answer = (
    Hello
    | Ready
    | Proved
    | Probed
    | Measured
    | BurstMeasured
    | StagesMeasured
    | KernelsTraced
    | MemoryTaken
    | Failed
)
