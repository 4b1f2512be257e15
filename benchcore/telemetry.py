"""What the machine did while a block ran: clocks, power, heat, and who used the CPU.

On CUDA a thread reads NVML every 50 ms; on the CPU, and of the CPU, two readings at the block's
ends are enough. No figure is invented: what the hardware doesn't give is None.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchcore.cpu_time import CpuAccount, CpuReading
from benchcore.nvml import NvmlDevice, NvmlUnavailableError
from benchcore.samples import Conditions

CLOSE_LIMIT_S = 2.0
"""For a call of NVML to return, which takes milliseconds."""

PERIOD_S = 0.05
"""Six NVML queries take about half a millisecond: 1 % of a core."""

KEPT_SAMPLES = 4096
"""Over three minutes: longer than any block."""


@dataclass(frozen=True)
class GpuSample:
    """One look at the device."""

    at_s: float
    sm_clock_mhz: float | None
    memory_clock_mhz: float | None
    power_w: float | None
    temperature_c: float | None
    utilization_percent: float | None
    throttle_reasons: frozenset[str]


class GpuSampler:
    """Looks at one GPU from a thread until it is closed; NVML failing later leaves gaps."""

    def __init__(self, device: NvmlDevice) -> None:
        self._device = device
        self._samples: deque[GpuSample] = deque(maxlen=KEPT_SAMPLES)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def since(self, at_s: float) -> list[GpuSample]:
        """The samples from `at_s` (time.monotonic) on."""
        return [sample for sample in list(self._samples) if sample.at_s >= at_s]

    def latest(self) -> GpuSample | None:
        """The last sample."""
        return self._samples[-1] if self._samples else None

    def energy_j(self) -> float | None:
        """The device's energy counter now."""
        return self._device.energy_j()

    def close(self) -> None:
        """End the thread; one that is stuck in the driver is left to the end of the process."""
        self._closing.set()
        self._thread.join(CLOSE_LIMIT_S)

    def _run(self) -> None:
        while not self._closing.wait(PERIOD_S):
            self._samples.append(self.look())

    def look(self) -> GpuSample:
        """One sample, now."""
        device = self._device
        return GpuSample(
            at_s=time.monotonic(),
            sm_clock_mhz=device.sm_clock_mhz(),
            memory_clock_mhz=device.memory_clock_mhz(),
            power_w=device.power_w(),
            temperature_c=device.temperature_c(),
            utilization_percent=device.utilization_percent(),
            throttle_reasons=device.throttle_reasons(),
        )


class Telemetry:
    """Conditions of one block after another: `begin`, then `end`."""

    def __init__(self, device: str) -> None:
        self._account = CpuAccount()
        self.gpu: GpuSampler | None = None
        self.missing: str | None = None
        """Why there are no figures of the GPU, where there should be some."""
        if device != "cpu":
            try:
                self.gpu = GpuSampler(NvmlDevice(device))
            except NvmlUnavailableError as error:
                self.missing = f"NVML gives no clocks, power or memory here ({error})."

    def begin(self, worker: int, idle: Sequence[int], core: int | None = None) -> "Observation":
        """The block of the process `worker` starts while the processes `idle` wait.

        `core` is the one that they are all pinned to, if they are.
        """
        return Observation(self._account, self.gpu, worker, idle, core)

    def close(self) -> None:
        """End what runs."""
        if self.gpu is not None:
            self.gpu.close()


class Observation:
    """One block being observed."""

    def __init__(
        self,
        account: CpuAccount,
        gpu: GpuSampler | None,
        worker: int,
        idle: Sequence[int],
        core: int | None,
    ) -> None:
        self._account, self._gpu = account, gpu
        self._worker, self._idle, self._core = worker, idle, core
        self._energy_j = None if gpu is None else gpu.energy_j()
        self._before: CpuReading = account.read(worker, idle, core)

    def end(self) -> Conditions:
        """The block is over."""
        after = self._account.read(self._worker, self._idle, self._core)
        shares = self._account.shares(self._before, after)
        samples: list[GpuSample] = []
        energy_j = None
        if self._gpu is not None:
            samples = self._gpu.since(self._before.at_s) or [self._gpu.look()]
            now_j = self._gpu.energy_j()
            if now_j is not None and self._energy_j is not None:
                energy_j = now_j - self._energy_j
        return Conditions(
            sm_clock_mhz=_median(samples, lambda s: s.sm_clock_mhz),
            memory_clock_mhz=_median(samples, lambda s: s.memory_clock_mhz),
            power_w=_median(samples, lambda s: s.power_w),
            temperature_c=_median(samples, lambda s: s.temperature_c),
            utilization_percent=_median(samples, lambda s: s.utilization_percent),
            throttle_reasons=sorted({r for s in samples for r in s.throttle_reasons}),
            energy_j=energy_j,
            foreign_cpu_share=shares.foreign,
            core=self._core,
            foreign_core_share=shares.foreign_on_core,
            idle_workers_cpu_share=shares.idle_workers,
            observer_cpu_share=shares.observer,
        )


def _median(
    samples: Iterable[GpuSample], figure: Callable[[GpuSample], float | None]
) -> float | None:
    known = [value for sample in samples if (value := figure(sample)) is not None]
    return median(known) if known else None
