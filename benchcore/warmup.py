"""When a contender is warm: a policy over the windows of iterations it has run."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import log, pi, sqrt
from statistics import median

from benchcore.profiles import Budget

STABLE_WINDOWS = 3
"""Medians compared: two can agree by chance while clocks still climb, more only cost time."""

STABLE_WITHIN = 0.01
"""Largest spread of those medians, relative to the smallest: half of the 2 % of a verdict."""

CLOCK_STABLE_WITHIN = 0.02
"""Largest spread of the streaming multiprocessors' clocks over those windows, where known."""

NOISY_WINDOWS = 8
"""Windows needed to tell noise from a trend: with three, a climb of 3 % a window hides in
iterations that scatter by 3 %; with eight its slope is six standard errors."""

RECENT_WINDOWS = 12
"""Windows looked at for a trend, so that the slow first iterations are forgotten."""

NOISE_SPREADS = 2.0
"""Allowed spread of three medians, in standard deviations of one: they differ by 1.7 on average."""

TREND_ERRORS = 1.0
"""Allowed slope in its standard errors: strict, as a steady contender gets another chance with
each window, while a drifting one is seen ever more clearly."""

WINDOW_S = 0.25
"""Length of a window: long enough for a median, short beside the shortest warm-up."""

MAD_TO_SD = 1.4826
"""Standard deviation over median absolute deviation, for a normal distribution."""


class Warmup:
    """Told each window's iterations, says whether to go on, and why it ended.

    Warm means: the profile's least time and iterations are over, and the last three windows agree
    within 1 %, or within what the scatter of the iterations explains while the medians show no
    trend; the clocks agree within 2 % where they are known. At the profile's cap it ends all the
    same, with `unstable` set.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._windows: list[list[float]] = []
        self._clocks_mhz: list[float | None] = []
        self._iterations = 0
        self._spent_s = 0.0
        self.unstable = False

    def add(self, window_ms: Sequence[float], sm_clock_mhz: float | None = None) -> None:
        """Record one window: milliseconds an iteration, and the median clock if it is known."""
        self._windows = [*self._windows, list(window_ms)][-RECENT_WINDOWS:]
        self._clocks_mhz = [*self._clocks_mhz, sm_clock_mhz][-STABLE_WINDOWS:]
        self._iterations += len(window_ms)
        self._spent_s += sum(window_ms) / 1e3

    def done(self) -> bool:
        """Whether timing may begin."""
        budget = self._budget
        if self._iterations < budget.warmup_min_iterations:
            return False
        if self._spent_s < budget.warmup_s:
            return False
        if budget.uses_mean or (steady(self._windows) and self._clocks_agree()):
            return True
        if self._spent_s >= budget.warmup_cap_s:
            self.unstable = True
            return True
        return False

    def _clocks_agree(self) -> bool:
        known = [clock for clock in self._clocks_mhz if clock is not None]
        return not known or max(known) <= min(known) * (1 + CLOCK_STABLE_WITHIN)


def steady(windows_ms: Sequence[Sequence[float]]) -> bool:
    """Whether the last windows agree, apart from the iterations' own noise."""
    if len(windows_ms) < STABLE_WINDOWS:
        return False
    medians = [log(median(window)) for window in windows_ms]
    last = medians[-STABLE_WINDOWS:]
    spread, allowed = max(last) - min(last), log(1 + STABLE_WITHIN)
    if len(windows_ms) < NOISY_WINDOWS:
        return spread <= allowed
    noise = _noise_of_median(windows_ms)
    count = len(medians)
    slope_error = noise / sqrt(count * (count**2 - 1) / 12)
    return spread <= max(allowed, NOISE_SPREADS * noise) and abs(_slope(medians)) <= max(
        allowed / (STABLE_WINDOWS - 1), TREND_ERRORS * slope_error
    )


def _noise_of_median(windows_ms: Sequence[Sequence[float]]) -> float:
    """Standard deviation (log) of a window's median, from the scatter of the iterations.

    The scatter is that of successive differences around their own median, so that a steady climb
    doesn't count as noise; robust, so that a few slow iterations don't either. The median of n
    normal values scatters by sqrt(pi / 2n) of theirs; that of one or two is their mean.
    """
    iterations = [log(ms) for window in windows_ms for ms in window]
    steps = [after - before for before, after in pairwise(iterations)]
    centre = median(steps)
    scatter = MAD_TO_SD * median(abs(step - centre) for step in steps) / sqrt(2)
    each = median(len(window) for window in windows_ms)
    return scatter * sqrt((pi / 2 if each > 2 else 1.0) / each)


def _slope(values: Sequence[float]) -> float:
    """The change a step: the median over all pairs (Theil and Sen), which outliers don't move.

    P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the
    American Statistical Association 63 (1968) 1379-1389.
    """
    return median((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2))
