"""Contenders with known properties, for `benchcore selftest` to find again by measuring.

They are not listed: their only use is to test the measurement itself.
"""

import ctypes
import mmap
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchcore.contenders.base import Cell, Contender, Prepared
from benchcore.contenders.torch import MIB, Torch
from benchcore.known import HOARDED_MIB, SLOWED_BY
from benchcore.memory import open_context


class Slowed(Torch):
    """PyTorch whose iterations take `1 + SLOWED_BY` times as long as they did.

    Each one is waited for and then prolonged by busy-waiting: a sleep is too coarse, and would
    let the core slow down. So nothing overlaps, and only synchronised iterations compare.
    """

    description = f"PyTorch, each iteration {SLOWED_BY:.0%} slower than it is"

    def enqueue(self) -> None:
        """See the base class; the device is idle when it returns."""
        began = time.perf_counter_ns()
        super().enqueue()
        self.synchronize()
        now = time.perf_counter_ns()
        end = now + (now - began) * SLOWED_BY
        while time.perf_counter_ns() < end:
            pass

    def stages(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """None: the delay belongs to no part."""
        return iter(())


class Hoarding(Contender):
    """No network at all: `HOARDED_MIB` on the device from `prepare` on, each page written."""

    description = f"nothing but {HOARDED_MIB} MiB"

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """Memory is everywhere that a context can be opened."""
        try:
            open_context(device)
        except OSError as error:
            return f"There is no context on {device}: {error}."
        return None

    def prepare(self, cell: Cell) -> Prepared:
        """Allocate, by the kernel or driver itself: nobody's kept memory is in the way."""
        if cell.device == "cpu":
            self._hoard = mmap.mmap(-1, HOARDED_MIB * MIB)
            np.frombuffer(self._hoard, np.uint8)[:] = 1  # it is there once it is written to
        else:
            driver, address = ctypes.CDLL("libcuda.so.1"), ctypes.c_void_p()
            size = ctypes.c_size_t(HOARDED_MIB * MIB)
            if driver.cuMemAlloc_v2(ctypes.byref(address), size) != 0:
                raise MemoryError(f"the device has no {HOARDED_MIB} MiB to give")
        return Prepared(num_parameters=0, instantiate_ms=0.0, version="")

    def enqueue(self) -> None:
        """Nothing."""

    def synchronize(self) -> None:
        """Nothing."""

    def outputs(self) -> NDArray[np.float64]:
        """None."""
        return np.zeros(0)

    def memory(self) -> dict[str, float]:
        """No framework."""
        return {}
