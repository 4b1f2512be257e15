"""Timing iterations: what is inside the clock, and what is not.

Three clocks: `wall` from before an iteration's first call to the end of its work, `enqueue` to the
return of its last call, `device` between two events on the device around its work.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

Nanoseconds = Callable[[], int]
Stages = Callable[[], Iterable[tuple[str, Callable[[], None]]]]


class Spans(Protocol):
    """A clock on the device, such as `device_events.DeviceEvents`."""

    def start(self, index: int) -> None:
        """The span `index` begins with what is queued next."""

    def stop(self, index: int) -> None:
        """The span `index` ends with what was queued last."""

    def spans_ms(self, count: int) -> list[float]:
        """The first `count` spans."""


@dataclass
class Timings:
    """Milliseconds of each iteration by each clock; `device_ms` is None without a device."""

    wall_ms: list[float] = field(default_factory=list)
    enqueue_ms: list[float] = field(default_factory=list)
    device_ms: list[float] | None = None


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
    device: Spans | None = None,
    now_ns: Nanoseconds = time.perf_counter_ns,
) -> Timings:
    """Latency: iterations until `seconds` are over and `least` are done, but at most `most`.

    The device is idle before each clock starts and again before it stops, for every framework
    alike. Between the two readings of the wall clock there are the iteration, the synchronisation
    and the second event; the first event is queued before.
    """
    timings = Timings()
    with garbage_collection_off():
        synchronize()
        began = now_ns()
        while True:
            done = len(timings.wall_ms)
            if device is not None:
                device.start(done)
            start = now_ns()
            enqueue()
            queued = now_ns()
            if device is not None:
                device.stop(done)
            synchronize()
            end = now_ns()
            timings.wall_ms.append((end - start) / 1e6)
            timings.enqueue_ms.append((queued - start) / 1e6)
            done += 1
            if done >= most or (done >= least and end - began >= seconds * 1e9):
                break
    if device is not None:
        timings.device_ms = device.spans_ms(len(timings.wall_ms))
    return timings


def time_burst(
    enqueue: Callable[[], None],
    synchronize: Callable[[], None],
    *,
    iterations: int,
    device: Spans | None = None,
    now_ns: Nanoseconds = time.perf_counter_ns,
) -> tuple[float, float | None]:
    """Throughput: (wall, device) milliseconds of all iterations with one synchronisation."""
    with garbage_collection_off():
        synchronize()
        if device is not None:
            device.start(0)
        start = now_ns()
        for _ in range(iterations):
            enqueue()
        if device is not None:
            device.stop(0)
        synchronize()
        end = now_ns()
    return (end - start) / 1e6, None if device is None else device.spans_ms(1)[0]


def time_stages(
    stages: Stages,
    synchronize: Callable[[], None],
    *,
    iterations: int,
    now_ns: Nanoseconds = time.perf_counter_ns,
) -> dict[str, list[float]]:
    """Milliseconds of each stage of each iteration, with a synchronisation after each stage.

    What could overlap in a whole iteration can't here, so the stages may add up to more.
    """
    found: dict[str, list[float]] = {}
    with garbage_collection_off():
        synchronize()
        for _ in range(iterations):
            for name, run in stages():
                start = now_ns()
                run()
                synchronize()
                found.setdefault(name, []).append((now_ns() - start) / 1e6)
    return found
