"""One line a cell and contender, with units in the headings and full precision."""

import csv
import io

from benchcore.ceilings import Ceilings
from benchcore.distance import distance
from benchcore.report.plain import inert, spreadsheet
from benchcore.result import CellResult, ContenderResult, Document

MEMORY = ("context_mib", "model_mib", "search_peak_mib", "step_peak_mib", "steady_mib")
DISTANCE = (
    *("tflop_per_s", "fp32_share", "tf32_share"),
    *("least_traffic_gb_per_s", "copy_share"),
)
"""The shares are of the document's ceilings, 1 being all of one."""

NO_INTERVAL = (None, None)
WALL = ("median_ms", "mean_ms", "min_ms", "p25_ms", "p75_ms", "p90_ms", "count")
HEADINGS = (
    *("network", "mode", "batch", "image_height_px", "image_width_px", "precision"),
    *("contender", "contender_precision", "status", "reason"),
    *("num_parameters", "instantiate_ms", "first_ms"),
    *WALL,
    *("estimate_ms", "estimate_low_ms", "estimate_high_ms"),
    *("images_per_s", "images_per_s_low", "images_per_s_high", "joules_per_image"),
    *MEMORY,
    "memory_source",
    *("time_factor", "time_factor_low", "time_factor_high", "memory_factor", "verdict"),
    *("verdict_reason", "launches", "flags"),
    *("published_mean_ms", "published_mib"),
    *DISTANCE,
)


def render(document: Document) -> str:
    """RFC 4180 apart from its line ends, which are plain newlines; missing figures are empty.

    A string that a spreadsheet would compute has an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for cell in document.cells:
        for name, result in cell.contenders.items():
            writer.writerow([_safe(value) for value in _row(cell, name, result, document.ceilings)])
    return text.getvalue()


def _safe(value: object) -> object:
    """Strings come from anywhere; numbers are ours, and a negative one is no formula."""
    return inert(spreadsheet(value)) if isinstance(value, str) else value


def _row(
    cell: CellResult, name: str, result: ContenderResult, ceilings: Ceilings | None
) -> list[object]:
    factor = cell.factors.get(name)
    time = factor.time if factor else None
    memory = factor.memory if factor else None
    verdict = cell.verdict.get(name)
    far = distance(cell, result, ceilings)
    return [
        *(cell.network, cell.mode, cell.batch, cell.image_height_px, cell.image_width_px),
        *(cell.precision, name, result.precision, result.status, result.reason),
        *(result.num_parameters, result.instantiate_ms, result.first_ms),
        *(getattr(result.wall, key, None) for key in WALL),
        getattr(result.wall, "estimate_ms", None),
        *(getattr(result.wall, "ci95_ms", None) or NO_INTERVAL),
        result.images_per_s,
        *(getattr(result.throughput, "ci95_images_per_s", None) or NO_INTERVAL),
        result.joules_per_image,
        *(getattr(result.memory, key, None) for key in MEMORY),
        getattr(result.memory, "primary", None),
        *((time.estimate, time.low, time.high) if time else (None, None, None)),
        memory.estimate if memory else None,
        *((verdict.outcome, verdict.reason) if verdict else (None, None)),
        *(cell.launches, " ".join(cell.flags)),
        getattr(result.published, "mean_ms", None),
        getattr(result.published, "memory_mib", None),
        *(getattr(far, key, None) for key in DISTANCE),
    ]
