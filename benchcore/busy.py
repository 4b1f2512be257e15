"""Whether the device is somebody else's right now: then nothing measured on it would count."""

import os
import time

from benchcore.cpu_time import busy_cpu_s
from benchcore.nvml import NvmlDevice, NvmlUnavailableError
from benchcore.taint import FOREIGN_CPU_SHARE

WATCHED_S = 2.0
PERIOD_S = 0.1
BUSY_PERCENT = 5.0
"""A free device shows 0; a desktop's compositor 1 to 3."""


def busy_reason(device: str) -> str | None:
    """Why the GPU can't be measured on now, in words, or None; watches it for two seconds.

    None for the CPU, where a run looks at each block instead.
    """
    if device == "cpu":
        return None
    try:
        gpu = NvmlDevice(device)
    except NvmlUnavailableError:
        return None  # nobody can tell
    others = gpu.processes_mib()
    if others:
        held = ", ".join(
            f"process {pid}" + ("" if mib is None else f" ({mib:.0f} MiB)")
            for pid, mib in others.items()
        )
        return f"{device} is used by {held}"
    seen = []
    end_s = time.monotonic() + WATCHED_S
    while time.monotonic() < end_s:
        percent = gpu.utilization_percent()
        if percent is None:
            return None
        seen.append(percent)
        time.sleep(PERIOD_S)
    least = min(seen)
    return f"{device} is {least:.0f} % utilised" if least > BUSY_PERCENT else None


def cpu_busy_reason() -> str | None:
    """The same for the cores that this process may use, while it sleeps."""
    cores = sorted(os.sched_getaffinity(0))
    start_s, before_s = time.monotonic(), busy_cpu_s(cores)
    time.sleep(WATCHED_S)
    after_s, elapsed_s = busy_cpu_s(cores), time.monotonic() - start_s
    if before_s is None or after_s is None:
        return None  # nobody can tell
    share = (after_s - before_s) / (elapsed_s * len(cores))
    if share <= FOREIGN_CPU_SHARE:
        return None
    return f"other processes use {share:.0%} of the cores"
