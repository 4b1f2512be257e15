"""How fast a core is right now: the time of a fixed piece of work.

On a machine whose cores others share unseen, such as a virtual one, a core that feeds a GPU can be
slower by half for seconds, while no process of this machine shows in its CPU time.
"""

import os
import time

ADDITIONS = 4000
"""About 0.15 ms of interpreted code, which is what a framework's launching of kernels mostly is."""

REPEATS = 5
"""The fastest counts: an interrupt falls into one or two of them, a busy sibling into all."""


def probe_us() -> float:
    """Microseconds of the work on the core where the calling thread runs."""
    return min(_work_us() for _ in range(REPEATS))


def probe_on_us(core: int) -> float | None:
    """The same on another core; None if it may not be used. The thread is then where it was."""
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {core})
    except OSError:
        return None
    try:
        return probe_us()
    finally:
        os.sched_setaffinity(0, before)


def _work_us() -> float:
    total = 0
    start = time.perf_counter_ns()
    for number in range(ADDITIONS):
        total += number
    return (time.perf_counter_ns() - start) / 1e3
