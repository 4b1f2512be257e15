"""This machine's noise floor: kept by `benchcore selftest`, read by every run."""

from pathlib import Path

from benchcore import kept
from benchcore.result import NoiseFloor

KIND = "noise"


def folder() -> Path:
    """Where the files are."""
    return kept.folder(KIND)


def read(fingerprint: str, device: str) -> NoiseFloor | None:
    """What the last selftest here found; None if there was none, or the file is damaged."""
    return kept.read(KIND, fingerprint, device, NoiseFloor)


def write(floor: NoiseFloor, fingerprint: str, device: str) -> Path:
    """Keep it; raises OSError."""
    return kept.write(KIND, fingerprint, device, floor)
