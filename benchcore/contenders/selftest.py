"""Contenders with known properties, for `benchcore selftest` to find again by measuring.

They are not listed: their only use is to test the measurement itself.
"""

import time
from collections.abc import Callable, Iterator

import torch

from benchcore.contenders.base import Cell, Prepared
from benchcore.contenders.torch import MIB, Torch

SLOWED_BY = 0.03
"""The share of its own duration by which each iteration is slowed."""

HOARDED_MIB = 256
"""What is held on the device in addition to PyTorch's own memory."""


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


class Hoarding(Torch):
    """PyTorch that holds `HOARDED_MIB` more from `prepare` on, each page of it written."""

    description = f"PyTorch, holding {HOARDED_MIB} MiB that it doesn't need"

    def prepare(self, cell: Cell) -> Prepared:
        """See the base class."""
        prepared = super().prepare(cell)
        self._hoard = torch.full((HOARDED_MIB * MIB,), 1, dtype=torch.uint8, device=self._device)
        return prepared
