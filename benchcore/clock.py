"""Timing iterations: what is inside the clock, and what is not."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Nanoseconds = Callable[[], int]


@dataclass
class Timings:
    """Milliseconds of each iteration: `wall` to the end of its work, `enqueue` to its return."""

    wall_ms: list[float] = field(default_factory=list)
    enqueue_ms: list[float] = field(default_factory=list)


@contextmanager
def garbage_collection_off() -> Iterator[None]:
    """Collect now, then not at all: a collection in one block would be blamed on the framework."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def time_iterations(
    enqueue: Callable[[], None],
    synchronize: Callable[[], None],
    *,
    seconds: float,
    least: int,
    most: int,
    now_ns: Nanoseconds = time.perf_counter_ns,
) -> Timings:
    """Run iterations until `seconds` are over and `least` are done, but never more than `most`.

    Latency mode: the device is idle before each clock starts and again before it stops, for every
    framework alike. Nothing else happens between the two readings of the clock.
    """
    timings = Timings()
    with garbage_collection_off():
        synchronize()
        began = now_ns()
        while True:
            start = now_ns()
            enqueue()
            queued = now_ns()
            synchronize()
            end = now_ns()
            timings.wall_ms.append((end - start) / 1e6)
            timings.enqueue_ms.append((queued - start) / 1e6)
            done = len(timings.wall_ms)
            if done >= most or (done >= least and end - began >= seconds * 1e9):
                return timings
