"""Whether the GPU is somebody else's right now: then nothing measured on it would count."""

import time

from benchcore.nvml import NvmlDevice, NvmlUnavailableError

WATCHED_S = 2.0
PERIOD_S = 0.1
BUSY_PERCENT = 5.0
"""A free device shows 0; a desktop's compositor 1 to 3."""


def busy_reason(device: str) -> str | None:
    """Why the device can't be measured on now, in words, or None; watches it for two seconds."""
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
