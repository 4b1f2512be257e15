"""What a page may quote of a run against an earlier one: the same cells, the same kind of machine.

`change` is a table; `closed` says in words how much of dlib's distance to the reference is gone.
`benchcore compare` judges two runs; this shows the figures side by side.
"""

from __future__ import annotations

from benchcore.compare import key_of
from benchcore.report.table import MODE_TITLES, NOTHING, Table, number
from benchcore.result import CellResult, Document

CONTENDER = "dlib"


def change(earlier: Document, later: Document) -> Table:
    """Times, factors and first passes before and after, by batch size."""
    before = {key_of(cell): cell for cell in earlier.cells}
    rows = []
    for cell in sorted(later.cells, key=lambda cell: (cell.network, cell.mode, cell.batch)):
        for name in cell.contenders:
            pair = (before.get(key_of(cell)), cell)
            rows.append(
                (
                    *(cell.network, MODE_TITLES.get(cell.mode, cell.mode), str(cell.batch), name),
                    *(number(_median_ms(one, name)) for one in pair),
                    *(_factor(one, name) for one in pair),
                    *(_first(one, name) for one in pair),
                )
            )
    return Table(
        title="Before and after",
        groups=(("", 4), ("Time (ms)", 2), ("Factor", 2), ("First pass (ms)", 2)),
        headings=("network", "mode", "batch", "contender", *("before", "after") * 3),
        rows=rows,
        remarks=[],
    )


def closed(earlier: Document, later: Document) -> str:
    """The share of dlib's distance to the reference that is gone, by batch size."""
    before = {key_of(cell): cell for cell in earlier.cells}
    shares = []
    for cell in sorted(later.cells, key=lambda cell: cell.batch):
        gaps_ms = [_gap_ms(one, later.plan.reference) for one in (before.get(key_of(cell)), cell)]
        if gaps_ms[0] and gaps_ms[1] is not None:
            shares.append((cell.batch, 1 - gaps_ms[1] / gaps_ms[0]))
    return ", ".join(f"{100 * share:.0f} % at batch {batch}" for batch, share in shares)


def _gap_ms(cell: CellResult | None, reference: str) -> float | None:
    mine, theirs = (_median_ms(cell, name) for name in (CONTENDER, reference))
    return None if mine is None or theirs is None else mine - theirs


def _median_ms(cell: CellResult | None, name: str) -> float | None:
    result = None if cell is None else cell.contenders.get(name)
    return None if result is None or result.wall is None else result.wall.median_ms


def _first(cell: CellResult | None, name: str) -> str:
    result = None if cell is None else cell.contenders.get(name)
    return NOTHING if result is None or result.first_ms is None else f"{result.first_ms:.0f}"


def _factor(cell: CellResult | None, name: str) -> str:
    factor = None if cell is None else cell.factors.get(name)
    return number(None if factor is None or factor.time is None else factor.time.estimate)
