"""Endurance: many passes, steps, networks and cells, and many threads; nothing may grow or differ.

Each part runs in a process of its own, which begins small, with one BLAS thread so that parts can
run side by side. Prints a line for each part and slope; exit status 1 if any isn't as it should.

    python -m benchmarks.endurance --json endurance.json         13 to 27 minutes on two cores
    python -m benchmarks.endurance --device cuda --parts forwards,steps
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from pathlib import Path

import dlib_net
from benchcore import environment
from benchcore.channel import Stop
from benchmarks.endurance.cells import cells
from benchmarks.endurance.failures import after_failures
from benchmarks.endurance.part import Part
from benchmarks.endurance.passes import forwards, networks, steps
from benchmarks.endurance.stress import stress

PARTS: dict[str, tuple[Callable[..., Part], tuple[float, ...]]] = {
    "steps": (steps, (2_000,)),
    "forwards": (forwards, (20_000,)),
    "networks": (networks, (500,)),
    "cells": (cells, (200,)),
    "failures": (after_failures, ()),
    "threads": (stress, (60.0,)),
}
"""The longest first, so that those that run side by side end together."""


def run(names: list[str], device: str, jobs: int) -> Iterator[Part]:
    """The parts as they end. One whose process dies is told as wrong, and the others go on."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_apart, name, device): name for name in names}
        for done in as_completed(running):
            try:
                yield done.result()
            except Exception as error:
                sentence = f"It ended early: {type(error).__name__}: {error}"
                seconds = time.perf_counter() - start
                yield Part(running[done], "not completed", seconds, [], [sentence])


def _apart(name: str, device: str) -> Part:
    """A part in a process of its own."""
    work, counts = PARTS[name]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, device, *counts).result()


def main() -> int:
    """The parts that the options name."""
    parser = argparse.ArgumentParser(prog="endurance", description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N (default cpu)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"default {','.join(PARTS)}")
    parser.add_argument("--jobs", type=int, help="parts at once (default: cores; 1 on CUDA)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="a document with all slopes")
    args = parser.parse_args()
    names = args.parts.split(",")
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        parser.error(f"--parts has {unknown[0]!r}; give some of {','.join(PARTS)}.")
    at_once = environment.cpu_threads() if args.device == "cpu" else 1
    jobs = at_once if args.jobs is None else args.jobs
    if jobs < 1:
        parser.error(f"--jobs is {jobs}; it is a number above 0.")
    try:
        dlib_net.synchronize(args.device)
        if args.json:
            args.json.touch()
    except dlib_net.DlibError as error:
        parser.error(f"--device: {error}.")
    except OSError as error:
        parser.error(f"--json: {args.json} can't be written: {error.strerror}.")
    found = []
    for part in run(names, args.device, jobs):
        print("\n".join(part.lines()), flush=True)
        found.append(part)
    found.sort(key=lambda part: names.index(part.name))
    passed = all(part.passed for part in found)
    print("all as it should be" if passed else "NOT as it should be")
    if args.json:
        document = {
            "device": args.device,
            "environment": environment.collect_in_child(environment.cpu_threads(), Stop()),
            "endurance": [part.record() for part in found],
            "passed": passed,
        }
        args.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
