"""The result document: typed records, their version and their JSON Schema.

Units are part of the key (`median_ms`, `peak_mib`), values are plain numbers, never NaN, and
null where a figure was not measured or can't be.
"""

from typing import Any, Literal

import msgspec

from benchcore.errors import UsageError
from benchcore.plan import Plan

SCHEMA_VERSION = "1.0"
"""Major.minor: a minor step only adds fields, a major step changes the meaning of one."""

Status = Literal["ok", "oom", "crashed", "timeout", "refused", "invalid"]
RunStatus = Literal["running", "complete", "interrupted", "timeout"]
Outcome = Literal["FASTER", "SLOWER", "SAME", "INCONCLUSIVE"]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: immutable, and written by name."""


class Summary(Record, frozen=True, kw_only=True):
    """Statistics over all timed iterations of one contender in one cell."""

    median_ms: float
    mean_ms: float
    min_ms: float
    max_ms: float
    p25_ms: float
    p75_ms: float
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    ci95_ms: tuple[float, float] | None
    count: int


class Block(Record, frozen=True, kw_only=True):
    """Raw samples: one block's iterations, in order."""

    launch: int
    round: int
    position: int
    """0 if this contender went first in the round."""
    started_s: float
    """Since the run began."""
    wall_ms: list[float]
    enqueue_ms: list[float]


class Memory(Record, frozen=True, kw_only=True):
    """Memory of a process of its own, phase by phase, from the primary source.

    `context_mib`: framework loaded, device ready. `model_mib`: network and inputs in place too.
    `search_peak_mib`: highest in the first iterations, where algorithms are searched for.
    `step_peak_mib`: highest in the iterations after. `steady_mib`: at rest after them.
    """

    context_mib: float
    model_mib: float
    search_peak_mib: float
    step_peak_mib: float
    steady_mib: float
    primary: str
    sources: dict[str, dict[str, float]]
    """Each source's name and its figures, such as {"resident": {"steady_mib": 900.5}}."""


class ContenderResult(Record, frozen=True, kw_only=True):
    """One contender in one cell. Whatever `status` is not `ok` has a `reason` in words."""

    status: Status
    reason: str | None = None
    num_parameters: int | None = None
    instantiate_ms: float | None = None
    first_ms: float | None = None
    wall: Summary | None = None
    enqueue: Summary | None = None
    images_per_s: float | None = None
    memory: Memory | None = None
    samples: list[Block] = []


class Interval(Record, frozen=True, kw_only=True):
    """A ratio with its 95 % interval, or without one."""

    estimate: float
    low: float | None
    high: float | None
    method: str


class Factor(Record, frozen=True, kw_only=True):
    """contender / reference: below 1, the contender is better."""

    time: Interval | None
    memory: Interval | None


class Proof(Record, frozen=True, kw_only=True):
    """That the contenders did the same work, from the very iterations that precede timing.

    `max_rel_error` (inference): largest difference of a logit, relative to the largest magnitude
    among the reference's. `loss_errors` (training): relative difference of each first step's loss.
    Both are the worst over contenders. The digests are what each contender says it was given.
    """

    held: bool
    bound: float
    max_rel_error: float | None
    loss_errors: list[float] | None
    input_sha256: dict[str, str]
    weights_sha256: dict[str, str]


class Verdict(Record, frozen=True, kw_only=True):
    """What the time factor says, and why."""

    outcome: Outcome
    reason: str


class CellResult(Record, frozen=True, kw_only=True):
    """Everything about one cell."""

    network: str
    mode: str
    batch: int
    image_height_px: int
    image_width_px: int
    precision: str
    contenders: dict[str, ContenderResult]
    factors: dict[str, Factor]
    proof: Proof | None
    verdict: dict[str, Verdict]
    flags: list[str]


class Tool(Record, frozen=True, kw_only=True):
    """Which program wrote the document."""

    name: str
    version: str


class Document(Record, frozen=True, kw_only=True):
    """A whole run."""

    schema_version: str
    tool: Tool
    created: str
    environment: dict[str, Any]
    plan: Plan
    cells: list[CellResult]
    notes: list[str]
    status: RunStatus


def encode(document: Document) -> bytes:
    """The document as indented JSON with a final newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(content: bytes, name: str) -> Document:
    """The document in `content`; `name` stands in the error's sentence.

    A newer minor version is read as far as this version knows it; another major one is refused.
    """

    class Version(msgspec.Struct):
        schema_version: str

    try:
        version = msgspec.json.decode(content, type=Version).schema_version
        if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
            raise UsageError(
                f"{name} has schema version {version}, but this benchcore reads {SCHEMA_VERSION}."
            )
        return msgspec.json.decode(content, type=Document)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{name} is not a result document: {error}.") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    schema = msgspec.json.schema(Document)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
