"""The factor tables of a document, or of a run under way, as a sheet: the seed's layout.

Memory of both and their factor, then time of both, their factor, its interval and the verdict. One
section for each network (and mode, if several) and contender.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from benchcore.report.table import MODE_TITLES, NOTHING
from benchcore.result import CellResult, ContenderResult, Document, Interval
from tui.live import CellLive
from tui.metrics import METRICS, Metric, factor_of
from tui.sheet import VERDICT_ROLES, Cell, Column, Row, Section, Sheet

STANDINGS = {
    (True, False): "so far",
    (False, False): "waiting",
    (True, True): "not kept",
    (False, True): "not run",
}
"""Of a cell without a result: whether it was begun, and whether the run is over."""

Key = tuple[str, str, int, str]
"""Network, mode, batch and contender: what a row stands for."""


@dataclass(frozen=True)
class Options:
    """What of the cells is shown, and how; None is no filter."""

    metric: Metric = METRICS[0]
    mode: str | None = None
    network: str | None = None
    contender: str | None = None
    wide: bool = False


@dataclass(frozen=True)
class _Line:
    """One cell and contender, before it is words."""

    key: Key
    memory: tuple[float | None, float | None]
    memory_factor: float | None
    figures: tuple[float | None, float | None]
    status: tuple[str, str]
    """What stands for a figure that is missing."""
    factor: Interval | None
    verdict: str
    final: bool = True


def document_sheet(document: Document, options: Options) -> Sheet:
    """Of a finished document."""
    lines = [
        _final(cell, name, document.plan.reference, options.metric)
        for cell in document.cells
        for name in _contenders(cell.contenders, document.plan.reference)
    ]
    return _sheet(lines, document.plan.reference, options)


def live_sheet(
    cells: Iterable[CellLive], reference: str, names: Iterable[str], *, over: bool = False
) -> Sheet:
    """Of a run: final where a cell is over, provisional in the current one.

    `over` says that nothing more will come: what is not final then never will be.
    """
    contenders = _contenders(names, reference)
    lines = []
    for cell in cells:
        for name in contenders:
            if cell.result is not None:
                lines.append(_final(cell.result, name, reference, METRICS[0]))
            else:
                lines.append(_provisional(cell, name, reference, over=over))
    return _sheet(lines, reference, Options())


def _contenders(names: Iterable[str], reference: str) -> list[str]:
    """Those that are compared; the reference by itself if it is alone."""
    found = list(names)
    return [name for name in found if name != reference] or found


def _final(cell: CellResult, name: str, reference: str, metric: Metric) -> _Line:
    ours, theirs = cell.contenders.get(name), cell.contenders.get(reference)
    factor = cell.factors.get(name)
    verdict = cell.verdict.get(name)
    of_metric = factor_of(metric, ours, theirs, factor) if ours and theirs else None
    return _Line(
        key=(cell.network, cell.mode, cell.batch, name),
        memory=(ours.peak_mib if ours else None, theirs.peak_mib if theirs else None),
        memory_factor=factor.memory.estimate if factor and factor.memory else None,
        figures=(_figure(ours, metric), _figure(theirs, metric)),
        status=(_status(ours), _status(theirs)),
        factor=of_metric,
        verdict=verdict.outcome if verdict and metric.judged else NOTHING,
    )


def _figure(result: ContenderResult | None, metric: Metric) -> float | None:
    return None if result is None or result.status != "ok" else metric.value(result)


def _status(result: ContenderResult | None) -> str:
    return NOTHING if result is None or result.status == "ok" else result.status


def _provisional(cell: CellLive, name: str, reference: str, *, over: bool) -> _Line:
    pair = (name, reference)
    memory = [cell.memory[each].step_peak_mib if each in cell.memory else None for each in pair]
    times = [None if each in cell.failed else cell.typical_ms(each) for each in pair]
    ratio = times[0] / times[1] if times[0] and times[1] and name != reference else None
    factor = None
    if ratio is not None:
        factor = Interval(estimate=ratio, low=None, high=None, method="so far")
    begun = bool(cell.memory or cell.medians_ms or cell.failed)
    return _Line(
        key=(cell.spec.network, cell.spec.mode, cell.spec.batch, name),
        memory=(memory[0], memory[1]),
        memory_factor=memory[0] / memory[1] if memory[0] and memory[1] else None,
        figures=(times[0], times[1]),
        status=(cell.failed.get(name, NOTHING), cell.failed.get(reference, NOTHING)),
        factor=factor,
        verdict=STANDINGS[begun, over],
        final=False,
    )


def _sheet(lines: list[_Line], reference: str, options: Options) -> Sheet:
    shown = [
        line
        for line in lines
        if options.mode in (None, line.key[1])
        and options.network in (None, line.key[0])
        and options.contender in (None, line.key[3])
    ]
    groups: dict[tuple[str, str, str], list[_Line]] = {}
    for line in shown:
        network, mode, _, name = line.key
        groups.setdefault((network, mode, name), []).append(line)
    names = list(dict.fromkeys(name for _, _, name in groups))
    pair = [names[0] if len(names) == 1 else "contender"]
    if names != [reference]:
        pair.append(reference)
    found: list[Section | Row] = []
    for (network, mode, name), members in groups.items():
        compared = f"{name} / {reference}" if name != reference else name
        found.append(Section(f"{network}, {MODE_TITLES.get(mode, mode)}, {compared}"))
        found += [_row(line, options.metric, compared=len(pair) > 1) for line in members]
    return Sheet(
        columns=tuple(_columns(pair, options)),
        lines=tuple(found),
        empty="No cell is to be shown here.",
        remarks=(options.metric.note,) if options.metric.note else (),
    )


def _columns(pair: list[str], options: Options) -> Iterator[Column]:
    memory, figures = "Memory (MiB)", options.metric.group
    yield Column("batch")
    for group, least in ((memory, 6), (figures, 8)):
        names = pair if options.wide else [_short(name, least) for name in pair]
        yield from (Column(name, group, least=least) for name in names)
        if len(pair) > 1:
            yield Column("factor", group, least=6)
    if len(pair) > 1:
        yield Column("95 %", figures, least=9)
        yield Column("verdict", figures, least=12)


def _short(name: str, most: int) -> str:
    """No heading makes its column wider where every column counts."""
    return name if len(name) <= most else name[: most - 1] + "."


def _row(line: _Line, metric: Metric, *, compared: bool) -> Row:
    shown = 2 if compared else 1
    cells = [Cell(str(line.key[2]), order=line.key[2])]
    cells += [_number(value, 0) for value in line.memory[:shown]]
    if compared:
        cells.append(_number(line.memory_factor, 3))
    cells += [
        _number(value, metric.decimals, instead=status)
        for value, status in zip(line.figures[:shown], line.status, strict=False)
    ]
    if compared:
        factor = line.factor
        cells += [
            _number(factor.estimate if factor else None, 3),
            Cell(_span(factor), order=_width(factor)),
            Cell(line.verdict, VERDICT_ROLES.get(line.verdict, "missing"), line.verdict),
        ]
    if not line.final:
        cells = [replace(cell, role="provisional") for cell in cells]
    return Row(line.key, tuple(cells))


def _number(value: float | None, decimals: int, *, instead: str = NOTHING) -> Cell:
    if value is None:
        return Cell(instead, "missing")
    return Cell(f"{value:.{decimals}f}", order=value)


def _span(factor: Interval | None) -> str:
    if factor is None or factor.low is None or factor.high is None:
        return NOTHING
    return f"{factor.low:.2f}-{factor.high:.2f}"


def _width(factor: Interval | None) -> float | None:
    if factor is None or factor.low is None or factor.high is None:
        return None
    return factor.high - factor.low
