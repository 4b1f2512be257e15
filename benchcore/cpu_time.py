"""Who used the CPU while a block ran: the worker, the idle workers, this process, or others."""

import ctypes
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHORTEST_S = 0.1
"""Over less time the ticks of /proc/stat (10 ms a core) say nothing, and an order's own handling,
a millisecond, would count as a share."""

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
BUSY_COLUMNS = (0, 1, 2, 5, 6, 7)
"""user, nice, system, irq, softirq and steal in /proc/stat (man 5 proc); guest is within user."""


def process_cpu_s(pid: int) -> float | None:
    """CPU time of all threads of a process, in nanoseconds' resolution; None if it is gone."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        return None
    try:
        return time.clock_gettime(clock.value)
    except OSError:
        return None


def busy_cpu_s(cores: Sequence[int], stat: Path = Path("/proc/stat")) -> float | None:
    """CPU time that everybody used on these cores since boot; None where the kernel hides it."""
    wanted = {f"cpu{core}" for core in cores}
    try:
        lines = [line.split() for line in stat.read_text().splitlines()]
    except OSError:
        return None
    rows = [line[1:] for line in lines if line and line[0] in wanted]
    if len(rows) != len(wanted):
        return None
    return sum(int(row[column]) for row in rows for column in BUSY_COLUMNS) / TICKS_PER_S


@dataclass(frozen=True)
class CpuReading:
    """CPU seconds at one moment."""

    at_s: float
    everybody_s: float | None
    worker_s: float | None
    idle_s: float | None
    observer_s: float
    core_s: float | None = None
    """Of everybody on the core that the workers are pinned to, if they are."""


@dataclass(frozen=True)
class CpuShares:
    """What was used between two readings; see `samples.Conditions`."""

    foreign: float | None = None
    foreign_on_core: float | None = None
    idle_workers: float | None = None
    observer: float | None = None


class CpuAccount:
    """Reads the clocks of one worker, the idle ones and this process."""

    def __init__(self) -> None:
        self._cores = sorted(os.sched_getaffinity(0))

    def read(self, worker: int, idle: Sequence[int], core: int | None = None) -> CpuReading:
        """All of them now, and the `core` that the workers are pinned to."""
        idle_s = [process_cpu_s(pid) for pid in idle]
        return CpuReading(
            at_s=time.monotonic(),
            everybody_s=busy_cpu_s(self._cores),
            worker_s=process_cpu_s(worker),
            idle_s=None if None in idle_s else sum(s for s in idle_s if s is not None),
            observer_s=time.process_time(),
            core_s=None if core is None else busy_cpu_s([core]),
        )

    def shares(self, before: CpuReading, after: CpuReading) -> CpuShares:
        """Shares over the time between; never below 0, since /proc/stat counts in ticks."""
        elapsed_s = after.at_s - before.at_s
        if elapsed_s < SHORTEST_S:
            return CpuShares()
        observer_s = after.observer_s - before.observer_s
        idle_s = _difference(before.idle_s, after.idle_s)
        worker_s = _difference(before.worker_s, after.worker_s)
        everybody_s = _difference(before.everybody_s, after.everybody_s)
        foreign = None
        if everybody_s is not None and worker_s is not None and idle_s is not None:
            foreign_s = everybody_s - worker_s - idle_s - observer_s
            foreign = max(foreign_s, 0.0) / (elapsed_s * len(self._cores))
        core_s = _difference(before.core_s, after.core_s)
        on_core = None
        if core_s is not None and worker_s is not None and idle_s is not None:
            on_core = max(core_s - worker_s - idle_s, 0.0) / elapsed_s
        return CpuShares(
            foreign=foreign,
            foreign_on_core=on_core,
            idle_workers=None if idle_s is None else idle_s / elapsed_s,
            observer=observer_s / elapsed_s,
        )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
