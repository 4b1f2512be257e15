"""An iteration's time by class, and the gap between two contenders, so that the rows add up.

What is not a row's own by name is by difference: `idle` is what of an untraced iteration no kernel
explains. So a contender's rows add up to its untraced time whatever tracing costs. Whether the rows
of a gap add up to the difference between the blocks, which were measured before, can fail.
"""

from dataclasses import dataclass
from statistics import fmean, median

import msgspec

from benchcore.kernels import classes, operators, profile
from benchcore.kernels.names import Label
from benchcore.kernels.operators import Called
from benchcore.kernels.overlap import shares_ns
from benchcore.kernels.profile import (
    LONGEST_NAME,
    Calls,
    ContenderProfile,
    Gap,
    HostCalls,
    Kernel,
    Share,
)
from benchcore.kernels.trace import Trace

ADDS_UP_WITHIN = 0.05
"""Of the measured difference."""

LAUNCHES = ("cudaLaunch", "cuLaunch", "cudaGraphLaunch", "cuGraphLaunch")
"""Beginnings of the names of calls that launch kernels."""

WAITS = ("cudaDeviceSynchronize", "cudaStreamSynchronize", "cudaEventSynchronize", "cudaMemcpy")
"""Calls that return when the device is done; asynchronous copies are other calls."""

TRAFFIC_UNKNOWN = "CUPTI's activities hold the bytes of copies, not those that kernels move."


def contender_profile(trace: Trace) -> ContenderProfile:
    """One contender's iteration by class, a mean over the traced iterations."""
    untraced_ms = median(trace.untraced_ms)
    if trace.source == "none":
        return ContenderProfile(
            source="none",
            iterations=0,
            untraced_ms=untraced_ms,
            traced_ms=None,
            busy_ms=None,
            rows={profile.NOT_DIVIDED: Share(time_ms=untraced_ms, launches=0)},
            algorithms={},
            kernels=[],
            remark=trace.remark,
        )
    count = len(trace.traced_ms)
    labels = _labels(trace)
    times_ms = [share_ns / 1e6 / count for share_ns in shares_ns(trace.spans)]
    sums = _Sums(count)
    for span, called, time_ms in zip(trace.spans, labels, times_ms, strict=True):
        sums.add(trace.names[span.name], called, time_ms)
    busy_ms = sum(times_ms)
    rest = {profile.IDLE: untraced_ms - busy_ms}
    if trace.source == "operators":
        # Each operator is recorded, so tracing lengthens them and not what is outside of them.
        rest = {
            profile.IDLE: fmean(trace.traced_ms) - busy_ms,
            profile.TRACING: untraced_ms - fmean(trace.traced_ms),
        }
    rows = sums.rows() | {kind: Share(time_ms=ms, launches=0) for kind, ms in rest.items()}
    return ContenderProfile(
        source=trace.source,
        iterations=count,
        untraced_ms=untraced_ms,
        traced_ms=median(trace.traced_ms),
        busy_ms=busy_ms,
        rows={kind: rows[kind] for kind in profile.ROWS if kind in rows},
        algorithms=sums.algorithms(),
        kernels=sums.kernels(),
        host=_host_calls(trace) if trace.source == "cupti" else None,
        copied_bytes=_copied_bytes(trace),
        traffic_unknown_because=TRAFFIC_UNKNOWN
        if trace.source == "cupti"
        else "PyTorch's profiler counts no bytes on the CPU.",
    )


def gap(
    mine: ContenderProfile,
    theirs: ContenderProfile,
    *,
    reference: str,
    measured_ms: float,
    told_apart: bool,
) -> Gap:
    """mine - theirs; `measured_ms` is that difference as the blocks of the cell have it."""
    kinds = [kind for kind in profile.ROWS if kind in mine.rows or kind in theirs.rows]
    rows_ms = {kind: time_ms(mine, kind) - time_ms(theirs, kind) for kind in kinds}
    sum_ms = sum(rows_ms.values())
    residual_ms = measured_ms - sum_ms
    return Gap(
        reference=reference,
        rows_ms=rows_ms,
        sum_ms=sum_ms,
        measured_ms=measured_ms,
        residual_ms=residual_ms,
        adds_up=abs(residual_ms) <= ADDS_UP_WITHIN * abs(measured_ms),
        told_apart=told_apart,
    )


def time_ms(contender: ContenderProfile, kind: str) -> float:
    """Of one class; 0 where the contender has none of it."""
    share = contender.rows.get(kind)
    return 0.0 if share is None else share.time_ms


def _labels(trace: Trace) -> list[Called]:
    """Each span's label; every kernel is a launch of its own."""
    if trace.source == "operators":
        return operators.classified(trace.names, trace.spans)
    launched = (trace.names[span.name] for span in trace.spans)
    return [Called(label, True, True) for label in classes.classified(launched)]


class _Sums:
    """Times and counts of an iteration, by class, algorithm and kernel."""

    def __init__(self, iterations: int) -> None:
        self._iterations = iterations
        self._kinds: dict[str, _Sum] = {}
        self._algorithms: dict[str, _Sum] = {}
        self._kernels: dict[tuple[str, Label], _Sum] = {}

    def add(self, name: str, called: Called, time_ms: float) -> None:
        """One span; `time_ms` is already its part of a mean iteration."""
        label = called.label
        self._kinds.setdefault(label.kind, _Sum()).add(time_ms, called.begins_kind)
        self._kernels.setdefault((name, label), _Sum()).add(time_ms, True)
        if label.kind == profile.CONVOLUTION:
            algorithm = self._algorithms.setdefault(label.algorithm or profile.OTHER, _Sum())
            algorithm.add(time_ms, called.begins_algorithm)

    def rows(self) -> dict[str, Share]:
        """By class."""
        return {kind: self._share(found) for kind, found in self._kinds.items()}

    def algorithms(self) -> dict[str, Share]:
        """By the family of a convolution's algorithm, the longest first."""
        longest = sorted(self._algorithms.items(), key=lambda entry: -entry[1].time_ms)
        return {name: self._share(found) for name, found in longest}

    def kernels(self) -> list[Kernel]:
        """Each name in each class, the longest first."""
        kernels = [
            Kernel(
                name=name[:LONGEST_NAME],
                kind=label.kind,
                algorithm=label.algorithm,
                **msgspec.structs.asdict(self._share(found)),
            )
            for (name, label), found in self._kernels.items()
        ]
        return sorted(kernels, key=lambda kernel: -kernel.time_ms)

    def _share(self, found: "_Sum") -> Share:
        return Share(time_ms=found.time_ms, launches=round(found.count / self._iterations, 3))


@dataclass
class _Sum:
    time_ms: float = 0.0
    count: int = 0

    def add(self, time_ms: float, counted: bool) -> None:
        self.time_ms += time_ms
        self.count += counted


def _host_calls(trace: Trace) -> HostCalls:
    count = len(trace.traced_ms)
    groups: dict[str, list[tuple[int, int]]] = {"launch": [], "synchronize": [], "other": []}
    for name, total in trace.calls.items():
        if name.startswith(LAUNCHES):
            group = "launch"
        else:
            group = "synchronize" if name in WAITS else "other"
        groups[group].append((total.calls, total.time_ns))
    return HostCalls(
        **{
            group: Calls(
                calls=round(sum(calls for calls, _ in found) / count, 3),
                time_ms=sum(time_ns for _, time_ns in found) / 1e6 / count,
            )
            for group, found in groups.items()
        }
    )


def _copied_bytes(trace: Trace) -> dict[str, float]:
    """An iteration's, by direction, which is the second word of a copy's name."""
    found: dict[str, float] = {}
    for span in trace.spans:
        words = trace.names[span.name].split()
        if words[0] == "Memcpy" and len(words) > 1:
            direction = words[1]
            found[direction] = found.get(direction, 0.0) + span.num_bytes / len(trace.traced_ms)
    return found
