"""On which core the workers of a GPU cell are timed: all on one and the same.

Where the host decides how fast a GPU is fed, the core that a process happens to run on is part of
the time. Only one worker of a cell works at a time, by one thread at a time, so that sharing a core
costs nothing. The process that observes keeps off it: a look at the device every 50 ms on the very
core that feeds it would delay each iteration. On the CPU the work needs all cores, and nothing is
pinned.
"""

import os
from collections.abc import Collection, Set
from contextlib import suppress
from pathlib import Path

FEWEST_CORES = 4
"""With fewer, the pinned core would be one that the runner and the rest of the machine need."""


def worker_core(usable: Collection[int], near: Collection[int] | None) -> int | None:
    """The core to pin to, or None: the last of the `usable` ones that are `near` the GPU.

    The first cores serve most interrupts. `near` is None where nobody knows which they are.
    """
    if len(usable) < FEWEST_CORES:
        return None
    close = set(usable).intersection(near or usable)
    return max(close or usable)


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
