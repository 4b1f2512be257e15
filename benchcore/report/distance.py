"""The table of how far each cell is from what its device can do."""

from collections.abc import Iterator

from benchcore.ceilings import Ceilings, in_words
from benchcore.distance import LESS_THAN_FP32, distance
from benchcore.report.table import NOTHING, Table, number
from benchcore.result import Document


def table(document: Document) -> Table:
    """Shares of the ceilings; without rows where the document has no ceilings."""
    ceilings = document.ceilings
    rows: list[tuple[str, ...]] = []
    reduced: dict[str, str] = {}
    for cell in document.cells if ceilings is not None else ():
        for name, result in cell.contenders.items():
            found = distance(cell, result, ceilings)
            if found is None:
                continue
            rows.append(
                (
                    *(cell.network, cell.mode, str(cell.batch), name),
                    number(found.tflop_per_s),
                    *map(_percent, (found.fp32_share, found.tf32_share, found.copy_share)),
                )
            )
            if result.precision in LESS_THAN_FP32:
                reduced[name] = result.precision
    return Table(
        title="Distance to the hardware",
        groups=(("", 5), ("% of ceiling", 3)),
        headings=(
            *("network", "mode", "batch", "contender", "TFLOP/s"),
            *("FP32", "TF32", "copy"),
        ),
        rows=rows,
        remarks=[] if ceilings is None else list(_remarks(ceilings, reduced)),
    )


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.1f}"


def _remarks(ceilings: Ceilings, reduced: dict[str, str]) -> Iterator[str]:
    yield f"Ceilings: {origin(ceilings)}."
    yield (
        "TFLOP/s are the definition's operations in the median time; an algorithm that needs fewer "
        "can exceed 100 %. Copy: the least traffic, each product reading its input and weights and "
        "writing its output once, against the bandwidth of a copy."
    )
    by_tf32 = [name for name, precision in reduced.items() if precision == "tf32"]
    others = [name for name in reduced if name not in by_tf32]
    if by_tf32:
        yield f"For {', '.join(by_tf32)} TF32 is the fitting column, for float32 it is FP32."
    if others:
        yield f"No ceiling here fits {', '.join(others)}, which can exceed that of TF32."


def origin(ceilings: Ceilings) -> str:
    """The ceilings in words, and when they were measured on what."""
    device = ceilings.device
    if ceilings.device_name is not None:
        device += f" ({ceilings.device_name})"
    return f"{in_words(ceilings)}; measured on {device}, {ceilings.created}"
