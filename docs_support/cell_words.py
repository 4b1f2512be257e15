"""What a page may quote of one cell: each figure by the cell, the contender and what it is.

`resnet50 infer 32 dlib median` is such a name. What follows the contender is

- `median`, `first`, `fastest process` and `slowest process` (medians of launches),
- `factor`, `factor interval`,
- a phase of memory: `context`, `model`, `search`, `step`, `steady`; `reserved` of PyTorch's own,
- `stage NAME` of a training step, `setting NAME`,
- `gap` and `gap CLASS`: the measured difference to the reference, and a class of a traced cell,
- `CLASS`, `algorithm NAME`, `CLASS kernel NAME` of a traced cell, and each of them with `launches`;
  `busy`, all kernels, and `untraced`, an iteration just before the trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from benchcore.kernels.profile import ContenderProfile, Share
from benchcore.report.profile_tables import count, short_name
from benchcore.result import CellResult, ContenderResult, Document

PHASES = ("context", "model", "search", "step", "steady")
PEAKS = ("search", "step")


def figures(document: Document) -> dict[str, str]:
    """Every figure of every cell, with its unit."""
    found = {}
    for cell in document.cells:
        for name, result in cell.contenders.items():
            prefix = f"{cell.network} {cell.mode} {cell.batch} {name}"
            for part in (_result(result), _against(cell, name), _traced(cell, name)):
                found |= {f"{prefix} {what}": words for what, words in part}
    return found


def _result(result: ContenderResult) -> Iterator[tuple[str, str]]:
    if result.wall is not None:
        yield "median", ms(result.wall.median_ms)
    if result.first_ms is not None:
        yield "first", ms(result.first_ms)
    medians = launch_medians_ms(result)
    if medians:
        yield "fastest process", ms(min(medians))
        yield "slowest process", ms(max(medians))
    if result.memory is not None:
        for phase in PHASES:
            suffix = "peak_mib" if phase in PEAKS else "mib"
            yield phase, mib(getattr(result.memory, f"{phase}_{suffix}"))
        reserved = result.memory.sources.get("framework", {}).get("reserved_peak_mib")
        if reserved is not None:
            yield "reserved", mib(reserved)
    for stage, summary in (result.stages or {}).items():
        yield f"stage {stage}", ms(summary.median_ms)
    for setting, value in result.settings.items():
        yield f"setting {setting}", str(value)


def launch_medians_ms(result: ContenderResult) -> list[float]:
    """The median iteration of each launch, in their order, without repeated blocks."""
    launches = defaultdict(list)
    for block in result.samples:
        if not block.superseded:
            launches[block.launch] += block.wall_ms
    return [median(times) for _, times in sorted(launches.items())]


def _against(cell: CellResult, name: str) -> Iterator[tuple[str, str]]:
    factor = cell.factors.get(name)
    if factor is not None and factor.time is not None:
        yield "factor", f"{factor.time.estimate:.2f}"
        if factor.time.low is not None and factor.time.high is not None:
            yield "factor interval", f"{factor.time.low:.2f} to {factor.time.high:.2f}"
    gap = None if cell.profile is None else cell.profile.gaps.get(name)
    if gap is not None:
        yield "gap", ms(gap.measured_ms)
        for kind, value_ms in gap.rows_ms.items():
            yield f"gap {kind}", ms(value_ms)


def _traced(cell: CellResult, name: str) -> Iterator[tuple[str, str]]:
    one = None if cell.profile is None else cell.profile.contenders.get(name)
    if one is None:
        return
    for kind, share in one.rows.items():
        yield from _share(kind, share)
    for family, share in one.algorithms.items():
        yield from _share(f"algorithm {family}", share)
    for kernel, share in _kernels(one).items():
        yield from _share(kernel, share)
    yield "untraced", ms(one.untraced_ms)
    if one.busy_ms is not None:
        yield "busy", ms(one.busy_ms)


def _kernels(one: ContenderProfile) -> dict[str, Share]:
    """Those whose short names agree together, class by class."""
    found: dict[str, Share] = {}
    for kernel in one.kernels:
        name = f"{kernel.kind} kernel {short_name(kernel.name)}"
        before = found.get(name, Share(time_ms=0.0, launches=0.0))
        found[name] = Share(
            time_ms=before.time_ms + kernel.time_ms, launches=before.launches + kernel.launches
        )
    return found


def _share(name: str, share: Share) -> Iterator[tuple[str, str]]:
    yield name, ms(share.time_ms)
    yield f"{name} launches", count(share.launches)


def ms(value_ms: float) -> str:
    """Three digits, or all of a second and more."""
    return f"{value_ms:.3g} ms" if abs(value_ms) < 999.5 else f"{value_ms:.0f} ms"


def mib(value_mib: float) -> str:
    """To the MiB."""
    return f"{value_mib:.0f} MiB"
