"""Tables that a page may quote of a run beside those of its report; a report has no use for them.

`contenders`, `processes`, `classes` and `kept` are their names.
"""

from __future__ import annotations

from collections.abc import Callable

from benchcore.architecture import RESNET50
from benchcore.kernels.profile import ROWS, Gap
from benchcore.report.table import NOTHING, Table, number
from benchcore.result import CellResult, Document
from docs_support import kept as shapes
from docs_support.cell_words import launch_medians_ms

DLIB = "dlib"
"""Contenders whose names begin so keep what `docs_support.kept` counts."""


def contenders(document: Document) -> Table:
    """All contenders of a cell beside each other, where a report has a table for each of them."""
    return Table(
        title=f"All contenders, factor to {document.plan.reference}",
        groups=(("", 4), ("Time (ms)", 4), ("Memory (MiB)", 2)),
        headings=(
            *("network", "mode", "batch", "contender"),
            *("median", "factor", "95 %", "verdict", "step", "factor"),
        ),
        rows=[
            (*_cell(cell), name, *_against(cell, name))
            for cell in document.cells
            for name in cell.contenders
        ],
        remarks=[],
    )


def _against(cell: CellResult, name: str) -> tuple[str, ...]:
    result, factor, verdict = cell.contenders[name], cell.factors.get(name), cell.verdict.get(name)
    time, memory = (None, None) if factor is None else (factor.time, factor.memory)
    return (
        result.status if result.wall is None else number(result.wall.median_ms),
        number(None if time is None else time.estimate),
        NOTHING if time is None or time.low is None else f"{time.low:.2f}-{time.high:.2f}",
        NOTHING if verdict is None else verdict.outcome,
        NOTHING if result.memory is None else f"{result.memory.step_peak_mib:.0f}",
        number(None if memory is None else memory.estimate),
    )


def processes(document: Document) -> Table:
    """The median of each launch: what an interval over launches is made of."""
    found = [
        (*_cell(cell), name, launch_medians_ms(result))
        for cell in document.cells
        for name, result in cell.contenders.items()
        if result.samples
    ]
    most = max((len(medians) for *_, medians in found), default=0)
    return Table(
        title="Median of each process (ms), in the order of their launches",
        groups=(("", 4 + most),),
        headings=("network", "mode", "batch", "contender", *(str(n + 1) for n in range(most))),
        rows=[
            (*row, *(number(value) for value in medians), *[NOTHING] * (most - len(medians)))
            for *row, medians in found
        ],
        remarks=[],
    )


def classes(document: Document) -> Table:
    """How much longer each contender takes than the reference, class by class, all cells."""
    gaps = [
        (cell, name, gap)
        for cell in document.cells
        if cell.profile is not None
        for name, gap in cell.profile.gaps.items()
    ]
    kinds = [kind for kind in ROWS if any(kind in gap.rows_ms for *_, gap in gaps)]
    rows = [(kind, *(_difference(gap.rows_ms.get(kind)) for *_, gap in gaps)) for kind in kinds]
    rows.append(("all rows", *(_difference(gap.sum_ms) for *_, gap in gaps)))
    rows.append(("measured", *(_difference(gap.measured_ms) for *_, gap in gaps)))
    rows.append(("all kernels", *(_busy(cell, name, gap) for cell, name, gap in gaps)))
    return Table(
        title="Difference of an iteration by class (ms), and the time of all kernels (ms)",
        groups=(("", 1), *((f"{cell.mode} {cell.batch}", 1) for cell, *_ in gaps)),
        headings=("class", *(f"{name} - {gap.reference}" for _, name, gap in gaps)),
        rows=rows,
        remarks=["all kernels: the contender's / the reference's."],
    )


def _difference(value_ms: float | None) -> str:
    return NOTHING if value_ms is None else f"{value_ms:+.3f}"


def _busy(cell: CellResult, contender: str, gap: Gap) -> str:
    """Everything but `idle`, which alone depends on how fast the host was."""
    assert cell.profile is not None
    pair = (cell.profile.contenders[name].busy_ms for name in (contender, gap.reference))
    return " / ".join(map(number, pair))


def kept(document: Document) -> Table:
    """What dlib keeps by the shapes of `resnet50`, and what its process grew by."""
    rows = []
    for cell in document.cells:
        size = (cell.mode, cell.batch, cell.image_height_px, cell.image_width_px)
        for name, result in cell.contenders.items():
            if cell.network != RESNET50 or not name.startswith(DLIB) or result.memory is None:
                continue
            expected = shapes.kept(*size)
            grown_mib = result.memory.steady_mib - result.memory.model_mib
            figures = (expected.outputs_mib, expected.gradients_mib, expected.total_mib)
            words = (f"{value:.0f}" for value in (*figures, grown_mib))
            rest = f"{grown_mib - expected.total_mib:.0f}"
            rows.append((*_cell(cell), name, *words, rest))
    return Table(
        title="What dlib keeps, counted from the shapes, and what its process grew by (MiB)",
        groups=(("", 4), ("From the shapes", 3), ("model to steady", 2)),
        headings=(
            *("network", "mode", "batch", "contender"),
            *("outputs", "gradients", "both", "measured", "the rest"),
        ),
        rows=rows,
        remarks=[],
    )


def _cell(cell: CellResult) -> tuple[str, str, str]:
    return cell.network, cell.mode, str(cell.batch)


TABLES: dict[str, Callable[[Document], Table]] = {
    "contenders": contenders,
    "processes": processes,
    "classes": classes,
    "kept": kept,
}
