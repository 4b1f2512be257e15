"""Summaries and intervals of measured times: pure functions of numbers.

Iterations of one process are not independent samples (they share drift, clocks and chosen
algorithms), so an interval is computed over launches, or over rounds where there is one launch.
"""

from collections.abc import Sequence
from math import atan, cos, exp, log, pi, sin, sqrt
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from benchcore.result import Interval
from benchcore.samples import Summary

CONFIDENCE = 0.95

P90_MIN_SAMPLES = 64
P95_MIN_SAMPLES = 130
P99_MIN_SAMPLES = 662
"""MLPerf LoadGen's early-stopping rule: with fewer samples the percentile isn't known with 99 %
confidence, so it is left out rather than printed."""


def student_t_quantile(probability: float, degrees: int) -> float:
    """The t with P(T <= t) = `probability` (0.5 to 1) for `degrees` >= 1 degrees of freedom.

    Inverts `student_t_central` by bisection; exact to about 1e-12 of the interval searched.
    """
    wanted = 2 * probability - 1
    low, high = 0.0, 1.0
    while student_t_central(high, degrees) < wanted:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if student_t_central(middle, degrees) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def student_t_central(t: float, degrees: int) -> float:
    """P(-t < T < t), by the finite series for whole degrees of freedom.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 (odd) and 26.7.4 (even), with
    theta = atan(t / sqrt(degrees)).
    """
    theta = atan(t / sqrt(degrees))
    square = cos(theta) ** 2
    if degrees % 2:
        term, total = cos(theta), 0.0
        for k in range(1, degrees, 2):
            total += term
            term *= square * (k + 1) / (k + 2)
        return 2 / pi * (theta + sin(theta) * total)
    term, total = 1.0, 0.0
    for k in range(0, degrees, 2):
        total += term
        term *= square * (k + 1) / (k + 2)
    return sin(theta) * total


def mean_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean, and the half-width of its Student-t interval (None for a single value)."""
    mean = fmean(values)
    if len(values) < 2:
        return mean, None
    degrees = len(values) - 1
    t = student_t_quantile((1 + CONFIDENCE) / 2, degrees)
    return mean, t * stdev(values) / sqrt(len(values))


def ratio_of_launches(
    contender: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]
) -> Interval:
    """contender / reference, from the block medians (ms) of each launch, paired by round.

    A launch's value is the mean log ratio over its rounds. With two or more launches the interval
    is Student's over launches. With one launch it is Student's over its rounds, which is blind to
    what changes from process to process and therefore too narrow; `method` says which it is.
    """
    by_launch = [
        [log(c / r) for c, r in zip(blocks, others, strict=False)]
        for blocks, others in zip(contender, reference, strict=False)
    ]
    by_launch = [rounds for rounds in by_launch if rounds]
    if not by_launch:
        raise ValueError("no round in which both contenders were measured")
    if len(by_launch) > 1:
        method = "student-t over launches"
        mean, half = mean_interval([fmean(rounds) for rounds in by_launch])
    else:
        method = "student-t over the rounds of one launch"
        mean, half = mean_interval(by_launch[0])
    if half is None:
        return Interval(estimate=exp(mean), low=None, high=None, method="one round, no interval")
    return Interval(estimate=exp(mean), low=exp(mean - half), high=exp(mean + half), method=method)


def log_half_width(interval: Interval) -> float | None:
    """Half the interval's width on the log scale: 0.01 is about 1 % either way."""
    if interval.low is None or interval.high is None:
        return None
    return log(interval.high / interval.low) / 2


def summarise(blocks_ms: Sequence[Sequence[float]]) -> Summary:
    """Order statistics over all iterations, and an interval of the median over blocks.

    `ci95_ms` is Student's interval over the block medians, centred on their mean.
    """
    if not blocks_ms or not all(blocks_ms):
        raise ValueError("a summary needs at least one block, and no empty one")
    values: NDArray[np.float64] = np.concatenate(
        [np.asarray(b, dtype=np.float64) for b in blocks_ms]
    )
    count = values.size
    centre, half = mean_interval([float(np.median(block)) for block in blocks_ms])
    return Summary(
        median_ms=float(np.median(values)),
        mean_ms=float(values.mean()),
        min_ms=float(values.min()),
        max_ms=float(values.max()),
        p25_ms=float(np.percentile(values, 25)),
        p75_ms=float(np.percentile(values, 75)),
        p90_ms=_percentile(values, 90, P90_MIN_SAMPLES),
        p95_ms=_percentile(values, 95, P95_MIN_SAMPLES),
        p99_ms=_percentile(values, 99, P99_MIN_SAMPLES),
        ci95_ms=None if half is None else (centre - half, centre + half),
        count=count,
    )


def _percentile(values: NDArray[np.float64], percent: int, least: int) -> float | None:
    return float(np.percentile(values, percent)) if values.size >= least else None
