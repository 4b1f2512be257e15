"""How published figures compare with measured ones: as ratios, without interval or finding.

Means are held against means, since a page prints nothing else. A factor is what each document
states. No change is called more than inconclusive: nobody knows the spread of a printed number.
"""

from math import isfinite

from benchcore.changes import ContenderChange
from benchcore.result import CellResult, ContenderResult, Interval
from benchcore.samples import is_time

METHOD = "ratio with published means, no interval"
REASON = "Published means have no samples: the change has no interval, and no finding follows."


def is_published(*results: ContenderResult) -> bool:
    """Whether one of them has published figures in place of measured ones."""
    return any(result.published is not None for result in results)


def mean_ms(result: ContenderResult) -> float | None:
    """The mean time of an iteration, published or measured."""
    source = result.published or result.wall
    return source.mean_ms if source is not None and is_time(source.mean_ms) else None


def change(
    before: CellResult, after: CellResult, name: str, *, is_control: bool
) -> ContenderChange:
    """Of one contender that both cells have a mean of."""
    results = [cell.contenders[name] for cell in (before, after)]
    return ContenderChange(
        is_control=is_control,
        finding="INCONCLUSIVE",
        reason=REASON,
        time=_ratio(*map(mean_ms, results)),
        factor=None if is_control else _ratio(*(_stated(cell, name) for cell in (before, after))),
    )


def _stated(cell: CellResult, name: str) -> float | None:
    factor = cell.factors.get(name)
    return None if factor is None or factor.time is None else factor.time.estimate


def _ratio(before: float | None, after: float | None) -> Interval | None:
    """None unless both are known, positive and of one world."""
    if before is None or after is None or min(before, after) <= 0 or not isfinite(after / before):
        return None
    return Interval(estimate=after / before, low=None, high=None, method=METHOD)
