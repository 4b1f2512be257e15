"""When a contender is warm: a policy over the windows of iterations it has run."""

from collections.abc import Sequence
from statistics import median

from benchcore.profiles import Budget

STABLE_WINDOWS = 3
"""Medians compared: two can agree by chance while clocks still climb, more only cost time."""

STABLE_WITHIN = 0.01
"""Largest spread of those medians, relative to the smallest: half of the 2 % of a verdict."""

WINDOW_S = 0.25
"""Length of a window: long enough for a median, short beside the shortest warm-up."""


class Warmup:
    """Told each window's iterations, says whether to go on, and why it ended.

    Warm means: the profile's least time and iterations are over, and the last three windows agree
    within 1 %. At the profile's cap it ends all the same, with `unstable` set.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._medians: list[float] = []
        self._iterations = 0
        self._spent_s = 0.0
        self.unstable = False

    def add(self, window_ms: Sequence[float]) -> None:
        """Record one window, in milliseconds an iteration."""
        self._medians.append(median(window_ms))
        self._iterations += len(window_ms)
        self._spent_s += sum(window_ms) / 1e3

    def done(self) -> bool:
        """Whether timing may begin."""
        budget = self._budget
        if self._iterations < budget.warmup_min_iterations:
            return False
        if self._spent_s < budget.warmup_s:
            return False
        if budget.uses_mean or self._stable():
            return True
        if self._spent_s >= budget.warmup_cap_s:
            self.unstable = True
            return True
        return False

    def _stable(self) -> bool:
        last = self._medians[-STABLE_WINDOWS:]
        return len(last) == STABLE_WINDOWS and max(last) <= min(last) * (1 + STABLE_WITHIN)
