"""What of an iteration the factor tables can show: median, p90, images/s, joules an image."""

from collections.abc import Callable
from dataclasses import dataclass

from benchcore.result import ContenderResult, Factor, Interval


@dataclass(frozen=True)
class Metric:
    """One quantity of a contender in a cell, and its factor against the reference's."""

    name: str
    """In words, for the selector."""
    group: str
    """The upper heading, with the unit."""
    decimals: int
    value: Callable[[ContenderResult], float | None]
    interval: Callable[[Factor], Interval | None]
    """The document's factor with its interval; None where it has none of this quantity."""
    judged: bool = False
    """Whether the cell's verdict is about it."""
    note: str = ""


def _median(result: ContenderResult) -> float | None:
    return result.typical_ms


def _p90(result: ContenderResult) -> float | None:
    return None if result.wall is None else result.wall.p90_ms


def _rate(result: ContenderResult) -> float | None:
    return result.images_per_s


def _joules(result: ContenderResult) -> float | None:
    return result.joules_per_image


def _none(factor: Factor) -> Interval | None:
    del factor
    return None


METRICS = (
    Metric("median", "Time (ms)", 2, _median, lambda factor: factor.time, judged=True),
    Metric(
        "p90",
        "P90 (ms)",
        2,
        _p90,
        _none,
        note="90th percentile of synchronised iterations; - means too few of them to tell. Its "
        "factor has no interval.",
    ),
    Metric(
        "images/s",
        "Images/s",
        1,
        _rate,
        lambda factor: factor.throughput,
        note="The factor is one of times, as everywhere: below 1 the contender is faster.",
    ),
    Metric(
        "J/image",
        "J/image",
        3,
        _joules,
        _none,
        note="Joules an image, by the GPU's own counter; - where it has none. Its factor has no "
        "interval.",
    ),
)
"""In the order in which a key goes through them."""


def factor_of(
    metric: Metric, ours: ContenderResult, theirs: ContenderResult, factor: Factor | None
) -> Interval | None:
    """The document's factor, or the plain ratio of the two figures where it has none."""
    known = None if factor is None else metric.interval(factor)
    if known is not None or metric.judged:
        return known
    mine, other = metric.value(ours), metric.value(theirs)
    if not mine or not other:
        return None
    ratio = other / mine if metric.name == "images/s" else mine / other
    return Interval(estimate=ratio, low=None, high=None, method="ratio of the figures")
