"""How far a cell is from what its device can do: shares of the measured ceilings.

The time is the median of the synchronised iterations, as in the tables of factors. The arithmetic
is that of the definition (`macs`), two operations a multiply-accumulate. An algorithm that needs
fewer, such as Winograd's, can exceed 100 % of the peak; so can bfloat16 that of TF32.
"""

from benchcore.architecture import NETWORKS
from benchcore.ceilings import Ceilings, known
from benchcore.macs import macs_per_image
from benchcore.result import CellResult, ContenderResult
from benchcore.samples import Record, is_time
from benchcore.traffic import least_bytes

LESS_THAN_FP32 = ("tf32", "bf16")
"""Precisions whose products may exceed the FP32 ceiling; that of TF32 fits the first alone."""


class Distance(Record, frozen=True, kw_only=True):
    """One contender in one cell. A share is of 1, and null without the ceiling."""

    tflop_per_s: float
    least_traffic_gb_per_s: float
    fp32_share: float | None = None
    tf32_share: float | None = None
    copy_share: float | None = None


def distance(
    cell: CellResult, result: ContenderResult, ceilings: Ceilings | None
) -> Distance | None:
    """None where the contender has no median, or nobody knows what the network computes."""
    if result.status != "ok" or result.wall is None or not is_time(result.wall.median_ms):
        return None
    if cell.network not in NETWORKS or cell.batch < 1:
        return None
    size = (cell.image_height_px, cell.image_width_px)
    flop = 2 * cell.batch * macs_per_image(cell.network, cell.mode, *size)
    moved = least_bytes(cell.network, cell.mode, cell.batch, *size)
    tflop_per_s = flop / result.wall.median_ms / 1e9
    gb_per_s = moved / result.wall.median_ms / 1e6
    if ceilings is None:
        return Distance(tflop_per_s=tflop_per_s, least_traffic_gb_per_s=gb_per_s)
    return Distance(
        tflop_per_s=tflop_per_s,
        least_traffic_gb_per_s=gb_per_s,
        fp32_share=_share(tflop_per_s, ceilings.fp32_tflop_per_s),
        tf32_share=_share(tflop_per_s, ceilings.tf32_tflop_per_s),
        copy_share=_share(gb_per_s, ceilings.copy_gb_per_s),
    )


def _share(value: float, ceiling: float | None) -> float | None:
    ceiling = known(ceiling)
    return None if ceiling is None else value / ceiling
