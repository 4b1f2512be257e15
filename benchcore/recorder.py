"""Events in, document out: the document is what the events add up to."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import benchcore
from benchcore.ceilings import Ceilings
from benchcore.errors import UsageError
from benchcore.events import (
    CeilingsKnown,
    CellFinished,
    EnvironmentKnown,
    Event,
    NoiseFloorKnown,
    Note,
    RunFinished,
    RunStarted,
)
from benchcore.plan import Plan
from benchcore.result import (
    SCHEMA_VERSION,
    CellResult,
    Document,
    NoiseFloor,
    RunStatus,
    Tool,
    encode,
    read,
)


class Recorder:
    """Takes a run's events in order; `document()` is valid after any of them but the zeroth."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._created = ""
        self._command: list[str] = []
        self._ended: str | None = None
        self._environment: dict[str, Any] = {}
        self._cells: list[CellResult] = []
        self._notes: list[str] = []
        self._status: RunStatus = "running"
        self._noise_floor: NoiseFloor | None = None
        self._ceilings: Ceilings | None = None

    @property
    def begun(self) -> bool:
        """Whether there is a document."""
        return self._plan is not None

    def add(self, event: Event) -> None:
        """Take note of what the document holds; other events pass."""
        match event:
            case RunStarted():
                self._plan, self._created = event.plan, event.created
                self._command = event.command
            case EnvironmentKnown():
                self._environment = event.environment
            case NoiseFloorKnown():
                self._noise_floor = event.floor
            case CeilingsKnown():
                self._ceilings = event.ceilings
            case Note():
                if event.text not in self._notes:
                    self._notes.append(event.text)
            case CellFinished():
                self._cells.append(event.result)
            case RunFinished():
                self._status, self._ended = event.status, event.ended

    def document(self) -> Document:
        """The run so far."""
        if self._plan is None:
            raise RuntimeError("the run has not started")
        return Document(
            schema_version=SCHEMA_VERSION,
            tool=Tool(name="benchcore", version=benchcore.__version__),
            created=self._created,
            environment=self._environment,
            plan=self._plan,
            cells=list(self._cells),
            notes=list(self._notes),
            status=self._status,
            noise_floor=self._noise_floor,
            ceilings=self._ceilings,
            command=self._command,
            ended=self._ended,
        )


STREAMS = ("stdin", "stdout", "stderr")

MOST_LINKS = 40
"""The kernel follows no more of them."""

ROOM_BYTES = 1 << 16
"""A small document: less room than that is found before the run, not after it."""


def checked_path(path: Path) -> Path:
    """Where `--output` leads, tried out before anything is measured. Raises UsageError.

    Links are followed. Writing replaces the file, so anything but a regular file (a device, a
    folder, /dev/stdout) is refused.
    """
    try:
        target = path.resolve()
        if _leads_to_descriptor(path.absolute()):
            raise UsageError(f"--output is {str(path)!r}, which is no file of its own; name one.")
        if not target.parent.is_dir() or (target.exists() and not target.is_file()):
            raise UsageError(f"--output is {str(path)!r}; it is a file in a directory that exists.")
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.") as file:
            file.write(bytes(ROOM_BYTES))
            file.flush()
    except OSError as error:
        raise UsageError(f"--output: {path} can't be written: {error.strerror}.") from None
    except RuntimeError:  # pathlib's for links in a circle
        raise UsageError(f"--output: {path} can't be written: its links go in a circle.") from None
    return target


def _leads_to_descriptor(path: Path) -> bool:
    """Such as /dev/stdout, which leads on to the file that it was sent to; what was written there
    would be lost with the file that is replaced."""
    for _ in range(MOST_LINKS):
        special = path.is_relative_to("/proc") or path.is_relative_to("/dev")
        if special and (path.parent.name == "fd" or path.name in STREAMS):
            return True
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return False


def checked_document_path(path: Path) -> Path:
    """The same for a result document, which replaces no file but another one. Raises UsageError."""
    target = checked_path(path)
    if target.is_file() and target.stat().st_size:
        try:
            read(target)
        except UsageError:
            raise UsageError(
                f"--output is {str(path)!r}, which exists and is no result document of this "
                "version; name another file."
            ) from None
    return target


def checked_other_path(path: Path) -> Path:
    """The same for what is no result document, and replaces none. Raises UsageError."""
    target = checked_path(path)
    try:
        read(target)
    except UsageError:
        return target
    raise UsageError(
        f"--output is {str(path)!r}, a result document, whose samples would be lost; name another "
        "file."
    )


def write(document: Document, path: Path) -> None:
    """Keep the document in `path`. Raises UsageError."""
    replace(path, encode(document))


def replace(path: Path, content: bytes) -> None:
    """Replace `path` at once: a reader, or a power cut, finds the old content or the new one."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes a private file; a report is an ordinary one.
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise UsageError(f"--output: {path} can't be written: {error.strerror}.") from None


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
