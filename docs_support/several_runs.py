"""What a page may quote of several runs together: dlib against PyTorch in all of their cells.

A cell that two runs measured has a row for each. `cells` is the table's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchcore.report.table import MODE_TITLES, NOTHING, Table, number
from benchcore.result import CellResult
from docs_support.documents import Run

CONTENDER = "dlib"


def cells(runs: Sequence[Run]) -> Table:
    """By network, mode and batch size, then by when the run began."""
    found = [
        (cell, run)
        for run in sorted(runs, key=lambda run: run.document.created)
        for cell in run.document.cells
        if CONTENDER in cell.contenders
    ]
    found.sort(key=lambda pair: (pair[0].network, pair[0].mode, pair[0].batch))
    references = " and ".join(dict.fromkeys(run.document.plan.reference for run in runs))
    return Table(
        title=f"{CONTENDER} / {references}, all cells of these documents",
        groups=(("", 3), ("Memory (MiB)", 3), ("Time (ms)", 5), ("", 2)),
        headings=(
            *("network", "mode", "batch"),
            *(CONTENDER, references, "factor"),
            *(CONTENDER, references, "factor", "95 %", "verdict"),
            *("processes", "document"),
        ),
        rows=[_row(cell, run) for cell, run in found],
        remarks=["Processes: of each contender; document: its name without the date."],
    )


def _row(cell: CellResult, run: Run) -> tuple[str, ...]:
    pair = [cell.contenders.get(name) for name in (CONTENDER, run.document.plan.reference)]
    factor, verdict = cell.factors.get(CONTENDER), cell.verdict.get(CONTENDER)
    time, memory = (None, None) if factor is None else (factor.time, factor.memory)
    peaks = (
        None if one is None or one.memory is None else one.memory.step_peak_mib for one in pair
    )
    medians = (None if one is None or one.wall is None else one.wall.median_ms for one in pair)
    return (
        cell.network,
        MODE_TITLES.get(cell.mode, cell.mode).split()[0],
        str(cell.batch),
        *(NOTHING if peak is None else f"{peak:.0f}" for peak in peaks),
        number(None if memory is None else memory.estimate),
        *(number(median) for median in medians),
        number(None if time is None else time.estimate),
        NOTHING if time is None or time.low is None else f"{time.low:.2f}-{time.high:.2f}",
        NOTHING if verdict is None else verdict.outcome,
        str(cell.launches),
        run.name[len("2026-01-01-") :],
    )
