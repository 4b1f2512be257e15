"""Some iterations as they were traced: a compact form of PyTorch's trace file.

The file has what the profiler's own list of events lacks, the bytes of copies, and its form is the
same in all versions of PyTorch from 2.6 on.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from benchcore.kernels.profile import Source
from benchcore.samples import Record

DEVICE_CATEGORIES = frozenset({"kernel", "gpu_memcpy", "gpu_memset"})
OPERATOR_CATEGORIES = frozenset({"cpu_op", "user_annotation"})
CALL_CATEGORIES = frozenset({"cuda_runtime", "cuda_driver"})


class Span(msgspec.Struct, frozen=True, array_like=True):
    """One kernel, copy, fill or operator."""

    name: int
    """Its place among the trace's names."""
    start_ns: int
    """Since the first event of the trace."""
    duration_ns: int
    stream: int
    """On the device; of an operator its thread. Numbered from 0."""
    num_bytes: int
    """Copied or filled."""

    @property
    def end_ns(self) -> int:
        """When it was over."""
        return self.start_ns + self.duration_ns


class CallTotal(Record, frozen=True, kw_only=True):
    """All calls of one function of the CUDA runtime or driver."""

    calls: int
    time_ns: int


class Trace(Record, frozen=True, kw_only=True):
    """Traced iterations of one contender; `spans` are in the order of their start."""

    source: Source
    untraced_ms: list[float]
    """Wall time of each iteration before the first trace of the process."""
    traced_ms: list[float]
    """Wall time of each traced iteration."""
    names: list[str]
    spans: list[Span]
    calls: dict[str, CallTotal]
    remark: str | None = None
    """Why there is nothing to divide, where the source is `none`."""


def compact(
    events: Iterable[Mapping[str, Any]], categories: frozenset[str]
) -> tuple[list[str], list[Span]]:
    """The names and spans of the events of some categories; others are left out."""
    chosen = [e for e in events if e.get("ph") == "X" and e.get("cat") in categories]
    chosen.sort(key=lambda event: (event["ts"], -event["dur"]))
    base_us = chosen[0]["ts"] if chosen else 0
    names: dict[str, int] = {}
    streams: dict[Any, int] = {}
    spans = [
        Span(
            name=names.setdefault(event["name"], len(names)),
            start_ns=round(1e3 * (event["ts"] - base_us)),
            duration_ns=round(1e3 * event["dur"]),
            stream=streams.setdefault((event.get("pid"), event.get("tid")), len(streams)),
            num_bytes=int(event.get("args", {}).get("bytes", 0)),
        )
        for event in chosen
    ]
    return list(names), spans


def call_totals(events: Iterable[Mapping[str, Any]]) -> dict[str, CallTotal]:
    """Calls of the CUDA runtime and driver by name."""
    found: dict[str, list[float]] = {}
    for event in events:
        if event.get("ph") == "X" and event.get("cat") in CALL_CATEGORIES:
            found.setdefault(event["name"], []).append(event["dur"])
    return {
        name: CallTotal(calls=len(times_us), time_ns=round(1e3 * sum(times_us)))
        for name, times_us in found.items()
    }


def device_trouble(spans: Sequence[Span]) -> str | None:
    """Why these can't be the kernels of a device, in words, or None if they can."""
    if not spans:
        return "CUPTI saw no kernel; another profiler may hold it, or the driver may forbid it."
    if not any(span.duration_ns for span in spans):
        return "CUPTI gave no kernel a duration."
    return None
