"""What a document holds of traced iterations: times by class, and the gap between two contenders.

All times and counts are of one iteration, a mean over the traced ones unless said otherwise.
"""

from typing import Literal

import msgspec

from benchcore.samples import Amount, Count, Figure, Named, Record

CONVOLUTION = "convolution"
NORMALISATION = "normalisation"
ACTIVATION = "activation"
ADDITION = "addition"
POOLING = "pooling"
MATRIX_PRODUCT = "matrix product"
LOSS = "loss"
OPTIMISER = "optimiser"
COPY = "copy"
FILL = "fill"
OTHER = "other"
NOT_DIVIDED = "not divided"
"""The whole time of a contender whose work nothing can see into."""
IDLE = "idle"
"""The device waits for the host; on the CPU, what passes outside of all operators."""
TRACING = "tracing"
"""On the CPU, what tracing added to the operators; at most 0, as the other rows contain it."""

ROWS = (
    CONVOLUTION,
    NORMALISATION,
    ACTIVATION,
    ADDITION,
    POOLING,
    MATRIX_PRODUCT,
    LOSS,
    OPTIMISER,
    COPY,
    FILL,
    OTHER,
    NOT_DIVIDED,
    IDLE,
    TRACING,
)
"""In the order of every table; `idle` and `tracing` are no work."""

Source = Literal["cupti", "operators", "none"]
"""Kernels on the device; PyTorch's operators on the CPU; nothing that could be divided."""


LONGEST_NAME = 300
"""Characters of a kernel's name that a document keeps; templates have thousands."""


class Share(Record, frozen=True, kw_only=True):
    """What one class takes, time that overlaps counted once."""

    time_ms: Figure
    launches: Amount
    """Kernels, copies and fills begun on the device, or operators called."""


class Kernel(Record, frozen=True, kw_only=True):
    """All launches of one kernel, or all calls of one operator."""

    name: str
    kind: str
    """Its class. One kernel may serve several, and then stands once for each."""
    algorithm: str | None
    """Family of a convolution's algorithm."""
    time_ms: Figure
    launches: Amount


class Calls(Record, frozen=True, kw_only=True):
    """Calls of the CUDA runtime and driver."""

    calls: Amount
    time_ms: Figure


class HostCalls(Record, frozen=True, kw_only=True):
    """What the host spends in CUDA's calls, measured while traced, which lengthens each call."""

    launch: Calls
    synchronize: Calls
    """Waiting for the device, blocking copies included."""
    other: Calls


class ContenderProfile(Record, frozen=True, kw_only=True):
    """One contender; its rows add up to `untraced_ms`."""

    source: Source
    iterations: Count
    """How many were traced."""
    untraced_ms: Figure
    """Median wall time of iterations just before the first trace of the process."""
    traced_ms: Figure | None
    """Median wall time of those that were traced."""
    busy_ms: Figure | None
    """Any kernel at work, or any operator."""
    rows: Named[Share]
    algorithms: Named[Share]
    """The convolutions by the family of their algorithm."""
    kernels: list[Kernel]
    """The longest first."""
    host: HostCalls | None = None
    copied_bytes: Named[Amount] = msgspec.field(default_factory=dict)
    """By direction, such as HtoD."""
    traffic_bytes: Amount | None = None
    """Between the device's memory and its kernels."""
    traffic_unknown_because: str | None = None
    remark: str | None = None
    """Why it is not divided, where it is not."""


class Gap(Record, frozen=True, kw_only=True):
    """contender - reference, class by class."""

    reference: str
    rows_ms: Named[Figure]
    sum_ms: Figure
    """Of all rows."""
    measured_ms: Figure
    """Between the medians of the interleaved blocks of this cell, which the rows don't know of."""
    residual_ms: Figure
    """measured - sum."""
    adds_up: bool
    """Whether the residual is within 5 % of the measured difference."""
    told_apart: bool
    """Whether the factor's interval excludes 1; if not there is nothing to explain."""


class Profile(Record, frozen=True, kw_only=True):
    """A cell's contenders side by side."""

    contenders: Named[ContenderProfile]
    gaps: Named[Gap]
    """Of each contender that was traced, as the reference was."""
    unknown_because: Named[str] = msgspec.field(default_factory=dict)
    """Of the contenders that could not be traced."""
