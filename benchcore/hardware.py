"""The machine itself: processor, memory, GPUs, their settings, and the state they are in."""

import hashlib
import os
import platform
import re
from pathlib import Path
from typing import Any

from benchcore import cgroup
from benchcore.nvml import MIB, NvmlDevice, NvmlUnavailableError

CPU_FILES = {
    "governor": "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "smt": "/sys/devices/system/cpu/smt/control",
    "intel_no_turbo": "/sys/devices/system/cpu/intel_pstate/no_turbo",
    "boost": "/sys/devices/system/cpu/cpufreq/boost",
    "numa_nodes": "/sys/devices/system/node/online",
}

MACHINE_ID_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")


def cpu() -> dict[str, Any]:
    """Model, cores, and what decides about their clocks; null where the kernel doesn't say."""
    info = _text("/proc/cpuinfo") or ""
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return {
        "model": model[1] if model else platform.processor(),
        "cores_online": os.cpu_count(),
        "cores_usable": len(os.sched_getaffinity(0)),
        "cores_limit": cgroup.cpu_limit(),
        **{name: _text(path) for name, path in CPU_FILES.items()},
    }


def memory() -> dict[str, float | None]:
    """Installed memory, and how much of it a container may use (null without a limit)."""
    return {
        "total_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MIB,
        "limit_mib": cgroup.memory_limit_mib(),
    }


def memory_available_mib() -> float | None:
    """What new processes could take: what the kernel calls available, within the limit's rest."""
    found = re.search(r"^MemAvailable:\s*(\d+)", _text("/proc/meminfo") or "", re.MULTILINE)
    known = [None if found is None else int(found[1]) / 1024, cgroup.memory_left_mib()]
    return min((mib for mib in known if mib is not None), default=None)


def gpus() -> list[dict[str, Any]]:
    """Each GPU that NVML shows, as it is set up; null where it doesn't say."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:
        return []  # no driver, or no library: there is no GPU to describe
    return [_gpu(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount())]


def _gpu(nvml: Any, index: int) -> dict[str, Any]:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)

    def say(function: str, *arguments: Any) -> Any:
        try:
            return getattr(nvml, function)(handle, *arguments)
        except (nvml.NVMLError, AttributeError):
            return None

    def first(value: Any) -> Any:
        return value[0] if value else None

    total = say("nvmlDeviceGetMemoryInfo")
    capability = say("nvmlDeviceGetCudaComputeCapability")
    return {
        "name": say("nvmlDeviceGetName"),
        "memory_total_mib": None if total is None else total.total / MIB,
        "compute_capability": None if capability is None else list(capability),
        "driver": nvml.nvmlSystemGetDriverVersion(),
        "vbios": say("nvmlDeviceGetVbiosVersion"),
        "ecc": first(say("nvmlDeviceGetEccMode")),
        "mig": first(say("nvmlDeviceGetMigMode")),
        "persistence": say("nvmlDeviceGetPersistenceMode"),
        "accounting": say("nvmlDeviceGetAccountingMode"),
        "power_limit_w": _watts(say("nvmlDeviceGetPowerManagementLimit")),
        "power_limit_default_w": _watts(say("nvmlDeviceGetPowerManagementDefaultLimit")),
        "cuda_cores": say("nvmlDeviceGetNumGpuCores"),
        "max_sm_clock_mhz": say("nvmlDeviceGetMaxClockInfo", nvml.NVML_CLOCK_SM),
        "max_memory_clock_mhz": say("nvmlDeviceGetMaxClockInfo", nvml.NVML_CLOCK_MEM),
        "application_sm_clock_mhz": say("nvmlDeviceGetApplicationsClock", nvml.NVML_CLOCK_SM),
        "pcie_generation": say("nvmlDeviceGetMaxPcieLinkGeneration"),
        "pcie_width": say("nvmlDeviceGetMaxPcieLinkWidth"),
    }


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1e3


def state() -> dict[str, Any]:
    """What changes from minute to minute, so no part of the fingerprint."""
    return {
        "load_average_1min": os.getloadavg()[0],
        "memory_available_mib": memory_available_mib(),
        "aslr": _text("/proc/sys/kernel/randomize_va_space"),
        "transparent_huge_pages": _text("/sys/kernel/mm/transparent_hugepage/enabled"),
        "container": _container(),
        "affinity": sorted(os.sched_getaffinity(0)),
        "gpus": _gpu_states(),
    }


def _gpu_states() -> list[dict[str, Any]]:
    found = []
    for index in range(len(gpus())):
        try:
            device = NvmlDevice(f"cuda:{index}")
        except (NvmlUnavailableError, IndexError):
            continue
        found.append(
            {
                "sm_clock_mhz": device.sm_clock_mhz(),
                "temperature_c": device.temperature_c(),
                "power_w": device.power_w(),
                "memory_used_mib": device.memory_used_mib(),
                "throttle_reasons": sorted(device.throttle_reasons()),
            }
        )
    return found


def _container() -> str | None:
    """Kind of container or subsystem, by the marks that they leave."""
    if "microsoft" in platform.release().lower():
        return "wsl"
    for mark, kind in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if Path(mark).exists():
            return kind
    return os.environ.get("container") or None  # noqa: SIM112  (systemd's own spelling)


def machine_id() -> str:
    """A digest that differs between machines and tells nothing else about them (16 hex digits).

    A container has a new host name each time: `BENCHCORE_MACHINE` gives its machine a lasting one.
    """
    named = os.environ.get("BENCHCORE_MACHINE")
    host = [platform.node(), *(_text(path) or "" for path in MACHINE_ID_FILES)]
    marks = [*([named] if named else host), *_gpu_uuids()]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def _gpu_uuids() -> list[str]:
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return [str(pynvml.nvmlDeviceGetUUID(handle)) for handle in handles]
    except Exception:
        return []


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
