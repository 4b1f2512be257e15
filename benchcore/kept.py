"""What is known of this machine from one run to the next.

One small JSON file for each kind of record, fingerprint and device, in the user's state directory
(XDG_STATE_HOME, by default ~/.local/state).
"""

import os
import re
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

from benchcore import bounded
from benchcore.errors import UsageError
from benchcore.samples import Record

RecordT = TypeVar("RecordT", bound=Record)


def folder(kind: str) -> Path:
    """Where the files of a kind are."""
    state = os.environ.get("XDG_STATE_HOME")
    if not state:
        try:
            state = str(Path.home() / ".local" / "state")
        except RuntimeError:  # nobody knows of this user
            state = str(Path(tempfile.gettempdir()) / f"state-{os.getuid()}")
    return Path(state) / "benchcore" / kind


def path(kind: str, fingerprint: str, device: str) -> Path:
    """The file of a machine, as far as its fingerprint tells, and device."""
    return folder(kind) / f"{fingerprint[:16]}-{re.sub('[^a-z0-9]', '-', device)}.json"


def read(kind: str, fingerprint: str, device: str, record: type[RecordT]) -> RecordT | None:
    """What was kept last; None if there was nothing, or the file is damaged."""
    try:
        target = path(kind, fingerprint, device)
        return msgspec.json.decode(bounded.read(target, str(target)), type=record)
    except (UsageError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def write(kind: str, fingerprint: str, device: str, record: Record) -> Path:
    """Keep it; raises OSError."""
    target = path(kind, fingerprint, device)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(record) + b"\n")
    fresh.replace(target)
    return target
