"""What a run tells while it goes on: a stream that the screens, the log and the document read.

Each event is a small immutable record with a `type` tag; `--jsonl` prints them one a line.
"""

from typing import Any, Union

import msgspec

from benchcore import json_text
from benchcore.ceilings import Ceilings
from benchcore.errors import UsageError
from benchcore.plan import CellSpec, Plan
from benchcore.result import CellResult, NoiseFloor, Proof, RunStatus, Status
from benchcore.samples import Amount, Count, Figure, Memory


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all events."""


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    """The first event."""

    plan: Plan
    cells: Count
    created: str
    command: list[str] = msgspec.field(default_factory=list)


class EnvironmentKnown(Event, frozen=True, kw_only=True, tag="environment"):
    """Versions, hardware and settings."""

    environment: dict[str, Any]


class NoiseFloorKnown(Event, frozen=True, kw_only=True, tag="noise_floor"):
    """An earlier selftest on this machine tells how far a contender is from itself."""

    floor: NoiseFloor


class CeilingsKnown(Event, frozen=True, kw_only=True, tag="ceilings"):
    """What the device can do at best, measured before the first cell or earlier on this machine."""

    ceilings: Ceilings


class Note(Event, frozen=True, kw_only=True, tag="note"):
    """A sentence that belongs in the document."""

    text: str


class CellStarted(Event, frozen=True, kw_only=True, tag="cell_started"):
    """`index` counts from 0."""

    index: Count
    cell: CellSpec


class PhaseStarted(Event, frozen=True, kw_only=True, tag="phase"):
    """A contender begins a phase of its cell.

    `memory`, `import`, `prepare`, `proof`, `warmup`, `timing`, `stages` or `trace`.
    """

    contender: str
    phase: str
    launch: int = 0


class MemoryMeasured(Event, frozen=True, kw_only=True, tag="memory"):
    """The memory pass of one contender is over."""

    contender: str
    memory: Memory


class ProofFinished(Event, frozen=True, kw_only=True, tag="proof"):
    """The contenders' outputs of this launch were compared."""

    proof: Proof


class BlockStarted(Event, frozen=True, kw_only=True, tag="block_started"):
    """The next of a launch's blocks begins; `number` counts from 1 to `blocks`."""

    contender: str
    launch: int
    number: int
    blocks: int
    burst: bool = False
    """Whether its iterations are back to back, for throughput; these have numbers of their own."""


class BlockFinished(Event, frozen=True, kw_only=True, tag="block"):
    """One block of timed iterations is over."""

    contender: str
    launch: int
    round: int
    iterations: Count
    median_ms: Amount


class Sampled(Event, frozen=True, kw_only=True, tag="sample"):
    """The machine at a moment of the run, several times a second, for live displays."""

    at_s: Figure
    memory_mib: dict[str, Figure]
    """By contender; the key is empty where only the whole device's growth is known."""
    memory_source: str
    sm_clock_mhz: Figure | None = None
    power_w: Figure | None = None
    temperature_c: Figure | None = None
    utilization_percent: Figure | None = None
    throttle_reasons: list[str] = msgspec.field(default_factory=list)


class BlockRepeated(Event, frozen=True, kw_only=True, tag="block_repeated"):
    """A tainted block is set aside and measured again after a pause."""

    contender: str
    reason: str
    pause_s: Figure


class RemainingEstimated(Event, frozen=True, kw_only=True, tag="remaining"):
    """How long the rest of the run will take, as far as the cells so far tell."""

    remaining_s: Figure


class ContenderFailed(Event, frozen=True, kw_only=True, tag="contender_failed"):
    """A contender left the cell; the others go on."""

    contender: str
    status: Status
    reason: str


class CellFinished(Event, frozen=True, kw_only=True, tag="cell_finished"):
    """A cell is complete; its result is what the document holds."""

    index: Count
    result: CellResult


class RunFinished(Event, frozen=True, kw_only=True, tag="run_finished"):
    """The last event, also after an interruption."""

    status: RunStatus
    ended: str | None = None


def encode(event: Event) -> bytes:
    """One JSON line, with its newline."""
    return json_text.encode(event) + b"\n"


def decode(line: bytes | str) -> Event:
    """The event of one line. Raises UsageError for whatever is none, or is of an unknown type."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"this line is no event of a run: {error}.") from None


_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Union[*Event.__subclasses__()])
