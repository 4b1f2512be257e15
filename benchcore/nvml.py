"""NVML by device name: handles, and the few figures that are read more than once.

Every reading may fail alone (MIG, containers, old drivers): it is then None, never a guess.
"""

import os
from collections.abc import Callable
from typing import Any

MIB = 2**20

BITS_PER_WORD = 64
"""NVML gives sets of cores as unsigned longs."""

THROTTLE_BITS = {
    0x4: "sw_power_cap",
    0x8: "hw_slowdown",
    0x20: "sw_thermal_slowdown",
    0x40: "hw_thermal_slowdown",
    0x80: "hw_power_brake",
}
"""nvml.h, nvmlClocksEventReasons: reasons for clocks below what was asked for."""


class NvmlUnavailableError(Exception):
    """There is no NVML, or it doesn't know the device; the text says which."""


class NvmlDevice:
    """One GPU as NVML sees it. Raises NvmlUnavailableError if it can't be found."""

    def __init__(self, device: str) -> None:
        try:
            import pynvml

            pynvml.nvmlInit()
            self._nvml: Any = pynvml
            self._handle = self._find(device)
        except Exception as error:  # an old pynvml, no library, no permission, no such device
            raise NvmlUnavailableError(f"{type(error).__name__}: {error}") from None

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

    def read(self, function: str, *arguments: Any) -> Any:
        """What an NVML function says of this device, or None if it can't say."""
        call: Callable[..., Any] | None = getattr(self._nvml, function, None)
        if call is None:
            return None
        try:
            return call(self._handle, *arguments)
        except Exception:  # NVML's own, and what its wrapper makes of an answer that is none
            return None

    def sm_clock_mhz(self) -> float | None:
        """Of the streaming multiprocessors, now."""
        return _float(self.read("nvmlDeviceGetClockInfo", self._nvml.NVML_CLOCK_SM))

    def memory_clock_mhz(self) -> float | None:
        """Of the device's memory, now."""
        return _float(self.read("nvmlDeviceGetClockInfo", self._nvml.NVML_CLOCK_MEM))

    def power_w(self) -> float | None:
        """Of the whole board, averaged by the driver."""
        return _scaled(self.read("nvmlDeviceGetPowerUsage"), 1e-3)

    def energy_j(self) -> float | None:
        """Used since the driver was loaded (Volta and newer)."""
        return _scaled(self.read("nvmlDeviceGetTotalEnergyConsumption"), 1e-3)

    def temperature_c(self) -> float | None:
        """Of the chip."""
        sensor = self._nvml.NVML_TEMPERATURE_GPU
        return _float(self.read("nvmlDeviceGetTemperature", sensor))

    def utilization_percent(self) -> float | None:
        """Share of the driver's last period in which a kernel ran."""
        rates = self.read("nvmlDeviceGetUtilizationRates")
        return None if rates is None else float(rates.gpu)

    def throttle_reasons(self) -> frozenset[str]:
        """Names of the bits that are set now."""
        bits = self.read("nvmlDeviceGetCurrentClocksEventReasons")
        if bits is None:
            bits = self.read("nvmlDeviceGetCurrentClocksThrottleReasons")
        return frozenset(name for bit, name in THROTTLE_BITS.items() if bits and bits & bit)

    def memory_used_mib(self) -> float | None:
        """Of the whole device, by everybody."""
        memory = self.read("nvmlDeviceGetMemoryInfo")
        return None if memory is None else float(memory.used / MIB)

    def memory_free_mib(self) -> float | None:
        """Of the whole device."""
        memory = self.read("nvmlDeviceGetMemoryInfo")
        return None if memory is None else float(memory.free / MIB)

    def near_cores(self) -> frozenset[int] | None:
        """The host's cores that are next to the device, as far as NVML knows."""
        words = -(-(os.cpu_count() or 1) // BITS_PER_WORD)
        masks = self.read("nvmlDeviceGetCpuAffinity", words)
        if masks is None:
            return None
        return frozenset(
            word * BITS_PER_WORD + bit
            for word, mask in enumerate(masks)
            for bit in range(BITS_PER_WORD)
            if mask >> bit & 1
        )

    def processes_mib(self) -> dict[int, float | None]:
        """Each compute process that NVML shows, and its memory where NVML says."""
        found = self.read("nvmlDeviceGetComputeRunningProcesses") or []
        return {
            process.pid: _scaled(getattr(process, "usedGpuMemory", None), 1 / MIB)
            for process in found
        }


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _scaled(value: Any, factor: float) -> float | None:
    return None if value is None else float(value) * factor
