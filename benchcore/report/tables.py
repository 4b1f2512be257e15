"""The tables of the original benchmark as rows of words, for every text format to lay out.

For each network and mode, one table a contender: the batch size, memory of both and their factor,
time of both and their factor. Below 1 the contender is better than the reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchcore.result import CellResult, ContenderResult, Document, Interval

MODE_TITLES = {"infer": "inference", "train": "training step"}
TRAINING_PARTS = "transfer + forward + loss + backward + update"
NOTHING = "-"


@dataclass(frozen=True)
class Table:
    """A title, two levels of headings, rows, and sentences to print below."""

    title: str
    groups: tuple[tuple[str, int], ...]
    """Upper headings, each with the number of columns that it spans."""
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    remarks: list[str]


def tables(document: Document, *, detailed: bool = False) -> Iterator[Table]:
    """All tables of a document, in its own order.

    `detailed` adds the 90th percentile and images/s to the tables of factors.
    """
    plan = document.plan
    others = [name for name in plan.contenders if name != plan.reference] or [plan.reference]
    seen = dict.fromkeys((cell.network, cell.mode) for cell in document.cells)
    for network, mode in seen:
        cells = [c for c in document.cells if (c.network, c.mode) == (network, mode)]
        for contender in others:
            factors = _factors(network, mode, contender, plan.reference, cells)
            yield _detailed(factors, contender, plan.reference, cells) if detailed else factors
    details = [_rates(document), _phases(document), *_stages(document), _singles(document)]
    yield from (table for table in details if table.rows)


def _factors(
    network: str, mode: str, contender: str, reference: str, cells: list[CellResult]
) -> Table:
    pair = (contender, reference) if contender != reference else (contender,)
    rows: list[tuple[str, ...]] = []
    remarks: list[str] = []
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
        remarks += _remarks(cell, pair)
    compared = ("factor",) if len(pair) == 2 else ()
    extra = ("95 %", "verdict") if len(pair) == 2 else ()
    title = f"{network}, {MODE_TITLES.get(mode, mode)}, {contender} / {reference}"
    if mode == "train":
        remarks.insert(0, f"A training step is {TRAINING_PARTS}.")
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
        rows.append((*row, *map(_number, late), *map(_number, rates)))
    return replace(
        table,
        groups=(*table.groups, ("P90 (ms)", len(pair)), ("Images/s", len(pair))),
        headings=(*table.headings, *pair, *pair),
        rows=rows,
    )


def _remarks(cell: CellResult, pair: tuple[str, ...]) -> Iterator[str]:
    for name in pair:
        result = cell.contenders.get(name)
        if result is not None and result.status != "ok":
            yield f"Batch {cell.batch}: {name} {result.status}. {result.reason}"
    for flag in cell.flags:
        yield f"Batch {cell.batch}: {flag.replace('_', ' ')}."


def _rates(document: Document) -> Table:
    """Throughput and energy; host share is what of an iteration passes before all is queued."""
    rows: list[tuple[str, ...]] = [
        (
            *(cell.network, cell.mode, str(cell.batch), name),
            _number(result.images_per_s),
            _number(result.joules_per_image),
            _share(result),
        )
        for cell in document.cells
        for name, result in cell.contenders.items()
        if result.images_per_s is not None
    ]
    return Table(
        title="Throughput",
        groups=(("", 7),),
        headings=("network", "mode", "batch", "contender", "images/s", "J/image", "queueing %"),
        rows=rows,
        remarks=["Queueing: the share of an iteration until its last call returns to the host."],
    )


SOURCES = {
    "resident": "resident memory of the process on the host",
    "nvml_process": "what NVML says of the process",
    "nvml_device_growth": "growth of the whole device's use, as NVML shows no processes",
}
"""What each primary source of memory is, in words."""


def _phases(document: Document) -> Table:
    """Memory phase by phase, with its source and where sources disagree."""
    known = [
        (cell, name, result.memory)
        for cell in document.cells
        for name, result in cell.contenders.items()
        if result.memory is not None
    ]
    rows: list[tuple[str, ...]] = [
        (
            *(cell.network, cell.mode, str(cell.batch), name),
            *(f"{memory.context_mib:.0f}", f"{memory.model_mib:.0f}"),
            *(f"{memory.search_peak_mib:.0f}", f"{memory.step_peak_mib:.0f}"),
            f"{memory.steady_mib:.0f}",
        )
        for cell, name, memory in known
    ]
    sources = sorted({memory.primary for _, _, memory in known})
    remarks = [f"{source}: {SOURCES.get(source, 'as its contender says')}." for source in sources]
    remarks += [
        f"Batch {cell.batch}, {name}: {memory.disagreement}"
        for cell, name, memory in known
        if memory.disagreement is not None
    ]
    return Table(
        title="Memory by phase (search and step are peaks)",
        groups=(("", 4), ("Memory (MiB)", 5)),
        headings=(
            *("network", "mode", "batch", "contender"),
            *("context", "model", "search", "step", "steady"),
        ),
        rows=rows,
        remarks=remarks,
    )


def _share(result: ContenderResult) -> str:
    if result.wall is None or result.enqueue is None or not result.wall.median_ms:
        return NOTHING
    return f"{100 * result.enqueue.median_ms / result.wall.median_ms:.0f}"


def _stages(document: Document) -> Iterator[Table]:
    """Training steps in parts, where there are some."""
    rows: list[tuple[str, ...]] = [
        (
            *(cell.network, str(cell.batch), name),
            *(_number(result.stages[stage].median_ms) for stage in result.stages),
        )
        for cell in document.cells
        for name, result in cell.contenders.items()
        if result.stages
    ]
    names = [
        list(result.stages)
        for cell in document.cells
        for result in cell.contenders.values()
        if result.stages
    ]
    if rows and all(name == names[0] for name in names):
        yield Table(
            title="A training step in parts, each synchronised",
            groups=(("", 3), ("Time (ms)", len(names[0]))),
            headings=("network", "batch", "contender", *names[0]),
            rows=rows,
            remarks=[],
        )


def _singles(document: Document) -> Table:
    """Parameters, instantiation and first iteration, at the smallest batch that has them."""
    rows: list[tuple[str, ...]] = []
    done = set()
    for cell in document.cells:
        for name, result in cell.contenders.items():
            key = (cell.network, cell.mode, name)
            if result.num_parameters is None or key in done:
                continue
            done.add(key)
            rows.append(
                (
                    cell.network,
                    cell.mode,
                    name,
                    f"{result.num_parameters:,}",
                    _number(result.instantiate_ms),
                    _number(result.first_ms),
                )
            )
    return Table(
        title="Once in a process (first batch size)",
        groups=(("", 3), ("", 1), ("Time (ms)", 2)),
        headings=("network", "mode", "contender", "parameters", "build", "first"),
        rows=rows,
        remarks=[],
    )


def _memory(result: ContenderResult | None) -> str:
    if result is None:
        return NOTHING
    if result.memory is None:
        return NOTHING if result.published is None else f"{result.published.memory_mib:.0f}"
    return f"{result.memory.step_peak_mib:.0f}"


def _time(result: ContenderResult | None) -> str:
    if result is None:
        return NOTHING
    if result.status != "ok":
        return result.status
    if result.wall is None:
        return _number(None if result.published is None else result.published.mean_ms)
    return _number(result.wall.median_ms)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}" if value < 1000 else f"{value:.0f}"


def _ratio(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"{interval.estimate:.3f}"


def _span(interval: Interval | None) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return NOTHING
    return f"{interval.low:.2f}-{interval.high:.2f}"


def headline(document: Document) -> list[str]:
    """Sentences that every text format begins with."""
    plan = document.plan
    threads = document.environment.get("threads")
    where = f"{plan.device} ({threads} threads)" if plan.device == "cpu" else plan.device
    lines = [
        f"dlib and PyTorch on ResNet-50: {where}, float32, "
        f"{plan.image_height_px}x{plan.image_width_px} pixels, profile {plan.profile}.",
        f"A factor is contender / {plan.reference}: below 1 the contender is better.",
    ]
    if document.status != "complete":
        lines.append(f"The run is {document.status}: what follows is what was measured.")
    return lines
