"""`make fuzz`: so many broken inputs for each target, in a few processes; a line for each.

A target is a module of `targets` with `CASES` (of a full run), `cases()` (a hypothesis strategy)
and `check(case, folder)`, which raises where the answer was neither right nor a clean sentence.
Each process runs a chunk of one target's cases, and a chunk is repeated by its seed alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import chunk_of_cases
from chunk_of_cases import Outcome

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

TARGETS = (
    *("screens", "documents", "events", "weights", "images"),
    *("profiles", "configs", "words", "state", "history"),
)
"""The slow ones first, so that the processes end together."""

CHUNK = 250
PROCESSES = 2


def main() -> int:
    """Run what the options ask for: 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of the first chunk (default 0)")
    parser.add_argument("--only", choices=TARGETS, help="this target alone")
    parser.add_argument("--cases", type=int, help="in all; default: each target's own number")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--chunk", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(HERE)]
    if asked.chunk:
        print(json.dumps(asdict(chunk_of_cases.run(asked.only, asked.seed, asked.cases))))
        return 0
    return _all(asked)


def _all(asked: argparse.Namespace) -> int:
    counts = _counts(asked.only, asked.cases)
    chunks = [
        (target, asked.seed + number, min(CHUNK, count - number * CHUNK))
        for target, count in counts.items()
        for number in range(-(-count // CHUNK))
    ]
    began_s = time.monotonic()
    outcomes = {target: Outcome() for target in counts}
    print(f"{'target':<10} {'cases':>7} {'failures':>9} {'CPU s':>7} {'peak MiB':>9}", flush=True)
    with ThreadPoolExecutor(asked.processes) as pool:
        waiting = [(chunk, pool.submit(_process, *chunk)) for chunk in chunks]
        left = dict.fromkeys(counts, 0)
        for (target, _, _), _ in waiting:
            left[target] += 1
        for (target, _, _), future in waiting:
            outcomes[target].add(future.result())
            left[target] -= 1
            if not left[target]:
                _print(target, outcomes[target])
    total = Outcome()
    for outcome in outcomes.values():
        total.add(outcome)
    _print("all", total)
    print(f"{time.monotonic() - began_s:.0f} s in {asked.processes} processes")
    return 1 if total.failures else 0


def _counts(only: str | None, cases: int | None) -> dict[str, int]:
    """Of each target; a number for all is divided as in a full run, and is at least 10 for each."""
    full = {target: _cases_of(target) for target in TARGETS if only in (None, target)}
    if cases is None:
        return full
    return {
        target: max(10 if only is None else 1, round(cases * count / sum(full.values())))
        for target, count in full.items()
    }


def _cases_of(target: str) -> int:
    """The module's `CASES`, without loading what it imports."""
    for line in (HERE / "targets" / f"{target}.py").read_text().splitlines():
        if line.startswith("CASES = "):
            return int(line.removeprefix("CASES = "))
    raise LookupError(f"{target} has no CASES")


def _print(target: str, outcome: Outcome) -> None:
    figures = f"{outcome.cases:7} {len(outcome.failures):9} {outcome.cpu_s:7.1f}"
    print(f"{target:<10} {figures} {outcome.peak_mib:9.0f}", flush=True)
    if target != "all":
        for failure in outcome.failures:
            print(failure, flush=True)


def _process(target: str, seed: int, cases: int) -> Outcome:
    """A chunk in a process of its own, in which each case has its limit."""
    words = ["--chunk", "--only", target, "--seed", str(seed), "--cases", str(cases)]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), *words],
            env=_environment(Path(scratch)),
            cwd=scratch,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        where = ""
        if done.returncode:  # the case under way ended the process
            name = f"{target}-{seed}-last"
            where = f", kept in {chunk_of_cases.keep(Path(scratch), name, done.stderr)}"
    repeat = f"make fuzz FUZZ='--seed {seed} --only {target} --cases {cases}'"
    try:
        found = Outcome(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        said = "\n".join(line[:200] for line in done.stderr.splitlines()[:30])
        why = f"the process ended with {done.returncode}{where}:\n{said}"
        found = Outcome(failures=[why])
    found.failures = [f"  {target}: {why}\n  repeat: {repeat}" for why in found.failures]
    return found


def _environment(scratch: Path) -> dict[str, str]:
    """A home, a state folder and temporary files below the scratch folder."""
    out = scratch / "out"
    folders = {
        "HOME": out / "home",
        "XDG_STATE_HOME": out / "state",
        "XDG_CACHE_HOME": out / "cache",
        "XDG_CONFIG_HOME": out / "config",
        "TMPDIR": out / "tmp",
    }
    for folder in folders.values():
        folder.mkdir(parents=True)
    return {
        **os.environ,
        **{name: str(folder) for name, folder in folders.items()},
        "FUZZ_SCRATCH": str(scratch),
        "OMP_NUM_THREADS": "1",
        "TERM": "xterm-256color",
        "COLUMNS": "100",
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    sys.exit(main())
