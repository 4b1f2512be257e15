"""What the machine offers and who uses it, read without importing a framework.

Nothing in here raises: what the machine doesn't tell is None, and shown as "not available". The
functions may take a moment each, so that the screens call them in a thread.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchcore import contenders, device, forecast, hardware, result
from benchcore.busy import BUSY_PERCENT
from benchcore.environment import cpu_threads
from benchcore.errors import UsageError
from benchcore.nvml import MIB, NvmlDevice, NvmlUnavailableError
from benchcore.report.plain import plain
from benchcore.result import Document

NOT_AVAILABLE = "not available"

MOST_GPUS = 64

MOST_DOCUMENTS = 12
"""Newest ones that a forecast looks at: more would tell no more, and each takes time to read."""

MOST_BYTES = 64 * MIB
"""A larger document is not read for a forecast."""


@dataclass(frozen=True)
class DeviceFacts:
    """A device that a run could use, as it is now; None is what the machine doesn't tell."""

    name: str
    """As `--device` takes it."""
    title: str
    total_mib: float | None
    free_mib: float | None
    driver: str | None
    used_by: str | None
    """What others do with it now, in words."""

    @property
    def memory_text(self) -> str:
        """`80 GiB, 79.1 GiB free`."""
        if self.total_mib is None and self.free_mib is None:
            return NOT_AVAILABLE
        total = "size unknown" if self.total_mib is None else forecast.mib_text(self.total_mib)
        free = "rest unknown" if self.free_mib is None else forecast.mib_text(self.free_mib)
        return f"{total}, {free} free"


def devices() -> list[DeviceFacts]:
    """The CPU first, then each GPU that NVML shows."""
    return [_cpu(), *_gpus()]


def _cpu() -> DeviceFacts:
    threads = cpu_threads()
    cpu = _quietly(hardware.cpu) or {}
    memory = _quietly(hardware.memory) or {}
    known = [memory.get("total_mib"), memory.get("limit_mib")]
    load = _quietly(os.getloadavg)
    return DeviceFacts(
        name="cpu",
        title=f"{_short(cpu.get('model'))}, {threads} thread{'s' if threads > 1 else ''}",
        total_mib=min((mib for mib in known if mib is not None), default=None),
        free_mib=_quietly(hardware.memory_available_mib),
        driver="none needed",
        used_by=None if load is None else _load_text(load[0], os.cpu_count() or 1),
    )


def _load_text(load: float, cores: int) -> str:
    return f"load {load:.1f} on {cores} core{'s' if cores > 1 else ''}"


def _short(model: str | None) -> str:
    """A processor's name without its marks."""
    named = plain(model or "CPU").replace("(R)", "").replace("(TM)", "")
    return " ".join(named.split())


def _gpus() -> list[DeviceFacts]:
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return []  # CUDA shows none then, whatever NVML sees
    found = []
    for index in range(MOST_GPUS):
        try:
            found.append(_gpu(f"cuda:{index}", NvmlDevice(f"cuda:{index}")))
        except NvmlUnavailableError:
            break
        except Exception:  # a driver that fails halfway: what it said so far stands
            break
    return found


def _gpu(name: str, gpu: NvmlDevice) -> DeviceFacts:
    title = gpu.read("nvmlDeviceGetName")
    memory = gpu.read("nvmlDeviceGetMemoryInfo")
    return DeviceFacts(
        name=name,
        title=plain(title.decode() if isinstance(title, bytes) else str(title or "GPU")),
        total_mib=None if memory is None else memory.total / MIB,
        free_mib=gpu.memory_free_mib(),
        driver=_quietly(_driver),
        used_by=gpu_use_text(gpu.processes_mib(), gpu.utilization_percent()),
    )


def _driver() -> str:
    import pynvml

    version = pynvml.nvmlSystemGetDriverVersion()
    return plain(version.decode() if isinstance(version, bytes) else str(version))


def gpu_use_text(processes_mib: dict[int, float | None], percent: float | None) -> str | None:
    """Who is on a GPU at this moment; None if neither figure is known."""
    said = [
        f"process {pid}" + ("" if mib is None else f" ({forecast.mib_text(mib)})")
        for pid, mib in processes_mib.items()
    ]
    if percent is not None and percent > BUSY_PERCENT:
        said.append(f"{percent:.0f} % utilised")
    if said:
        return ", ".join(said)
    return None if percent is None else "nobody"


def contender_standings(
    name: str, *, unwanted: Callable[[], bool] = lambda: False
) -> dict[str, device.Standing]:
    """Every contender's reason against the device, and its description.

    A process of its own imports the frameworks for it, which takes seconds; it ends early when
    `unwanted` says so.
    """
    names = contenders.names()
    try:
        return device.probe(name, names, unwanted=unwanted)
    except Exception as error:
        lost = device.Standing(f"Asking it failed: {type(error).__name__}.")
        return dict.fromkeys(names, lost)


def contender_reasons(name: str) -> dict[str, str | None]:
    """Why each contender can't run on the device, or None."""
    return {each: standing.reason for each, standing in contender_standings(name).items()}


def earlier_documents(folder: Path) -> list[Document]:
    """The newest documents in a folder that were measured on this machine; the newest first."""
    try:
        paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []
    machine = _quietly(hardware.machine_id)
    return [] if machine is None else forecast.of_machine(_read(paths[:MOST_DOCUMENTS]), machine)


def _read(paths: Sequence[Path]) -> list[Document]:
    found = []
    for path in paths:
        try:
            if path.stat().st_size <= MOST_BYTES:
                found.append(result.read(path))
        except (UsageError, OSError):
            continue  # the history tells of damaged documents
    return found


def _quietly(ask: Callable[[], Any]) -> Any:
    """The answer, or None where asking fails."""
    try:
        return ask()
    except Exception:
        return None
