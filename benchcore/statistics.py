"""Summaries and intervals of measured times: pure functions of numbers.

Iterations of one process are not independent samples (they share drift, clocks and chosen
algorithms), so an interval is computed over launches, or over rounds where there is one launch.
A launch's value is the mean of the logs of its blocks' medians.
"""

from collections.abc import Sequence
from math import log
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from benchcore import estimates
from benchcore.estimates import Estimate
from benchcore.result import Interval
from benchcore.samples import Summary

OVER_LAUNCHES = "student-t over launches"
OVER_ROUNDS = "student-t over the rounds of one launch"
ONE_ROUND = "one round, no interval"
WELCH_OVER_LAUNCHES = "welch over launches"
WELCH_OVER_ROUNDS = "welch over rounds, since one side has one launch"
PAIRED_LAUNCHES = "student-t over pairs of launches, which move together"
PAIRED_ROUNDS = "student-t over pairs of rounds of one launch, which move together"
"""Words for an interval's `method`."""

PAIRED = (PAIRED_LAUNCHES, PAIRED_ROUNDS)

P90_MIN_SAMPLES = 64
P95_MIN_SAMPLES = 130
P99_MIN_SAMPLES = 662
"""MLPerf LoadGen's early-stopping rule: with fewer samples the percentile isn't known with 99 %
confidence, so it is left out rather than printed."""

MILD_FENCE_IQR = 1.5
SEVERE_FENCE_IQR = 3.0
"""J. W. Tukey, Exploratory Data Analysis (1977): values beyond the quartiles by so many
interquartile ranges. They are labelled and never dropped: a slow iteration was slow."""


def logs(launches: Sequence[Sequence[float]]) -> list[list[float]]:
    """Natural logarithms of positive values grouped by launch, without empty launches."""
    return [[log(value) for value in values] for values in launches if values]


def level(logs_by_launch: Sequence[Sequence[float]]) -> Estimate:
    """The mean log over launches; over the rounds where there is one launch.

    The latter is blind to what changes from process to process and therefore too narrow; `method`
    says which it is. Raises ValueError without any value.
    """
    if not logs_by_launch:
        raise ValueError("no block to estimate from")
    if len(logs_by_launch) > 1:
        return estimates.of_mean([fmean(rounds) for rounds in logs_by_launch], OVER_LAUNCHES)
    rounds = logs_by_launch[0]
    return estimates.of_mean(rounds, OVER_ROUNDS if len(rounds) > 1 else ONE_ROUND)


def change(after: Sequence[Sequence[float]], before: Sequence[Sequence[float]]) -> Estimate:
    """The mean log of `after` less that of `before`, each grouped by launch (Welch).

    Two documents of one plan have a place in the schedule for each launch and round. Where their
    values demonstrably move together from place to place (a first launch that warms the machine),
    they are compared place by place, and what recurs in both is gone.

    A side with one launch is represented by its rounds, and `method` says so: the interval is then
    blind to what changes from process to process. Equal sides (a document against itself) differ
    by nothing for certain. Raises ValueError if a side has no value.
    """
    if not (after and before):
        raise ValueError("no block to compare")
    several = len(after) > 1 and len(before) > 1
    values = [
        [fmean(rounds) for rounds in side] if len(side) > 1 else side[0] for side in (after, before)
    ]
    if estimates.move_together(*values) and len(after) == len(before):
        differences = [new - old for new, old in zip(*values, strict=True)]
        return estimates.of_mean(differences, PAIRED_LAUNCHES if several else PAIRED_ROUNDS)
    method = WELCH_OVER_LAUNCHES if several else WELCH_OVER_ROUNDS
    if min(map(len, values)) < 2:
        method = ONE_ROUND
    elif after == before:
        return Estimate(0.0, 0.0, 1, method)
    return estimates.of_difference(values[0], values[1], method)


def ratio_of_launches(
    contender: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]
) -> Interval:
    """contender / reference, from the block medians (ms) of each launch, paired by round.

    A launch's value is the mean log ratio over its rounds; see `level` for the interval.
    """
    by_launch = [
        [log(c / r) for c, r in zip(blocks, others, strict=False)]
        for blocks, others in zip(contender, reference, strict=False)
    ]
    by_launch = [rounds for rounds in by_launch if rounds]
    if not by_launch:
        raise ValueError("no round in which both contenders were measured")
    return level(by_launch).interval()


def log_half_width(interval: Interval) -> float | None:
    """Half the interval's width on the log scale: 0.01 is about 1 % either way."""
    if interval.low is None or interval.high is None:
        return None
    return log(interval.high / interval.low) / 2


def own_half_width(blocks_ms: Sequence[Sequence[float]]) -> float | None:
    """Half-width (log) of one contender's own time, from its block medians grouped by launch.

    None with fewer than two launches: its rounds alone would promise too much.
    """
    by_launch = logs(blocks_ms)
    return level(by_launch).half_width if len(by_launch) > 1 else None


def throughput(
    images_per_s: Sequence[Sequence[float]],
) -> tuple[float, float | None, float | None]:
    """Estimate, low and high (images/s) of the bursts' rates, grouped by launch.

    The estimate is the geometric mean over launches; see `level` for the interval, which is None
    for a single burst.
    """
    interval = level(logs(images_per_s)).interval()
    return interval.estimate, interval.low, interval.high


def summarise(
    blocks_ms: Sequence[Sequence[float]], launches: Sequence[int] | None = None
) -> Summary:
    """Order statistics over all iterations, and an interval of a block's median over launches.

    `launches` are those of the blocks, which without it are all of one. `ci95_ms` is Student's
    interval over the launches' means of block medians, centred on their mean; of one launch it is
    over the blocks, blind to what changes between processes.
    """
    if not blocks_ms or not all(blocks_ms):
        raise ValueError("a summary needs at least one block, and no empty one")
    values: NDArray[np.float64] = np.concatenate(
        [np.asarray(b, dtype=np.float64) for b in blocks_ms]
    )
    medians: dict[int, list[float]] = {}
    for launch, block in zip(launches or [0] * len(blocks_ms), blocks_ms, strict=True):
        medians.setdefault(launch, []).append(float(np.median(block)))
    by_launch = list(medians.values())
    independent = [fmean(rounds) for rounds in by_launch] if len(by_launch) > 1 else by_launch[0]
    centre = estimates.of_mean(independent, OVER_LAUNCHES)
    half = centre.half_width
    p25, p50, p75 = (float(np.percentile(values, percent)) for percent in (25, 50, 75))
    severe = _count_beyond(values, p25, p75, SEVERE_FENCE_IQR)
    return Summary(
        median_ms=p50,
        mean_ms=float(values.mean()),
        min_ms=float(values.min()),
        max_ms=float(values.max()),
        p25_ms=p25,
        p75_ms=p75,
        p90_ms=_percentile(values, 90, P90_MIN_SAMPLES),
        p95_ms=_percentile(values, 95, P95_MIN_SAMPLES),
        p99_ms=_percentile(values, 99, P99_MIN_SAMPLES),
        ci95_ms=None if half is None else (centre.mean - half, centre.mean + half),
        count=values.size,
        mad_ms=float(np.median(np.abs(values - p50))),
        mild_outliers=_count_beyond(values, p25, p75, MILD_FENCE_IQR) - severe,
        severe_outliers=severe,
    )


def _percentile(values: NDArray[np.float64], percent: int, least: int) -> float | None:
    return float(np.percentile(values, percent)) if values.size >= least else None


def _count_beyond(values: NDArray[np.float64], p25: float, p75: float, fence_iqr: float) -> int:
    reach = fence_iqr * (p75 - p25)
    return int(np.count_nonzero((values < p25 - reach) | (values > p75 + reach)))
