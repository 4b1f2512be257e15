"""On which core the workers of a GPU cell are timed: in each round all on one and the same.

Where the host decides how fast a GPU is fed, the core that a process happens to run on is part of
the time. Only one worker of a cell works at a time, by one thread at a time, so that sharing a core
costs nothing. The process that observes keeps off it: a look at the device every 50 ms on the very
core that feeds it would delay each iteration. On the CPU the work needs all cores, and nothing is
pinned.
"""

import os
from collections.abc import Collection, Mapping, Set
from contextlib import suppress
from pathlib import Path

FEWEST_CORES = 4
"""With fewer, the pinned core would be one that the runner and the rest of the machine need."""

MOST_CANDIDATES = 16
"""Cores that are looked at before a round: a millisecond each."""

STAY_WITHIN = 0.05
"""A core is left only for one that is faster by more: looks differ by 2 % of themselves."""


def candidates(usable: Collection[int], near: Collection[int] | None) -> list[int]:
    """The cores that may be pinned to, none on a small machine.

    The last of the `usable` ones that are `near` the GPU (None: nobody knows which are), since the
    first serve most interrupts.
    """
    if len(usable) < FEWEST_CORES:
        return []
    close = set(usable).intersection(near or usable) or usable
    return sorted(close)[-MOST_CANDIDATES:]


def choice(current: int | None, probes_us: Mapping[int, float]) -> int | None:
    """The fastest core by what a fixed piece of work took on each, or the current one if as good.

    Of equals the last; None only if none could be looked at.
    """
    if not probes_us:
        return current
    least_us = min(probes_us.values())
    good = {core for core, took_us in probes_us.items() if took_us <= least_us * (1 + STAY_WITHIN)}
    return current if current in good else max(good)


def pin(core: int) -> None:
    """Move all threads of this process to `core`; those that they start will follow them.

    A thread that has just ended, or a core that was taken away, changes nothing.
    """
    restrict({core})


def restrict(cores: Set[int]) -> None:
    """Let all threads of this process run on `cores` alone, as far as that can be."""
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            os.sched_setaffinity(int(thread.name), cores)
