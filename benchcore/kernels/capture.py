"""Traces iterations in this process, by PyTorch's profiler: CUPTI on CUDA, operators on the CPU.

CUPTI sees every kernel of the process, whichever framework launched it. It stays attached once a
first trace has run, and then slows down launches; so the untraced iterations come first.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchcore.clock import Timings, time_iterations
from benchcore.kernels.trace import (
    DEVICE_CATEGORIES,
    OPERATOR_CATEGORIES,
    Trace,
    call_totals,
    compact,
    device_trouble,
)

WARM_ITERATIONS = 1
"""Of a first trace that is thrown away: it loads CUPTI and allocates its buffers."""

USUAL_WITHIN = 0.01
"""A block before the trace is as usual if its median is within 1 % of that of all blocks. What a
table of classes explains is the difference of two such medians, in which 1 % is several."""

PATIENCE_S = 5.0
"""Blocks that are not as usual are repeated for so long, then the last one has to do."""


class UntraceableError(Exception):
    """There is no trace, with the reason in a sentence."""


def capture(
    enqueue: Callable[[], None],
    synchronize: Callable[[], None],
    *,
    device: str,
    iterations: int,
    seconds: float,
    least: int,
    most: int,
    usual_ms: float | None = None,
    now_s: Callable[[], float] = time.monotonic,
) -> Trace:
    """A block of untraced iterations by `seconds`, `least` and `most`, then `iterations` traced.

    A machine's speed comes and goes with its other guests, so the trace waits for a block whose
    median is about `usual_ms` where that is known. Raises UntraceableError where PyTorch or CUPTI
    is missing.
    """
    end_s = now_s() + PATIENCE_S
    while True:
        untraced = time_iterations(enqueue, synchronize, seconds=seconds, least=least, most=most)
        if usual_ms is None or now_s() >= end_s:
            break
        if abs(median(untraced.wall_ms) - usual_ms) <= USUAL_WITHIN * usual_ms:
            break
    if device == "cpu" and "torch" not in sys.modules:
        return Trace(
            source="none",
            untraced_ms=untraced.wall_ms,
            traced_ms=[],
            names=[],
            spans=[],
            calls={},
            remark="Its CPU code is not PyTorch's, so PyTorch's profiler can't see into it.",
        )
    _record(enqueue, synchronize, device, WARM_ITERATIONS)
    traced, events = _record(enqueue, synchronize, device, iterations)
    categories = OPERATOR_CATEGORIES if device == "cpu" else DEVICE_CATEGORIES
    names, spans = compact(events, categories)
    trouble = None if device == "cpu" else device_trouble(spans)
    if trouble is not None:
        raise UntraceableError(trouble)
    return Trace(
        source="operators" if device == "cpu" else "cupti",
        untraced_ms=untraced.wall_ms,
        traced_ms=traced.wall_ms,
        names=names,
        spans=spans,
        calls=call_totals(events),
    )


def _record(
    enqueue: Callable[[], None], synchronize: Callable[[], None], device: str, iterations: int
) -> tuple[Timings, list[dict[str, Any]]]:
    """Wall times of the traced iterations, and all events."""
    try:
        from torch.profiler import ProfilerActivity, profile, supported_activities
    except ImportError as error:
        raise UntraceableError(
            f"PyTorch, through which CUPTI is reached, can't be imported: {error}."
        ) from None
    # On CUDA the operators are left out: they lengthen the iterations that the host delays.
    activity = ProfilerActivity.CPU if device == "cpu" else ProfilerActivity.CUDA
    if activity not in supported_activities():  # type: ignore[no-untyped-call]
        raise UntraceableError(f"This build of PyTorch can't trace {device}.")
    with profile(activities=[activity]) as profiler:
        timings = time_iterations(
            enqueue, synchronize, seconds=0, least=iterations, most=iterations
        )
    with tempfile.TemporaryDirectory(prefix="benchcore-trace-") as folder:
        path = Path(folder) / "trace.json"
        # At once: the profiler of a later trace empties the events of this one.
        profiler.export_chrome_trace(str(path))
        content = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    return timings, content["traceEvents"]
