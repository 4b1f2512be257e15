"""Event streams: decoded line by line, replayed, and followed by the live view and by progress."""

import random
from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import damage
import mutation
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import events, progress, result
from benchcore.errors import UsageError
from benchcore.events import Event
from tui import factor_sheet, sheet_export
from tui.live import LiveRun
from tui.replay import Replay, read_recording
from tui.words import clock, left

CASES = 4000


@dataclass(frozen=True)
class Case:
    """A stream of lines."""

    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class Edit:
    """What is done to the lines themselves."""

    kind: str
    place: int
    other: int


@dataclass(frozen=True)
class Line:
    """What is done within one of them; at 0 to the first, which holds the plan."""

    place: int
    changes: list[mutation.Change]
    damages: list[damage.Damage]
    first: bool


def cases() -> SearchStrategy[Case]:
    """A part of the recording with lines changed, moved, left out and said twice."""
    edits = st.lists(
        st.builds(
            Edit,
            kind=st.sampled_from(["drop", "repeat", "move", "cut", "begin anew"]),
            place=mutation.PLACES,
            other=mutation.PLACES,
        ),
        max_size=3,
    )
    within = st.lists(
        st.builds(
            Line,
            place=mutation.PLACES,
            changes=mutation.any_changes(),
            damages=st.just([]) | st.just([]) | damage.damages,
            first=st.integers(0, 3).map(lambda number: number == 0),
        ),
        max_size=3,
    )
    return st.builds(_case, seed=mutation.PLACES, edits=edits, within=within)


def _case(seed: int, edits: list[Edit], within: list[Line]) -> Case:
    # Most of a run are samples and blocks of one kind: a few of them do.
    chosen = random.Random(seed)
    lines = [line for line in bases.lines() if _counts(line) or chosen.random() < 0.1]
    for place, line in {_place(line, len(lines)): line for line in within}.items():
        changed = mutation.changed_json(lines[place].decode(), line.changes)
        lines[place] = damage.damaged(changed, line.damages, lines[place])
    for edit in edits:
        place = mutation.scaled(edit.place, len(lines))
        match edit.kind:
            case "drop":
                del lines[place]
            case "repeat":
                lines.insert(mutation.scaled(edit.other, len(lines)), lines[place])
            case "move":
                lines.insert(mutation.scaled(edit.other, len(lines) - 1), lines.pop(place))
            case "cut":
                lines = lines[: place + 1]
            case "begin anew":
                lines += lines[: mutation.scaled(edit.other, len(lines)) + 1]
    return Case(tuple(lines))


def _place(line: Line, length: int) -> int:
    return 0 if line.first else mutation.scaled(line.place, length)


def _counts(line: bytes) -> bool:
    return not line.startswith((b'{"type": "sample"', b'{"type": "block'))


def check(case: Case, folder: Path) -> None:
    """A stream is refused in a sentence, or shown."""
    recording = folder / "run.jsonl"
    give(recording, b"\n".join(case.lines))
    for line in case.lines:
        try:
            event = events.decode(line)
        except UsageError as error:
            commands.refused(error)
            continue
        said = progress.sentence(event)
        if said is not None:
            commands.inert(said)
    try:
        found = read_recording(recording)
    except UsageError as error:
        commands.refused(error)
        return
    _follow(found)


def _follow(found: list[Event]) -> None:
    replay = Replay(found, float("inf"))
    replay.start()
    live, now_s = LiveRun(), 0.0
    while replay.ending is None:
        for event in replay.collect():
            now_s += 0.01
            live.take(event, now_s)
    replay.close()
    assert 0 <= live.progress <= 1
    commands.inert(clock(live.elapsed_s(now_s)) + left(live.remaining_s(now_s), guess=False))
    for line in live.log:
        commands.inert(line.text)
    assert live.plan is not None
    sheet = factor_sheet.live_sheet(live.cells, live.plan.reference, live.plan.contenders)
    commands.inert(sheet_export.as_text(sheet))
    result.encode(live.recorder.document())
