"""This machine's noise floor: kept by `benchcore selftest`, read by every run.

One small JSON file for each fingerprint and device, in the user's state directory
(XDG_STATE_HOME, by default ~/.local/state).
"""

import os
import re
from pathlib import Path

import msgspec

from benchcore.result import NoiseFloor


def folder() -> Path:
    """Where the files are."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "benchcore" / "noise"


def path(fingerprint: str, device: str) -> Path:
    """The file of a machine, as far as its fingerprint tells, and device."""
    return folder() / f"{fingerprint[:16]}-{re.sub('[^a-z0-9]', '-', device)}.json"


def read(fingerprint: str, device: str) -> NoiseFloor | None:
    """What the last selftest here found; None if there was none, or the file is damaged."""
    try:
        return msgspec.json.decode(path(fingerprint, device).read_bytes(), type=NoiseFloor)
    except (OSError, msgspec.MsgspecError):
        return None


def write(floor: NoiseFloor, fingerprint: str, device: str) -> Path:
    """Keep it; raises OSError."""
    target = path(fingerprint, device)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(floor) + b"\n")
    fresh.replace(target)
    return target
