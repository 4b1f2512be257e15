"""Whether a process grows: what it holds, sampled, and a straight line through the samples.

The line is by least squares over the second half: in the first, buffers grow to their largest size.
The C library is asked to give back what nobody holds before a sample, or its own keeping, tens of
MiB that come and go, would be most of what is seen.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchcore.nvml import NvmlDevice, NvmlUnavailableError

SAMPLES = 200
"""Over a whole part, or one a call where there are fewer calls."""

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Held:
    """What this process holds at one moment; device memory where a device tells it."""

    resident_bytes: int
    descriptors: int
    threads: int
    device_bytes: float | None = None


def meter(device: str) -> Callable[[], Held]:
    """A function that reads what this process holds; on CUDA also of the device's memory."""
    gpu: NvmlDevice | None = None
    if device != "cpu":
        try:
            gpu = NvmlDevice(device)
        except NvmlUnavailableError:
            gpu = None

    trim = getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)  # glibc's alone

    def held() -> Held:
        trim(0)
        return Held(
            resident_bytes=int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES,
            descriptors=_entries("fd"),
            threads=_entries("task"),
            device_bytes=None if gpu is None else _device_bytes(gpu),
        )

    return held


def _entries(name: str) -> int:
    return sum(1 for _ in Path("/proc/self", name).iterdir())


def _device_bytes(gpu: NvmlDevice) -> float | None:
    """This process's, or where NVML can't see processes the whole device's."""
    own_mib = gpu.processes_mib().get(os.getpid(), gpu.memory_used_mib())
    return None if own_mib is None else own_mib * 2**20


@dataclass(frozen=True)
class Slope:
    """How fast one quantity grows, in `unit`, and how fast it may."""

    what: str
    unit: str
    slope: float
    bound: float

    @property
    def within(self) -> bool:
        """Whether it is flat. A quantity that shrinks is."""
        return self.slope <= self.bound

    def sentence(self) -> str:
        """Both for a person."""
        return f"{self.what} {_figure(self.slope):+} {self.unit}, at most {_figure(self.bound)}"


def _figure(value: float) -> float | int:
    """Three digits, or a whole number."""
    return round(value) if abs(value) >= 100 else float(f"{value:.3g}")


def follow(count: int, call: Callable[[int], None], held: Callable[[], Held]) -> list[Held]:
    """Calls `call` with 0 to `count` - 1; what was held after every `stride(count)` of them."""
    samples = []
    for number in range(count):
        call(number)
        if (number + 1) % stride(count) == 0:
            samples.append(held())
    return samples


def stride(count: int) -> int:
    """How many of `count` calls lie between two samples."""
    return max(count // SAMPLES, 1)


def slopes(samples: Sequence[Held], every: int, of: str, bytes_bound: float) -> list[Slope]:
    """The slopes over the second half of samples that are `every` calls apart.

    `of` names a call, such as "forward"; `bytes_bound` is how many bytes each may add, on the host
    and on the device. Descriptors and threads may not grow by half of one over that whole half.
    """
    half = samples[len(samples) // 2 :]
    one_lost = 0.5 / (max(len(half), 1) * every)

    def one(what: str, values: Sequence[float], bound: float, unit: str) -> Slope:
        return Slope(what, f"{unit} a {of}", least_squares(values) / every, bound)

    found = [one("resident memory", [h.resident_bytes for h in half], bytes_bound, "bytes")]
    device = [h.device_bytes for h in half if h.device_bytes is not None]
    if device:
        found.append(one("device memory", device, bytes_bound, "bytes"))
    found.append(one("descriptors", [h.descriptors for h in half], one_lost, "descriptors"))
    found.append(one("threads", [h.threads for h in half], one_lost, "threads"))
    return found


def least_squares(values: Sequence[float]) -> float:
    """The slope of a straight line through `values` at 0, 1, 2 and so on; of one value it is 0."""
    middle = (len(values) - 1) / 2
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    if spread == 0:
        return 0.0
    return sum((place - middle) * value for place, value in enumerate(values)) / spread
