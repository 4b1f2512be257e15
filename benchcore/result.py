"""The result document: typed records, their version and their JSON Schema.

Units are part of the key (`median_ms`, `peak_mib`), values are plain numbers, never NaN, and
null where a figure was not measured or can't be.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from benchcore import bounded, json_text, limits
from benchcore.ceilings import Ceilings
from benchcore.errors import UsageError
from benchcore.kernels.profile import Profile
from benchcore.plan import Plan
from benchcore.samples import (
    MOST_NAMES,
    Amount,
    Block,
    Count,
    Figure,
    Memory,
    Named,
    Published,
    Record,
    Summary,
    Throughput,
)

SCHEMA_VERSION = "1.5"
"""Major.minor: a minor step only adds fields, a major step changes the meaning of one."""

MOST_NOTES = 10_000
"""A run has a handful, and some for each cell that went wrong."""

Status = Literal["ok", "oom", "crashed", "timeout", "refused", "invalid"]
RunStatus = Literal["running", "complete", "interrupted", "timeout"]
Outcome = Literal["FASTER", "SLOWER", "SAME", "INCONCLUSIVE", "INVALID"]
Schedule = Literal["interleaved", "alternating"]


Ratio = Annotated[float, msgspec.Meta(ge=0)]
"""An interval over few launches may end anywhere above 0."""


class ContenderResult(Record, frozen=True, kw_only=True):
    """One contender in one cell. Whatever `status` is not `ok` has a `reason` in words."""

    status: Status
    reason: str | None = None
    num_parameters: Count | None = None
    instantiate_ms: Amount | None = None
    first_ms: Amount | None = None
    precision: str = "fp32"
    """Of its arithmetic: `fp32`, `tf32` or `bf16`. The bytes it is given are float32 always."""
    wall: Summary | None = None
    device: Summary | None = None
    enqueue: Summary | None = None
    stages: Named[Summary] | None = None
    """A training step in parts, each synchronised: transfer, forward, loss, backward, update."""
    images_per_s: Amount | None = None
    joules_per_image: Figure | None = None
    throughput: Throughput | None = None
    memory: Memory | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    """What decides about its speed: math modes, algorithm search, threads, loaded libraries."""
    samples: list[Block] = msgspec.field(default_factory=list)
    published: Published | None = None
    """Instead of `wall` and `memory`, where the figures come from a page and not from a run."""

    @property
    def peak_mib(self) -> float | None:
        """The most memory in a step, or what was published of it."""
        if self.memory is not None:
            return self.memory.step_peak_mib
        return None if self.published is None else self.published.memory_mib

    @property
    def typical_ms(self) -> float | None:
        """The median time of an iteration, or the mean that was published."""
        if self.wall is not None:
            return self.wall.median_ms
        return None if self.published is None else self.published.mean_ms


class Interval(Record, frozen=True, kw_only=True):
    """A ratio with its 95 % interval, or without one."""

    estimate: Ratio
    low: Ratio | None
    high: Ratio | None
    method: str


class Factor(Record, frozen=True, kw_only=True):
    """contender / reference: below 1, the contender is better."""

    time: Interval | None
    """Of the synchronised iterations: latency."""
    memory: Interval | None
    throughput: Interval | None = None
    """Of the time an iteration takes in bursts."""


class Proof(Record, frozen=True, kw_only=True):
    """That the contenders did the same work, from the very iterations that precede timing.

    `max_rel_error` (inference): largest difference of a logit, relative to the largest magnitude
    among the reference's. `loss_errors` (training): relative difference of each first step's loss.
    Both are the worst over contenders; `bounds` has the bound of each, the loosest where contenders
    compute in several precisions. The digests are what each contender says it was given.
    """

    held: bool
    bound: float
    max_rel_error: float | None
    loss_errors: list[float] | None
    input_sha256: Named[str]
    weights_sha256: Named[str]
    bounds: list[float] | None = None


class Verdict(Record, frozen=True, kw_only=True):
    """What the time factor says, why, and what would say more."""

    outcome: Outcome
    reason: str
    next_step: str | None = None
    margin: float | None = None
    """The difference, relative, that counts as one here: 0.02 is 2 %."""


class CellResult(Record, frozen=True, kw_only=True):
    """Everything about one cell."""

    network: str
    mode: str
    batch: Count
    image_height_px: Count
    image_width_px: Count
    precision: str
    contenders: Named[ContenderResult]
    factors: Named[Factor]
    proof: Proof | None
    verdict: Named[Verdict]
    flags: Annotated[list[str], msgspec.Meta(max_length=MOST_NAMES)]
    schedule: Schedule = "interleaved"
    """`alternating`: one process after the other, since memory does not hold all at once."""
    launches: Count = 0
    duration_s: Figure | None = None
    profile: Profile | None = None
    """What the iterations are made of, where the plan wants some to be traced."""


class Tool(Record, frozen=True, kw_only=True):
    """Which program wrote the document."""

    name: str
    version: str


class NoiseFloor(Record, frozen=True, kw_only=True):
    """How far a contender is from itself on this machine, as `benchcore selftest` found it."""

    log_half_width: Amount
    created: str


class Document(Record, frozen=True, kw_only=True):
    """A whole run."""

    schema_version: str
    tool: Tool
    created: str
    environment: dict[str, Any]
    plan: Plan
    cells: list[CellResult]
    notes: Annotated[list[str], msgspec.Meta(max_length=MOST_NOTES)]
    status: RunStatus
    noise_floor: NoiseFloor | None = None
    ceilings: Ceilings | None = None
    """What the device can do at best, where that was measured on this machine."""
    command: list[str] = msgspec.field(default_factory=list)
    """The words of the command line that began the run, where there was one."""
    ended: str | None = None
    """When the run ended (UTC); null while it goes on, and after a killed one."""


_NUMBERS = re.compile(rb"\[\n[-+.,eE\d\s]+\]")
"""A list of numbers alone; within a string there is no newline."""


def encode(document: Document) -> bytes:
    """The document as indented JSON with a final newline; a list of numbers is one line."""
    indented = msgspec.json.format(json_text.encode(document), indent=2)
    return _NUMBERS.sub(_in_a_line, indented) + b"\n"


def _in_a_line(found: re.Match[bytes]) -> bytes:
    """A line for each sample would make a document twice as large."""
    return b"[" + b" ".join(found[0][1:-1].split()) + b"]"


def read(path: Path) -> Document:
    """The document in a file. Raises UsageError."""
    content = bounded.read(path, str(path))
    if not content.strip():
        raise UsageError(f"{path} is empty; it is no result document.")
    return decode(content, str(path))


def decode(content: bytes, name: str) -> Document:
    """The document in `content`; `name` stands in the error's sentence.

    A newer minor version is read as far as this version knows it; another major one is refused.
    """

    class Version(msgspec.Struct):
        schema_version: Any

    try:
        try:
            version = msgspec.json.decode(content, type=Version).schema_version
        except msgspec.ValidationError:
            raise UsageError(
                f"{name} is not a result document: it has no schema_version; benchcore --output "
                "writes one."
            ) from None
        if not isinstance(version, str):
            raise UsageError(
                f'{name} has a schema_version that is no text; it is such as "{SCHEMA_VERSION}".'
            )
        if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
            raise UsageError(
                f"{name} has schema version {version}, but this benchcore reads {SCHEMA_VERSION}."
            )
        document = msgspec.json.decode(content, type=Document)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} is not a result document: {error}.") from None
    except RecursionError:
        raise UsageError(f"{name} is not a result document: it is nested too deeply.") from None
    excess = limits.excess(document)
    if excess is not None:
        raise UsageError(f"{name} is not a result document: it {excess}.")
    repeated = _repeated(document.cells)
    if repeated is not None:
        raise UsageError(f"{name} is not a result document: it has the cell {repeated} twice.")
    return document


def _repeated(cells: list[CellResult]) -> str | None:
    """The name of a cell that is there twice, with different figures perhaps."""
    seen = set()
    for cell in cells:
        size = (cell.image_height_px, cell.image_width_px)
        place = (cell.network, cell.mode, cell.batch, *size, cell.precision)
        if place in seen:
            return f"{cell.network} {cell.mode} batch {cell.batch}"
        seen.add(place)
    return None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    schema = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
