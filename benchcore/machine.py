"""The machine as a cell sees it: time, worker processes, telemetry, free memory.

Behind a protocol, so that the whole schedule of a cell runs on a simulated machine in the tests.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchcore import core_speed, pinning
from benchcore.channel import AnswerT, WorkerProcess, worker_environment
from benchcore.events import Sampled
from benchcore.hardware import memory_available_mib
from benchcore.nvml import NvmlDevice, NvmlUnavailableError
from benchcore.orders import Order
from benchcore.reserve import Reserve, most_ahead
from benchcore.samples import Conditions
from benchcore.telemetry import Telemetry

PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20

LAUNCH_BLOCKING = {"CUDA_LAUNCH_BLOCKING": "1"}
"""Each kernel launch waits for its kernel: how the original benchmark ran both frameworks."""


class WorkerLike(Protocol):
    """What a cell needs of a worker; see `channel.WorkerProcess`."""

    @property
    def pid(self) -> int:
        """The process's number."""

    def send(self, order: Order) -> None:
        """Send an order."""

    def poll(self, expected: type[AnswerT], within_s: float) -> AnswerT | None:
        """Its answer, if it comes in time."""

    def close(self, *, gently: bool = True) -> None:
        """End the process."""


class BlockObservation(Protocol):
    """A block being observed; see `telemetry.Observation`."""

    def end(self) -> Conditions:
        """The block is over."""


class Machine(Protocol):
    """All that a cell asks of its surroundings."""

    def now_s(self) -> float:
        """A clock that never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def start(self, contender: str) -> WorkerLike:
        """A worker process without orders yet; raises OSError where the system gives none."""

    def settled(self) -> bool:
        """Whether no process that was started for later is still importing."""

    def observe(self, worker: int, idle: Sequence[int], core: int | None) -> BlockObservation:
        """A block of the process `worker` begins on `core`, while the processes `idle` wait."""

    def choose_core(self) -> int | None:
        """The core that workers are timed on next, or None if they may use all."""

    def free_mib(self) -> float | None:
        """Memory that new processes could take, on the plan's device."""

    def sample(self, pids: Mapping[str, int]) -> Sampled:
        """What a live display shows, now."""


class ThisMachine:
    """The real one, for one device. Close it when the run is over.

    `contenders` are those of whose later launches some may be started ahead together.
    """

    def __init__(
        self,
        device: str,
        threads: int,
        *,
        launch_blocking: bool = False,
        contenders: Sequence[str] = (),
    ) -> None:
        self._device = device
        self._environment = worker_environment(threads)
        if launch_blocking and device != "cpu":
            self._environment.update(LAUNCH_BLOCKING)
        self._began_s = time.monotonic()
        try:
            self._nvml = None if device == "cpu" else NvmlDevice(device)
        except NvmlUnavailableError:
            self._nvml = None
        self._used_before_mib = self._nvml.memory_used_mib() if self._nvml else None
        self._usable = os.sched_getaffinity(0)
        most = most_ahead(device, len(self._usable), memory_available_mib())
        self._reserve = Reserve(self._begin, most, contenders)
        self._core: int | None = None
        self._candidates: list[int] = []
        if device != "cpu":
            near = self._nvml.near_cores() if self._nvml else None
            self._candidates = pinning.candidates(self._usable, near)
        self.telemetry = Telemetry(device)

    def now_s(self) -> float:
        """See Machine."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See Machine."""
        time.sleep(seconds)

    def start(self, contender: str) -> WorkerProcess:
        """See Machine."""
        return self._reserve.take(contender)

    def _begin(self, contender: str) -> WorkerProcess:
        return WorkerProcess(contender, self._device, self._environment)

    def settled(self) -> bool:
        """See Machine."""
        return self._reserve.settled()

    def observe(self, worker: int, idle: Sequence[int], core: int | None) -> BlockObservation:
        """See Machine."""
        return self.telemetry.begin(worker, idle, core)

    def choose_core(self) -> int | None:
        """See Machine; this process keeps off it from then on."""
        if not self._candidates:
            return None
        looks = {core: core_speed.probe_on_us(core) for core in self._candidates}
        known = {core: took_us for core, took_us in looks.items() if took_us is not None}
        self._core = pinning.choice(self._core, known)
        if self._core is not None:
            pinning.restrict(self._usable - {self._core})
        return self._core

    def free_mib(self) -> float | None:
        """See Machine; what the kernel calls available, or what NVML calls free."""
        if self._device != "cpu":
            return None if self._nvml is None else self._nvml.memory_free_mib()
        return memory_available_mib()

    def sample(self, pids: Mapping[str, int]) -> Sampled:
        """See Machine."""
        at_s = time.monotonic() - self._began_s
        if self._device == "cpu":
            return Sampled(at_s=at_s, memory_mib=_resident_mib(pids), memory_source="resident")
        found: dict[str, float | None] = {}
        source = "nvml_process"
        if self._nvml is not None:
            processes = self._nvml.processes_mib()
            found = {name: processes.get(pid) for name, pid in pids.items()}
            if pids and all(value is None for value in found.values()):
                source, found = "nvml_device_growth", {}
                used = self._nvml.memory_used_mib()
                if used is not None and self._used_before_mib is not None:
                    found = {"": used - self._used_before_mib}
        gpu = self.telemetry.gpu.latest() if self.telemetry.gpu else None
        return Sampled(
            at_s=at_s,
            memory_mib={name: value for name, value in found.items() if value is not None},
            memory_source=source,
            sm_clock_mhz=gpu.sm_clock_mhz if gpu else None,
            power_w=gpu.power_w if gpu else None,
            temperature_c=gpu.temperature_c if gpu else None,
            utilization_percent=gpu.utilization_percent if gpu else None,
            throttle_reasons=sorted(gpu.throttle_reasons) if gpu else [],
        )

    def close(self) -> None:
        """End the telemetry and what waits for later, and use every core again."""
        self._reserve.close()
        self.telemetry.close()
        if self._core is not None:
            pinning.restrict(self._usable)


def _resident_mib(pids: Mapping[str, int]) -> dict[str, float]:
    found = {}
    for name, pid in pids.items():
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
        found[name] = pages * PAGE_MIB
    return found
