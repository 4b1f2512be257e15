"""How much memory this process holds, from every source that the machine offers.

On the CPU it is resident memory (`resident`, from /proc). On CUDA it is what NVML says about this
process (`nvml_process`), or, where NVML can't see processes (some containers), the growth of the
whole device's use (`nvml_device_growth`). Every figure is in MiB.
"""

import ctypes
import gc
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from benchcore.nvml import NvmlDevice, NvmlUnavailableError

MIB = 2**20

NVML_PERIOD_S = 0.001
"""dlib allocates and frees within a step; a process query costs 60 microseconds, and nothing is
timed in this pass."""


class UnknownError(Exception):
    """The machine doesn't tell how much memory is held; the sentence says why."""


class Source(Protocol):
    """Somewhere to read memory from."""

    name: str

    def now_mib(self) -> float:
        """What is held at this moment."""

    def reset_peak(self) -> None:
        """Forget the highest value so far."""

    def peak_mib(self) -> float:
        """The highest value since the last reset."""

    def close(self) -> None:
        """Stop sampling."""


class Resident:
    """Resident memory of this process; the kernel keeps the peak, so nothing is missed."""

    name = "resident"

    def __init__(self, process: Path = Path("/proc/self")) -> None:
        self._process = process

    def now_mib(self) -> float:
        """VmRSS."""
        return self._status("VmRSS")

    def reset_peak(self) -> None:
        """Writing 5 to clear_refs resets VmHWM (man 5 proc)."""
        try:
            (self._process / "clear_refs").write_text("5")
        except OSError as error:
            raise UnknownError(f"The kernel can't reset the peak: {error.strerror}.") from None

    def peak_mib(self) -> float:
        """VmHWM."""
        return self._status("VmHWM")

    def close(self) -> None:
        """Nothing runs."""

    def _status(self, key: str) -> float:
        for line in (self._process / "status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) / 1024
        raise UnknownError(f"The kernel gives no {key} of a process.")


class Nvml:
    """A device's memory as NVML gives it, sampled by a thread."""

    def __init__(self, device: NvmlDevice) -> None:
        self._device = device
        self._before_mib = device.memory_used_mib()
        self.name = "nvml_process"
        self._own_mib: float | None = None
        self._peak = 0.0
        # Held over a whole query: one that began before a reset would put the old peak back.
        self._sampling = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def now_mib(self) -> float:
        """This process's use, or the device's growth since this object was made.

        The growth counts only if no other process is on the device. Raises UnknownError if NVML
        gives neither.
        """
        own = self._device.processes_mib().get(os.getpid())
        if own is not None:
            self.name, self._own_mib = "nvml_process", own
            return own
        if self._own_mib is not None:  # one query failed; the growth is another figure
            return self._own_mib
        used = self._device.memory_used_mib()
        if used is None or self._before_mib is None:
            raise UnknownError("NVML gives no figure of the device's memory.")
        self.name = "nvml_device_growth"
        return used - self._before_mib

    def reset_peak(self) -> None:
        """Start again from the present value."""
        with self._sampling:
            self._peak = self.now_mib()

    def peak_mib(self) -> float:
        """The highest sample, at least the present value."""
        with self._sampling:
            self._peak = max(self._peak, self.now_mib())
            return self._peak

    def close(self) -> None:
        """End the sampling thread."""
        self._closing.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._closing.wait(NVML_PERIOD_S):
            with suppress(UnknownError):
                self.peak_mib()


def open_source(device: str) -> Source:
    """The primary source for a device: resident memory on the CPU, NVML on CUDA.

    Without a working NVML a CUDA run falls back to resident memory, whose name then says so.
    """
    if device == "cpu":
        return Resident()
    try:
        gpu = NvmlDevice(device)
    except NvmlUnavailableError:
        return Resident()
    return Resident() if gpu.memory_used_mib() is None else Nvml(gpu)


def open_context(device: str) -> None:
    """Create the CUDA context that every framework in this process will share, and nothing more.

    It is the device's primary context, so that its own memory can be told from the network's.
    Does nothing for the CPU; raises OSError if the driver can't do it.
    """
    if device == "cpu":
        return
    driver = ctypes.CDLL("libcuda.so.1")
    handle, context = ctypes.c_int(), ctypes.c_void_p()
    index = int(device.partition(":")[2])
    for code in (
        driver.cuInit(0),
        driver.cuDeviceGet(ctypes.byref(handle), index),
        driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle),
        driver.cuCtxSetCurrent(context),
    ):
        if code != 0:
            raise OSError(f"the CUDA driver can't open a context on {device} (error {code})")


def cuda_free_mib() -> float | None:
    """Free memory of the current context's device, from the driver; None without a context."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    if driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)) != 0:
        return None
    return free.value / MIB


def release_unused() -> None:
    """Give memory that is free inside this process back to the system, so that it isn't counted."""
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
