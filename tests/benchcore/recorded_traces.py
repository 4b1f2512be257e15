"""Traces of an H100, and a document whose cells were traced there."""

from pathlib import Path

import msgspec
import sample_documents

from benchcore.kernels.cell import cell_profile
from benchcore.kernels.trace import Trace
from benchcore.result import CellResult, ContenderResult, Document, Factor, Interval

FOLDER = Path(__file__).parent / "recordings"
PAIRS = (("infer", 1), ("infer", 32), ("train", 2), ("train", 32))


def trace(contender: str, mode: str, batch: int) -> Trace:
    path = FOLDER / f"h100-{contender}-{mode}-{batch}.json"
    return msgspec.json.decode(path.read_bytes(), type=Trace)


def result(found: Trace, batch: int) -> ContenderResult:
    ms = sorted(found.untraced_ms)[len(found.untraced_ms) // 2]
    return sample_documents.contender(batch, ms, 300.0)


def factor(low: float, high: float) -> Factor:
    return Factor(
        time=Interval(estimate=(low + high) / 2, low=low, high=high, method="m"), memory=None
    )


def cell(mode: str, batch: int, *names: str, low: float = 1.1, high: float = 1.2) -> CellResult:
    """Contenders against torch; `low` and `high` are the ends of the factors' intervals."""
    traces = {name: trace(name, mode, batch) for name in (*names, "torch")}
    contenders = {name: result(found, batch) for name, found in traces.items()}
    factors = {name: factor(low, high) for name in names}
    return sample_documents.cell(
        batch,
        mode=mode,
        contenders=contenders,
        factors=factors,
        profile=cell_profile(traces, {}, reference="torch", results=contenders, factors=factors),
    )


def document(*cells: CellResult) -> Document:
    plan = msgspec.structs.replace(
        sample_documents.PLAN, profile="quick", trace_iterations=2, batch_sizes=(32,)
    )
    return msgspec.structs.replace(sample_documents.small(), plan=plan, cells=list(cells))
