"""The tables beside those of factors: throughput, memory by phase, stages, what happens once."""

from collections.abc import Iterator

from benchcore.report.table import NOTHING, Table, number
from benchcore.result import ContenderResult, Document


def rates(document: Document) -> Table:
    """Throughput and energy; host share is what of an iteration passes before all is queued."""
    rows: list[tuple[str, ...]] = [
        (
            *(cell.network, cell.mode, str(cell.batch), name),
            number(result.images_per_s),
            number(result.joules_per_image),
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


def phases(document: Document) -> Table:
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


def stages(document: Document) -> Iterator[Table]:
    """Training steps in parts, where there are some."""
    rows: list[tuple[str, ...]] = [
        (
            *(cell.network, str(cell.batch), name),
            *(number(result.stages[stage].median_ms) for stage in result.stages),
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


def singles(document: Document) -> Table:
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
                    number(result.instantiate_ms),
                    number(result.first_ms),
                )
            )
    return Table(
        title="Once in a process (smallest batch size)",
        groups=(("", 3), ("", 1), ("Time (ms)", 2)),
        headings=("network", "mode", "contender", "parameters", "build", "first"),
        rows=rows,
        remarks=[],
    )
