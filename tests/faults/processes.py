"""Which processes belong to a run: those that have its mark in their environment."""

import os
import time
from pathlib import Path

MARK = "BENCHCORE_FAULT"
"""A variable that every process of a run inherits, with a value of the run's own."""

ORPHAN_LIMIT_S = 2.0
"""So long after a run its processes may still be ending."""


def alive(mark):
    """{number: command line} of the processes with the mark, but for those that have ended."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if state != "Z":
            found[int(entry.name)] = command
    return found


def worker(mark, contender):
    """The number of a contender's worker in the run, or None."""
    for number, command in alive(mark).items():
        if f"benchcore.worker {contender} " in command:
            return number
    return None


def orphans(mark):
    """Command lines of what is still there after the limit; they are ended."""
    end_s = time.monotonic() + ORPHAN_LIMIT_S
    while (left := alive(mark)) and time.monotonic() < end_s:
        time.sleep(0.02)
    for number in left:
        try:
            os.kill(number, 9)
        except ProcessLookupError:
            continue
    return list(left.values())
