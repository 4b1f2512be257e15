"""The measurement of a device's peaks, through PyTorch, in a process of its own.

`python -m benchcore.ceilings_probe DEVICE THREADS` prints the ceilings as one line of JSON, or
`{"failed": "a sentence"}`. Only that process imports this module.
"""

import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple

import msgspec
import torch

from benchcore import ceilings, hardware
from benchcore.ceilings import BufferCopy, Ceilings, Precision, SquareProduct
from benchcore.clock import time_iterations
from benchcore.contenders.torch_variants import TorchTf32
from benchcore.device_events import DeviceEvents

WARM_UP_S = 0.5
"""Before anything counts: clocks rise, libraries load their kernels."""

Call = Callable[[], object]


class Timed(NamedTuple):
    """One size that was repeated."""

    size: int
    repeats: int
    median_ms: float


class Probe:
    """One device; the sizes are those of `ceilings` unless a caller has its own."""

    def __init__(
        self,
        device: str,
        threads: int,
        *,
        squares: Sequence[int] | None = None,
        copies_mib: Sequence[int] | None = None,
        size_s: float = ceilings.SIZE_S,
    ) -> None:
        self._name, self._device, self._threads = device, torch.device(device), threads
        kind = ceilings.kind(device)
        self._squares = ceilings.SQUARES[kind] if squares is None else squares
        self._copies_mib = ceilings.COPIES_MIB[kind] if copies_mib is None else copies_mib
        self._size_s = size_s
        self._cuda = self._device.type == "cuda"
        torch.set_num_threads(threads)
        if self._cuda:
            torch.cuda.set_device(self._device)
            torch.cuda.synchronize()  # the context exists from here on
        self._events = DeviceEvents() if self._cuda else None
        self._unknown: dict[str, str] = {}

    def measure(self) -> Ceilings:
        """All of them; a figure that can't be had has a reason instead."""
        self._warm_up()
        products = self._products("fp32")
        tf32_missing = TorchTf32.unavailable(self._name)
        if tf32_missing is None:
            products += self._products("tf32")
        else:
            self._unknown["tf32_tflop_per_s"] = tf32_missing
        copies = self._copies()
        return Ceilings(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            device=self._name,
            device_name=self._device_name(),
            torch=str(torch.__version__),
            threads=self._threads,
            clock="device" if self._cuda else "wall",
            fp32_tflop_per_s=ceilings.best_product(products, "fp32"),
            tf32_tflop_per_s=ceilings.best_product(products, "tf32"),
            copy_gb_per_s=ceilings.best_copy(copies),
            unknown_because=self._unknown,
            products=products,
            copies=copies,
        )

    def _warm_up(self) -> None:
        call = self._product(self._squares[0])
        time_iterations(
            lambda: _ignored(call()),
            self._synchronize,
            seconds=WARM_UP_S,
            least=1,
            most=100_000,
        )

    def _products(self, precision: Precision) -> list[SquareProduct]:
        # On the CPU this switch would let oneDNN round too.
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        return [
            SquareProduct(
                precision=precision,
                side=side,
                repeats=repeats,
                median_ms=median_ms,
                tflop_per_s=ceilings.product_flop(side) / median_ms / 1e9,
            )
            for side, repeats, median_ms in self._sizes(
                f"{precision}_tflop_per_s",
                self._squares,
                work=ceilings.product_flop,
                room_bytes=ceilings.product_bytes,
                prepare=self._product,
            )
        ]

    def _copies(self) -> list[BufferCopy]:
        return [
            BufferCopy(
                buffer_mib=mib,
                repeats=repeats,
                median_ms=median_ms,
                gb_per_s=ceilings.copy_bytes(mib) / median_ms / 1e6,
            )
            for mib, repeats, median_ms in self._sizes(
                "copy_gb_per_s",
                self._copies_mib,
                work=ceilings.copy_bytes,
                room_bytes=ceilings.copy_bytes,
                prepare=self._copy,
            )
        ]

    def _sizes(
        self,
        figure: str,
        sizes: Sequence[int],
        *,
        work: Callable[[int], int],
        room_bytes: Callable[[int], int],
        prepare: Callable[[int], Call],
    ) -> list[Timed]:
        """In rising order until one is too long or too large; without any there is a reason."""
        found: list[Timed] = []
        reason = "The free memory has no room for the smallest size."
        for size in sizes:
            rates = [1e3 * work(one.size) / one.median_ms for one in found]
            if not ceilings.in_time(work(size), rates):
                break
            if not ceilings.fits(room_bytes(size), self._free_bytes()):
                break
            try:
                found.append(self._timed(size, prepare(size)))
            except (RuntimeError, MemoryError) as error:  # others took the memory meanwhile
                reason = _in_words(error)
                break
        if not found:
            self._unknown[figure] = reason
        return found

    def _product(self, side: int) -> Call:
        # Drawn numbers: a device that multiplies zeros needs less power, and clocks higher.
        left, right = (torch.randn(side, side, device=self._device) for _ in range(2))
        result = torch.empty_like(left)
        return lambda: torch.mm(left, right, out=result)

    def _copy(self, mib: int) -> Call:
        source = torch.ones(mib * ceilings.MIB // ceilings.FLOAT_BYTES, device=self._device)
        target = torch.zeros_like(source)
        return lambda: target.copy_(source)

    def _timed(self, size: int, call: Call) -> Timed:
        """After one call that does not count."""
        call()
        timings = time_iterations(
            lambda: _ignored(call()),
            self._synchronize,
            seconds=self._size_s,
            least=ceilings.LEAST_REPEATS,
            most=ceilings.MOST_REPEATS,
            device=self._events,
        )
        spans_ms = timings.wall_ms if timings.device_ms is None else timings.device_ms
        return Timed(size, len(spans_ms), median(spans_ms))

    def _synchronize(self) -> None:
        if self._cuda:
            torch.cuda.synchronize(self._device)

    def _free_bytes(self) -> float:
        """What this process may still allocate."""
        if self._cuda:
            torch.cuda.empty_cache()
            return float(torch.cuda.mem_get_info(self._device)[0])
        free_mib = hardware.memory_available_mib()
        return float("inf") if free_mib is None else free_mib * ceilings.MIB

    def _device_name(self) -> str | None:
        if self._cuda:
            return str(torch.cuda.get_device_name(self._device))
        return str(hardware.cpu()["model"] or platform.machine()) or None


def _ignored(result: object) -> None:
    """The clock's iterations return nothing."""


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def main(device: str, threads: int) -> None:
    """Print what was found, or what failed."""
    try:
        answer = msgspec.json.encode(Probe(device, threads).measure())
    except Exception as error:  # whatever it is, the asking process has a sentence to show
        answer = msgspec.json.encode({"failed": _in_words(error)})
    print(answer.decode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
