"""A mean with its uncertainty on the log scale, and what may be concluded from it.

Times are compared as ratios, so every value in here is a natural logarithm: 0.01 is about 1 %.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, inf, sqrt
from statistics import correlation, fmean

from benchcore import student_t
from benchcore.result import Interval

CONFIDENCE = 0.95

ONE_SIDED = (1 - CONFIDENCE) / 2
"""The chance that an interval lies wholly above a bound that the truth doesn't exceed."""

TOGETHER = 0.01
"""The chance at which unrelated series are taken to move together."""

MOST_LAUNCHES = 1000
"""Beyond this, more launches are no advice."""


@dataclass(frozen=True)
class Estimate:
    """A mean of logs; without spread (one value) there is neither error nor degrees."""

    mean: float
    standard_error: float | None
    degrees: float
    method: str
    """What the interval is over, in the words of the document."""

    @property
    def half_width(self) -> float | None:
        """Of the 95 % interval, on the log scale; None without spread."""
        if self.standard_error is None:
            return None
        return student_t.quantile(1 - ONE_SIDED, self.degrees) * self.standard_error

    def interval(self) -> Interval:
        """The ratio that the logs stand for, with its 95 % interval if there is one."""
        mean, half = self.mean, self.half_width
        if half is None:
            return Interval(estimate=exp(mean), low=None, high=None, method=self.method)
        return Interval(
            estimate=exp(mean), low=exp(mean - half), high=exp(mean + half), method=self.method
        )

    def chance_above(self, bound: float) -> float:
        """One-sided p value against a truth at or below `bound` (log); 1 without spread."""
        if self.standard_error is None:
            return 1.0
        excess = self.mean - bound
        if self.standard_error == 0:
            return student_t.upper_tail(inf if excess > 0 else -inf, self.degrees)
        return student_t.upper_tail(excess / self.standard_error, self.degrees)

    def chance_below(self, bound: float) -> float:
        """The same for a truth at or above `bound`."""
        mirrored = Estimate(-self.mean, self.standard_error, self.degrees, self.method)
        return mirrored.chance_above(-bound)


def variance(values: Sequence[float]) -> float:
    """Of two or more values, unbiased. The standard library's computes in fractions: comparing two
    documents of a thousand cells would take twice as long."""
    if min(values) == max(values):
        return 0.0  # The mean of equal values need not round to them.
    mean = fmean(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def of_mean(logs: Sequence[float], method: str) -> Estimate:
    """Student's estimate of the mean of independent values."""
    count = len(logs)
    error = sqrt(variance(logs) / count) if count > 1 else None
    return Estimate(fmean(logs), error, max(count - 1, 1), method)


def of_difference(after: Sequence[float], before: Sequence[float], method: str) -> Estimate:
    """Welch's estimate of mean(after) - mean(before), whose variances may differ.

    B. L. Welch, "The generalization of 'Student's' problem when several different population
    variances are involved", Biometrika 34 (1947) 28-35, with the Welch-Satterthwaite degrees.
    """
    mean = fmean(after) - fmean(before)
    counts = (len(after), len(before))
    if min(counts) < 2:
        return Estimate(mean, None, 1, method)
    parts = [variance(logs) / len(logs) for logs in (after, before)]
    total = sum(parts)
    if total == 0:
        return Estimate(mean, 0.0, sum(counts) - 2, method)
    # Shares of the total, since squares of tiny variances vanish.
    shares = zip((part / total for part in parts), counts, strict=True)
    degrees = 1 / sum(share**2 / (count - 1) for share, count in shares)
    return Estimate(mean, sqrt(total), max(degrees, 1.0), method)


def move_together(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether two series demonstrably rise and fall together, value by value.

    One-sided test of Pearson's correlation against none at a level of 1 %, by Student's t with
    n - 2 degrees of freedom; at least three values a series.
    """
    count = len(some)
    if count < 3 or count != len(others) or 0 in (variance(some), variance(others)):
        return False
    r = min(correlation(some, others), 1.0)
    t = inf if r == 1 else r * sqrt((count - 2) / (1 - r * r)) if r > 0 else 0.0
    return student_t.upper_tail(t, count - 2) <= TOGETHER


def holm(chances: Sequence[float]) -> list[float]:
    """P values adjusted for being several, in their own order: reject those at or below a level.

    The chance that any true hypothesis is then rejected is at most that level, however the tests
    depend on each other. S. Holm, "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6 (1979) 65-70.
    """
    adjusted = [0.0] * len(chances)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        largest = max(largest, (len(chances) - rank) * chances[index])
        adjusted[index] = min(1.0, largest)
    return adjusted


def launches_for(half_width: float, *, launches: int, target: float) -> int | None:
    """Launches that would narrow `half_width` (log), found over `launches`, to `target` (log).

    Assumes that the spread between launches stays what it is; None beyond a thousand.
    """
    spread = half_width * sqrt(launches) / student_t.quantile(1 - ONE_SIDED, launches - 1)

    def narrow_enough(count: int) -> bool:
        return student_t.quantile(1 - ONE_SIDED, count - 1) * spread <= target * sqrt(count)

    counts = range(launches, MOST_LAUNCHES + 1)
    found = bisect_left(counts, True, key=narrow_enough)
    return counts[found] if found < len(counts) else None
