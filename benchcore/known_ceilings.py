"""This machine's ceilings: measured in a process of their own, kept, and read by every run."""

from pathlib import Path

import msgspec

from benchcore import child, kept
from benchcore.ceilings import Ceilings
from benchcore.channel import Stop
from benchcore.child import ChildError

KIND = "ceilings"
LIMIT_S = 180.0
"""Most of it for importing PyTorch from a cold disk; the measurement takes about 5 s."""


def read(fingerprint: str, device: str) -> Ceilings | None:
    """What was measured here last; None if nothing was, or the file is damaged."""
    return kept.read(KIND, fingerprint, device, Ceilings)


def write(ceilings: Ceilings, fingerprint: str, device: str) -> Path | None:
    """Keep them where at least one figure was measured; raises OSError.

    An unknown machine, whose fingerprint is empty, keeps nothing either: others would read it.
    """
    figures = (ceilings.fp32_tflop_per_s, ceilings.tf32_tflop_per_s, ceilings.copy_gb_per_s)
    if not fingerprint or all(figure is None for figure in figures):
        return None
    return kept.write(KIND, fingerprint, device, ceilings)


def measure(device: str, threads: int, stop: Stop) -> Ceilings:
    """Of a device that nobody else uses now. Raises ChildError in words, and StoppedError."""
    words = (device, str(threads))
    line = child.last_line(
        "benchcore.ceilings_probe", words, threads=threads, limit_s=LIMIT_S, stop=stop
    )
    try:
        answer = msgspec.json.decode(line)
        if isinstance(answer, dict) and "failed" in answer:
            raise ChildError(str(answer["failed"]))
        return msgspec.convert(answer, Ceilings)
    except msgspec.MsgspecError:
        raise ChildError("the measuring process's answer could not be understood") from None
