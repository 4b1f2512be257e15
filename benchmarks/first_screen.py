"""How long `python -m tui` takes from its start to the first screen.

The program runs in a terminal of its own, a pty that is read here. A sample ends when the text of
the Start button has arrived: not the footer's, which has the word too and may come earlier. Each
run gets an empty folder for what it remembers, and answers `q` by ending, or nothing is reported.
One run for each size comes first and is not counted; it only brings the files into memory.

Others on the machine make it slower, so the load is printed with the figures.

    python benchmarks/first_screen.py --runs 10 --json first-screen.json
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchcore import hardware
from benchcore.environment import cpu_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "tui"]

SIZES = ((80, 24), (120, 40))
"""Columns and rows: the smallest terminal that is supported, and a usual one."""

SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, the cursor, modes
    rb"|[\]P_^X].*?(?:\x07|\x1b\\)"  # strings such as the title
    rb"|[ -/]*[0-~])",  # all others
    re.DOTALL,
)
"""What tells a terminal something instead of being shown."""

BUTTON = re.compile(rb" {3}Start {3}")
"""The word in the middle of a wide button; in the footer it stands between a key and the next."""

LIMIT_S = 30.0
"""For the screen to appear, and then for the program to end."""


class NotMeasuredError(Exception):
    """A run from which no time can be had; the sentence says why."""


@contextmanager
def terminal(columns: int, rows: int) -> Iterator[tuple[int, int]]:
    """Our end of a terminal, and the program's."""
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


def environment(folder: str) -> dict[str, str]:
    """Of a terminal with all colours, and of a user who was never here."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    for name in ("LINES", "COLUMNS", "NO_COLOR"):
        found.pop(name, None)
    return {**found, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_STATE_HOME": folder}


def sample_ms(columns: int, rows: int) -> float:
    """Milliseconds from the start of one process to its Start button. Raises NotMeasuredError."""
    with (
        tempfile.TemporaryDirectory() as folder,
        terminal(columns, rows) as (ours, theirs),
    ):
        variables = environment(folder)
        start = time.perf_counter()
        program = subprocess.Popen(
            COMMAND,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=variables,
            start_new_session=True,
        )
        try:
            seen_ms = (until_drawn(ours, program, start + LIMIT_S) - start) * 1e3
            os.write(ours, b"q")
            wait(ours, program)
        finally:
            if program.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGKILL)  # of the session that it began
                program.wait()
    return seen_ms


def until_drawn(ours: int, program: subprocess.Popen[bytes], end: float) -> float:
    """When the bytes that complete the button were read."""
    output = b""
    while time.perf_counter() < end:
        output += read(ours)
        now = time.perf_counter()
        text = SEQUENCE.sub(b"", output)
        if BUTTON.search(text):
            return now
        if program.poll() is not None:
            output += read(ours)
            raise NotMeasuredError(
                f"the program ended with status {program.returncode} before its first screen"
                f"{last_words(output)}."
            )
    raise NotMeasuredError(f"no Start button was drawn within {LIMIT_S:g} s.")


def wait(ours: int, program: subprocess.Popen[bytes]) -> None:
    """Until the program has left by itself."""
    end = time.perf_counter() + LIMIT_S
    while program.poll() is None:
        if time.perf_counter() > end:
            raise NotMeasuredError(f"the program did not end within {LIMIT_S:g} s of q.")
        read(ours)  # one that can't write would wait for us
    if program.returncode != 0:
        raise NotMeasuredError(f"the program ended with status {program.returncode} after q.")


def read(ours: int) -> bytes:
    """What has arrived, waiting a moment where nothing has."""
    readable, _, _ = select.select([ours], [], [], 0.1)
    return os.read(ours, 1 << 16) if readable else b""


def last_words(output: bytes) -> str:
    """Of a program that died: its last line."""
    lines = SEQUENCE.sub(b"", output).decode(errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return f": {said[-1].rstrip('.')}" if said else ""


def machine() -> dict[str, object]:
    """What the times depend on."""
    return {
        "cpu": hardware.cpu().get("model"),
        "threads": cpu_threads(),
        "load_1_min": os.getloadavg()[0],
    }


def main() -> int:
    """Every size, as many times as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="for each size (default 10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="a document with all samples")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error(f"--runs is {args.runs}; it is a number above 0.")
    if args.json:
        try:
            args.json.touch()
        except OSError as error:
            parser.error(f"--json: {args.json} can't be written: {error.strerror}.")
    before = machine()
    samples: dict[str, list[float]] = {}
    try:
        for columns, rows in SIZES:
            sample_ms(columns, rows)
            found = [sample_ms(columns, rows) for _ in range(args.runs)]
            samples[f"{columns}x{rows}"] = found
            print(
                f"{columns}x{rows}: min {min(found):.0f} ms, median {median(found):.0f} ms, "
                f"max {max(found):.0f} ms, {args.runs} runs",
                flush=True,
            )
    except NotMeasuredError as error:
        print(f"first_screen: {error}", file=sys.stderr)
        return 1
    after = os.getloadavg()[0]
    print(f"load {before['load_1_min']:.2f} before, {after:.2f} after, {before['threads']} threads")
    if args.json:
        document = {
            "machine": {**before, "load_1_min_after": after},
            "versions": {
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in ("textual", "rich", "msgspec")},
            },
            "command": ["python", *COMMAND[1:]],
            "samples_ms": samples,
        }
        args.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
