"""What the history lists: the documents of a folder, and the one of 2020, a few words on each.

A file that is no document is listed too, with a sentence instead of the words. Whatever a document
says is harmless text here already.
"""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchcore import bounded, reference, result
from benchcore.errors import UsageError
from benchcore.report.plain import plain, shortened
from benchcore.result import Document

NOT_STATED = "not stated"

LARGEST_MIB = bounded.LARGEST_MIB
"""A larger file is not read."""

LONGEST_WORDS = 200
"""Characters kept of anything that a document says; its names are a tenth of that."""

LONGEST_WHY = 500
"""Characters of why a file is no document, which may quote it."""

REFERENCE_PATH = Path(reference.NAME)
"""Stands for the document of 2020 wherever paths are compared; it is in no folder."""


@dataclass(frozen=True)
class Entry:
    """One document, or one file that should have been one."""

    path: Path | None
    """None: the benchmark of 2020, which comes with the program."""
    title: str
    created: str
    """As the document says; of a file that is none, when it was last written."""
    machine: str = NOT_STATED
    """The GPU's model, or the CPU's where the device is one."""
    device: str = NOT_STATED
    profile: str = NOT_STATED
    contenders: tuple[str, ...] = ()
    cells_done: int = 0
    cells_planned: int = 0
    status: str = ""
    error: str | None = None
    """Why this is no document, in a sentence."""

    @property
    def compared_as(self) -> Path:
        """What a comparison reads."""
        return REFERENCE_PATH if self.path is None else self.path


Stamp = tuple[int, int, int]
"""When a file was written (ns), its size and its number: a file with the same is not read again."""

_known: dict[Path, tuple[Stamp, float, Entry]] = {}


def obstacle(folder: Path) -> str | None:
    """Why a folder has no documents to list, in a sentence, or None where it can be read."""
    name = plain(str(folder))
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:
        return f"There is no folder {name} yet; a run makes it."
    except NotADirectoryError:
        return f"{name} is no folder."
    except OSError as error:
        return f"{name} can't be read: {error.strerror}."
    return None


def listed(folder: Path, stopped: Callable[[], bool] = lambda: False) -> list[Entry]:
    """The `*.json` directly in the folder, newest first, then the benchmark of 2020.

    A folder that can't be read counts as empty: `obstacle` tells why. `stopped` is asked before
    each file and ends the listing early.
    """
    try:
        paths = [path for path in folder.iterdir() if path.suffix == ".json"]
    except OSError:
        paths = []
    found: list[tuple[float, str, Entry]] = []
    for path in paths:
        if stopped():
            break
        try:
            time_s, entry = _looked_up(path)
        except FileNotFoundError:
            if not path.is_symlink():
                continue  # it vanished since the folder was read
            time_s, entry = 0.0, _no_document(path, 0.0, "is a link that leads nowhere.")
        except OSError as error:
            time_s, entry = 0.0, _no_document(path, 0.0, f"can't be read: {error.strerror}.")
        found.append((time_s, path.name, entry))
    there = set(paths)
    for path in [known for known in _known if known.parent == folder and known not in there]:
        _known.pop(path, None)
    found.sort(key=lambda item: item[:2], reverse=True)
    return [*(entry for _, _, entry in found), _described(reference.published(), None)]


def _looked_up(path: Path) -> tuple[float, Entry]:
    """When the document was created (seconds since 1970), and its entry. Raises OSError."""
    state = path.stat()
    stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
    known = _known.get(path)
    if known is not None and known[0] == stamp:
        return known[1:]
    time_s, entry = state.st_mtime, _entry(path, state.st_mode, state.st_size, state.st_mtime)
    if entry.error is None:
        time_s = _seconds(entry.created, otherwise=state.st_mtime)
    _known[path] = (stamp, time_s, entry)
    return time_s, entry


def _entry(path: Path, mode: int, size: int, written_s: float) -> Entry:
    if not stat.S_ISREG(mode):  # reading a pipe would wait for ever
        return _no_document(path, written_s, "is no ordinary file.")
    if size > LARGEST_MIB * 2**20:
        return _no_document(path, written_s, f"is larger than {LARGEST_MIB} MiB; it is not read.")
    try:
        content = bounded.read(path, path.name)
        if not content.strip():
            return _no_document(path, written_s, "is empty; it is no result document.")
        return _described(result.decode(content, path.name), path)
    except UsageError as error:
        return _no_document(path, written_s, str(error).removeprefix(path.name).strip())


def _no_document(path: Path, written_s: float, why: str) -> Entry:
    """`why` goes on after the file's name."""
    return Entry(
        path=path,
        title=_kept(path.stem),
        created=datetime.fromtimestamp(written_s, UTC).isoformat() if written_s else "",
        status="no document",
        error=f"{_kept(path.name)} {shortened(why, LONGEST_WHY)}",
    )


def _described(document: Document, path: Path | None) -> Entry:
    plan = document.plan
    return Entry(
        path=path,
        title="The benchmark of 2020" if path is None else _kept(path.stem),
        created=_kept(document.created),
        machine=_machine(document.environment, plan.device),
        device=_kept(plan.device),
        profile=_kept(plan.profile),
        contenders=tuple(map(_kept, plan.contenders)),
        cells_done=len(document.cells),
        cells_planned=plan.cell_count,
        status=document.status,
    )


def _machine(environment: dict[str, Any], device: str) -> str:
    """The model of what computed; an environment may lack any part, or have it otherwise."""
    kind, _, number = device.partition(":")
    if kind == "cuda":
        gpus = environment.get("gpus")
        place = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 0
        part = gpus[place] if isinstance(gpus, list) and place < len(gpus) else None
        model = part.get("name") if isinstance(part, dict) else None
    else:
        part = environment.get("cpu")
        model = part.get("model") if isinstance(part, dict) else None
    return _kept(model) if isinstance(model, str) and model.strip() else NOT_STATED


def _kept(text: str) -> str:
    return shortened(text, LONGEST_WORDS)


def moment(created: str) -> datetime | None:
    """A document's time (UTC), or None where it says something else."""
    try:
        return datetime.fromisoformat(created).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(created: str, otherwise: float) -> float:
    time = moment(created)
    return otherwise if time is None else time.timestamp()


def when(entry: Entry) -> str:
    """To the minute in UTC; whatever else a document says of its time, as it says it."""
    time = moment(entry.created)
    return entry.created if time is None else f"{time:%Y-%m-%d %H:%M}"


def matches(entry: Entry, words: str) -> bool:
    """Whether the entry has all the words, in any case and any order."""
    said = (
        *(entry.title, when(entry), entry.machine, entry.device, entry.profile, entry.status),
        *entry.contenders,
        entry.error or "",
    )
    text = " ".join(said).casefold()
    return all(word in text for word in words.casefold().split())
