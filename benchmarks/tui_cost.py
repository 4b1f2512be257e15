"""What the screens cost: the same plan with them and without, in turns, and their CPU time.

Each repeat runs the plan once under `python -m tui` in a terminal of its own (120x40, read by this
program) and once under `benchcore --headless`; every other repeat the other way round. A cell's
ratio with / without is over the repeats, paired, with its 95 % interval: where it contains 1 the
screens are not seen in the measurement. The CPU time is that of the screens' process alone, from
its first second on until the run is complete.

    python benchmarks/tui_cost.py --repeats 6 --output cost.json
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchcore import result
from benchcore.errors import UsageError
from benchcore.result import Document
from benchcore.statistics import ratio_of_launches

PLAN = [
    *("--profile", "quick", "--networks", "resnet50", "--modes", "infer"),
    *("--batch-sizes", "1", "--image-size", "64"),
]
"""Short iterations, which a disturbance shows in most."""

TARGET_SHARE = 0.05
"""Of one core, at most."""

SETTLED_S = 1.0
"""Starting the interpreter and composing the first screen are no part of a run's cost."""

LIMIT_S = 1800.0
LEAVE_S = 10.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system time of one process, its children left out."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def finished(folder: Path) -> Document | None:
    """The document of a run in the folder, once it is complete."""
    for path in folder.glob("*.json"):
        try:
            document = result.read(path)
        except UsageError:
            return None
        if document.status != "running":
            return document
    return None


def with_screens(words: list[str], size: tuple[int, int]) -> tuple[Document, float, float]:
    """The document, CPU seconds of the screens, and over how many seconds."""
    with tempfile.TemporaryDirectory(prefix="tui-cost-") as place:
        folder = Path(place)
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": place}
        environment["COLORTERM"] = "truecolor"
        pid, terminal = pty.fork()
        if pid == 0:
            command = [sys.executable, "-m", "tui", "--start", "--folder", place, *words]
            os.execve(sys.executable, command, environment)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.kill(pid, signal.SIGWINCH)
        drain = threading.Thread(target=_drain, args=[terminal], daemon=True)
        drain.start()
        time.sleep(SETTLED_S)
        began_s, used_s = time.monotonic(), cpu_s(pid)
        while (document := finished(folder)) is None:
            if time.monotonic() - began_s > LIMIT_S:
                os.kill(pid, signal.SIGTERM)
                sys.exit(f"The run under the screens did not end within {LIMIT_S:.0f} s.")
            time.sleep(0.5)
        spent_s, took_s = cpu_s(pid) - used_s, time.monotonic() - began_s
        # The screens hear of the end a moment later; until then they would ask before they quit.
        time.sleep(SETTLED_S)
        os.write(terminal, b"q")
        leave = threading.Timer(LEAVE_S, os.kill, [pid, signal.SIGTERM])
        leave.start()
        os.waitpid(pid, 0)
        leave.cancel()
        os.close(terminal)
        return document, spent_s, took_s


def _drain(terminal: int) -> None:
    """Read what is drawn, as a terminal would, and throw it away."""
    try:
        while True:
            select.select([terminal], [], [])
            if not os.read(terminal, 1 << 16):
                return
    except OSError:
        return


def without_screens(words: list[str]) -> Document:
    """The document of the same plan, headless."""
    with tempfile.TemporaryDirectory(prefix="tui-cost-") as place:
        path = Path(place) / "run.json"
        command = [sys.executable, "-m", "benchcore", "--headless", "--jsonl"]
        subprocess.run(
            [*command, "--output", str(path), *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return result.read(path)


def block_medians(document: Document) -> dict[str, list[float]]:
    """Of each cell and contender, in the order of measurement."""
    return {
        f"{cell.network} {cell.mode} batch {cell.batch}, {name}": [
            median(block.wall_ms) for block in found.samples if not block.superseded
        ]
        for cell in document.cells
        for name, found in cell.contenders.items()
        if found.samples
    }


def compared(pairs: list[tuple[Document, Document]]) -> list[dict[str, Any]]:
    """For each cell and contender the ratio with / without over all repeats."""
    both = [(block_medians(seen), block_medians(unseen)) for seen, unseen in pairs]
    rows = []
    for name in both[0][0]:
        shown = [seen[name] for seen, _ in both]
        hidden = [unseen[name] for _, unseen in both]
        ratio = ratio_of_launches(shown, hidden)
        rows.append(
            {
                "cell": name,
                "ratio": ratio.estimate,
                "low": ratio.low,
                "high": ratio.high,
                "with_median_ms": [median(blocks) for blocks in shown],
                "without_median_ms": [median(blocks) for blocks in hidden],
            }
        )
    return rows


def main() -> None:
    """Repeat, then print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=6, help="at least 2 (default 6)")
    parser.add_argument("--size", default="120x40", help="of the terminal (default 120x40)")
    parser.add_argument("--output", type=Path, help="a JSON file with everything")
    parser.add_argument(
        "plan", nargs="*", help="options of a run after --; default: " + " ".join(PLAN)
    )
    args = parser.parse_args()
    columns, _, rows = args.size.partition("x")
    if args.repeats < 2 or not (columns.isdecimal() and rows.isdecimal()):
        parser.error("--repeats is at least 2, and --size is such as 120x40")
    words = args.plan or PLAN
    pairs, shares = [], []
    environment: dict[str, Any] = {}
    for repeat in range(args.repeats):
        unseen = without_screens(words) if repeat % 2 else None
        seen, spent_s, took_s = with_screens(words, (int(columns), int(rows)))
        pairs.append((seen, unseen or without_screens(words)))
        shares.append(spent_s / took_s)
        environment = seen.environment
        print(f"repeat {repeat + 1}: {100 * shares[-1]:.2f} % of a core", flush=True)
    found = compared(pairs)
    for row in found:
        print(f"{row['cell']}: {row['ratio']:.4f} ({row['low']:.4f} to {row['high']:.4f})")
    print(f"screens: {100 * median(shares):.2f} % of one core, at most {100 * max(shares):.2f} %")
    if args.output:
        document = {
            "command": ["python", "benchmarks/tui_cost.py", *sys.argv[1:]],
            "size": args.size,
            "plan": words,
            "environment": environment,
            "cpu_share_of_one_core": shares,
            "cells": found,
        }
        args.output.write_text(json.dumps(document, indent=2) + "\n")
    if max(shares) > TARGET_SHARE:
        sys.exit(f"more than {100 * TARGET_SHARE:.0f} % of a core")


if __name__ == "__main__":
    main()
