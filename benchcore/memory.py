"""How much memory this process holds, from every source that the machine offers.

On the CPU it is resident memory (`resident`, from /proc). On CUDA it is what NVML says about this
process (`nvml_process`), or, where NVML can't see processes (some containers), the growth of the
whole device's use (`nvml_device_growth`). Every figure is in MiB.
"""

import ctypes
import gc
import os
import threading
from pathlib import Path
from typing import Any, Protocol

MIB = 2**20

NVML_PERIOD_S = 0.005
"""Sampling period of a device's memory; a query costs about 60 microseconds."""


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
        (self._process / "clear_refs").write_text("5")

    def peak_mib(self) -> float:
        """VmHWM."""
        return self._status("VmHWM")

    def close(self) -> None:
        """Nothing runs."""

    def _status(self, key: str) -> float:
        for line in (self._process / "status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) / 1024
        raise OSError(f"/proc/self/status has no {key}")


class Nvml:
    """A device's memory as NVML gives it, sampled by a thread every 5 ms."""

    def __init__(self, device: str) -> None:
        import pynvml

        self._nvml: Any = pynvml
        pynvml.nvmlInit()
        self._handle = self._find(device)
        self._before_mib = self._device_mib()
        self.name = "nvml_process"
        self._peak = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _find(self, device: str) -> Any:
        """CUDA numbers only the visible devices, which may be given as numbers or as UUIDs."""
        index = int(device.partition(":")[2])
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        if not visible:
            return self._nvml.nvmlDeviceGetHandleByIndex(index)
        chosen = visible.split(",")[index].strip()
        if chosen.isdigit():
            return self._nvml.nvmlDeviceGetHandleByIndex(int(chosen))
        return self._nvml.nvmlDeviceGetHandleByUUID(chosen)

    def _device_mib(self) -> float:
        return float(self._nvml.nvmlDeviceGetMemoryInfo(self._handle).used / MIB)

    def now_mib(self) -> float:
        """This process's use, or the device's growth since this object was made."""
        for process in self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handle):
            if process.pid == os.getpid() and process.usedGpuMemory is not None:
                self.name = "nvml_process"
                return float(process.usedGpuMemory / MIB)
        self.name = "nvml_device_growth"
        return self._device_mib() - self._before_mib

    def reset_peak(self) -> None:
        """Start again from the present value."""
        self._peak = self.now_mib()

    def peak_mib(self) -> float:
        """The highest sample, at least the present value."""
        self._peak = max(self._peak, self.now_mib())
        return self._peak

    def close(self) -> None:
        """End the sampling thread."""
        self._closing.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._closing.wait(NVML_PERIOD_S):
            self._peak = max(self._peak, self.now_mib())


def open_source(device: str) -> Source:
    """The primary source for a device: resident memory on the CPU, NVML on CUDA.

    Without a working NVML a CUDA run falls back to resident memory, whose name then says so.
    """
    if device == "cpu":
        return Resident()
    import pynvml

    try:
        return Nvml(device)
    except pynvml.NVMLError:
        return Resident()


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
