"""What the device can do at best: its peaks of arithmetic and of copying, as they were measured.

A peak is the best of several sizes, each by its median: a small product leaves parts of the device
idle, and a short copy is over before the memory is busy. Which sizes are tried depends on the
memory that is free and on the time that they would take. Nothing here measures; `ceilings_probe`
does.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from benchcore.samples import Record

Precision = Literal["fp32", "tf32"]

SQUARES = {"cpu": (1024, 2048, 4096, 8192), "cuda": (2048, 4096, 8192, 16384)}
"""Rows of the matrices that are multiplied. On an H100 these reach 48, 52, 52 and 52.7 TFLOP/s in
FP32, and 329, 391, 387 and 364 in TF32."""

COPIES_MIB = {"cpu": (256, 1024), "cuda": (256, 1024, 4096)}
"""Of each of the two buffers. Smaller ones stay in a cache: that of an H100 holds 50 MiB, a server
processor's up to some hundreds."""

MEMORY_SHARE = 0.5
"""Of the free memory, for the buffers of one size; the rest is for workspaces and for others."""

LEAST_REPEATS = 5
MOST_REPEATS = 200
SIZE_S = 0.2
"""Each size is repeated for so long, and at least `LEAST_REPEATS` times."""

SIZE_LIMIT_S = 1.5
"""A size whose least repeats would take longer is left out, as far as the one before tells."""

LEAST_KNOWN, MOST_KNOWN = 1e-6, 1e9
"""TFLOP/s or GB/s beyond which a document's figure is no device's."""

FLOAT_BYTES = 4
MIB = 2**20


class SquareProduct(Record, frozen=True, kw_only=True):
    """Square float32 matrices multiplied, at one size."""

    precision: Precision
    side: int
    """Rows, and columns."""
    repeats: int
    median_ms: float
    tflop_per_s: float


class BufferCopy(Record, frozen=True, kw_only=True):
    """A buffer copied to another one on the same device, at one size."""

    buffer_mib: int
    repeats: int
    median_ms: float
    gb_per_s: float
    """Bytes read plus bytes written, in 10^9."""


class Ceilings(Record, frozen=True, kw_only=True):
    """The best of each, null where `unknown_because` says why, and all that was measured."""

    created: str
    device: str
    device_name: str | None
    torch: str
    threads: int
    clock: Literal["device", "wall"]
    """Events on the device, or the wall clock around a call and its synchronisation."""
    fp32_tflop_per_s: float | None
    tf32_tflop_per_s: float | None
    copy_gb_per_s: float | None
    unknown_because: dict[str, str] = msgspec.field(default_factory=dict)
    """A sentence for each figure that is null, by its name."""
    products: list[SquareProduct] = msgspec.field(default_factory=list)
    copies: list[BufferCopy] = msgspec.field(default_factory=list)


def known(figure: float | None) -> float | None:
    """The figure if a device can have it, from a document that may state anything; else None."""
    return figure if figure is not None and LEAST_KNOWN <= figure <= MOST_KNOWN else None


def kind(device: str) -> str:
    """`cpu` or `cuda`, which the sizes are chosen by."""
    return device.partition(":")[0]


def product_flop(side: int) -> int:
    """Operations in a product of two square matrices: two a multiply-accumulate."""
    return 2 * side**3


def product_bytes(side: int) -> int:
    """Memory for both factors and the result."""
    return 3 * FLOAT_BYTES * side**2


def copy_bytes(buffer_mib: int) -> int:
    """Memory for both buffers, and the traffic of a copy: each byte is read and written once."""
    return 2 * MIB * buffer_mib


def fits(needed_bytes: int, free_bytes: float) -> bool:
    """Whether there is room."""
    return needed_bytes <= MEMORY_SHARE * free_bytes


def in_time(work: float, rates: Sequence[float]) -> bool:
    """Whether the least repeats of so much work end in time at the best rate (work/s) so far.

    The first size is always tried.
    """
    if not rates:
        return True
    return (1 + LEAST_REPEATS) * work / max(rates) <= SIZE_LIMIT_S


def best_product(products: Iterable[SquareProduct], precision: Precision) -> float | None:
    """TFLOP/s, or None without a product in this precision."""
    rates = (one.tflop_per_s for one in products if one.precision == precision)
    return max(rates, default=None)


def best_copy(copies: Iterable[BufferCopy]) -> float | None:
    """GB/s, or None without a copy."""
    return max((one.gb_per_s for one in copies), default=None)


def in_words(found: Ceilings) -> str:
    """The figures that there are, with their units."""
    figures = (
        ("{} TFLOP/s in FP32", found.fp32_tflop_per_s),
        ("{} TFLOP/s in TF32", found.tf32_tflop_per_s),
        ("{} GB/s in a copy, read plus written", found.copy_gb_per_s),
    )
    said = [words.format(_digits(value)) for words, value in figures if known(value) is not None]
    return ", ".join(said) or "none was measured"


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if value < 1000 else f"{value:.0f}"
