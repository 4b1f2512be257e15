"""The tables of the original benchmark as rows of words, for every text format to lay out.

For each network and mode, one table a contender: the batch size, memory of both and their factor,
time of both and their factor. Below 1 the contender is better than the reference.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from benchcore.report import distance, figures
from benchcore.report.process_words import processes_differ
from benchcore.report.quotient import quotient_remark
from benchcore.report.table import MODE_TITLES, NOTHING, TRAINING_PARTS, Table, number
from benchcore.result import CellResult, ContenderResult, Document, Interval


def tables(document: Document, *, detailed: bool = False) -> Iterator[Table]:
    """All tables of a document: those of factors first, then those beside them.

    `detailed` adds the 90th percentile and images/s to the tables of factors. Rows are in the order
    of batch sizes, in whatever order these were measured.
    """
    places: dict[tuple[str, str], int] = {}
    for cell in document.cells:
        places.setdefault((cell.network, cell.mode), len(places))
    ordered = sorted(document.cells, key=lambda cell: (places[cell.network, cell.mode], cell.batch))
    document = msgspec.structs.replace(document, cells=ordered)
    yield from factor_tables(document, detailed=detailed)
    details = [
        figures.rates(document),
        distance.table(document),
        figures.phases(document),
        *figures.stages(document),
        figures.singles(document),
    ]
    yield from (table for table in details if table.rows)


def factor_tables(document: Document, *, detailed: bool = False) -> Iterator[Table]:
    """One for each network, mode and contender, whose rows are in the order of batch sizes."""
    plan = document.plan
    others = [name for name in plan.contenders if name != plan.reference] or [plan.reference]
    seen = dict.fromkeys((cell.network, cell.mode) for cell in document.cells)
    for network, mode in seen:
        cells = sorted(
            (c for c in document.cells if (c.network, c.mode) == (network, mode)),
            key=lambda cell: cell.batch,
        )
        for contender in others:
            factors = _factors(network, mode, contender, plan.reference, cells)
            yield _detailed(factors, contender, plan.reference, cells) if detailed else factors


def _factors(
    network: str, mode: str, contender: str, reference: str, cells: list[CellResult]
) -> Table:
    pair = (contender, reference) if contender != reference else (contender,)
    rows: list[tuple[str, ...]] = []
    alike: dict[str, list[str]] = {}
    for cell in cells:
        results = [cell.contenders.get(name) for name in pair]
        factor = cell.factors.get(contender)
        verdict = cell.verdict.get(contender)
        row = [str(cell.batch), *(_memory(result) for result in results)]
        if len(pair) == 2:
            row.append(_ratio(factor.memory if factor else None))
        row += [_time(result) for result in results]
        if len(pair) == 2:
            row.append(_ratio(factor.time if factor else None))
            row.append(_span(factor.time if factor else None))
            row.append(verdict.outcome if verdict else NOTHING)
        rows.append(tuple(row))
        for sentence in _remarks(cell, pair):
            alike.setdefault(sentence, []).append(str(cell.batch))
    compared = ("factor",) if len(pair) == 2 else ()
    extra = ("95 %", "verdict") if len(pair) == 2 else ()
    title = f"{network}, {MODE_TITLES.get(mode, mode)}, {' / '.join(pair)}"
    remarks = [f"A training step is {TRAINING_PARTS}."] if mode == "train" else []
    remarks += [f"Batch {', '.join(batches)}: {said}" for said, batches in alike.items()]
    return Table(
        title=title,
        groups=(
            ("", 1),
            ("Memory (MiB)", len(pair) + len(compared)),
            ("Time (ms)", len(pair) + len(compared) + len(extra)),
        ),
        headings=("batch", *pair, *compared, *pair, *compared, *extra),
        rows=rows,
        remarks=remarks,
    )


def _detailed(table: Table, contender: str, reference: str, cells: list[CellResult]) -> Table:
    """The same table with more columns, where there is room."""
    pair = tuple(dict.fromkeys((contender, reference)))
    rows: list[tuple[str, ...]] = []
    for row, cell in zip(table.rows, cells, strict=True):
        results = [cell.contenders.get(name) for name in pair]
        late = [r.wall.p90_ms if r is not None and r.wall is not None else None for r in results]
        rates = [None if r is None else r.images_per_s for r in results]
        rows.append((*row, *map(number, late), *map(number, rates)))
    return replace(
        table,
        groups=(*table.groups, ("P90 (ms)", len(pair)), ("Images/s", len(pair))),
        headings=(*table.headings, *pair, *pair),
        rows=rows,
    )


def _remarks(cell: CellResult, pair: tuple[str, ...]) -> Iterator[str]:
    """What there is to say of one row; rows that are alike share a sentence."""
    for name in pair:
        result = cell.contenders.get(name)
        if result is not None and result.status != "ok":
            yield f"{name} {result.status}. {result.reason}"
        differ = processes_differ(name, result)
        if differ is not None:
            yield differ
    if len(pair) > 1:
        verdict = cell.verdict.get(pair[0])
        if verdict is not None and verdict.outcome in OPEN:
            yield " ".join(filter(None, (f"{verdict.outcome}.", verdict.reason, verdict.next_step)))
        remark = quotient_remark(cell, *pair)
        if remark is not None:
            yield remark
    for flag in cell.flags:
        yield f"{flag.replace('_', ' ')}."


def _memory(result: ContenderResult | None) -> str:
    if result is None or result.peak_mib is None:
        return NOTHING
    return f"{result.peak_mib:.0f}"


def _time(result: ContenderResult | None) -> str:
    if result is None:
        return NOTHING
    if result.status != "ok":
        return result.status
    return number(result.typical_ms)


def _ratio(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"{interval.estimate:.3f}"


def _span(interval: Interval | None) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return NOTHING
    return f"{interval.low:.2f}-{interval.high:.2f}"


OPEN = ("INCONCLUSIVE", "INVALID")
"""Verdicts whose reason a table tells, with what would help."""

UNFINISHED = {
    "running": "is under way, or was killed",
    "interrupted": "was interrupted",
    "timeout": "reached its time limit",
}


def headline(document: Document) -> list[str]:
    """Sentences that every text format begins with."""
    plan = document.plan
    threads = document.environment.get("threads")
    where = plan.device
    if plan.device == "cpu" and threads is not None:
        where += f" ({threads} threads)"
    lines = [
        f"dlib and PyTorch on ResNet-50: {where}, float32, "
        f"{plan.image_height_px}x{plan.image_width_px} pixels, profile {plan.profile}."
    ]
    if set(plan.contenders) - {plan.reference}:
        lines.append(f"A factor is contender / {plan.reference}: below 1 the contender is better.")
    if document.status in UNFINISHED:
        lines.append(f"The run {UNFINISHED[document.status]}: what follows is what was measured.")
    return lines
