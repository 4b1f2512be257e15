"""Where an axis begins and ends, which values it names, and where a value lies on it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchcore.report.charts import Chart, Point

WIDEST = 3.0
"""An interval stretches the axis to at most this multiple of its figure; the rest is cut off."""


@dataclass(frozen=True)
class Axis:
    """A range, linear or logarithmic, on a line from pixel `start` to pixel `end`."""

    low: float
    high: float
    log: bool
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The pixel of a value; beyond the range it is the range's end."""
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def limited(point: Point) -> tuple[float, float]:
    """The point's interval as far as an axis makes room for it."""
    low = point.value if point.low is None else min(point.low, point.value)
    high = point.value if point.high is None else max(point.high, point.value)
    return max(low, point.value / WIDEST), min(high, point.value * WIDEST)


def y_axis(chart: Chart, start: float, end: float) -> Axis:
    """From 0 if linear, so that lengths compare; logarithmic in steps of 1, 2 and 5."""
    ends = [limited(point) for series in chart.series for point in series.known]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if not chart.log_y:
        step = nice_step(high / 4)
        count = math.ceil(high * 1.02 / step)
        ticks = tuple(step * number for number in range(count + 1))
        return Axis(0.0, ticks[-1], False, start, end, ticks)
    low, high = low / 1.2, high * 1.2
    if high < 4 * low:
        low, high = low / 2, high * 2
    return Axis(low, high, True, start, end, log_ticks(low, high))


def x_axis(chart: Chart, start: float, end: float, label_px: float) -> Axis:
    """Logarithmic over the batch sizes; only measured ones are named, and only where they fit."""
    batches = sorted({point.batch for series in chart.series for point in series.known})
    low, high = batches[0] / 1.25, batches[-1] * 1.25
    bare = Axis(low, high, True, start, end, ())
    return Axis(low, high, True, start, end, _fitting(batches, bare, label_px))


def _fitting(batches: Sequence[int], axis: Axis, digit_px: float) -> tuple[float, ...]:
    """Every batch size whose label doesn't touch the one before; powers of two go first."""
    kept: dict[int, tuple[float, float]] = {}
    powers = [batch for batch in batches if batch & (batch - 1) == 0]
    for batch in [*powers, *batches]:
        half = len(f"{batch}") * digit_px / 2 + 3
        left, right = axis.at(batch) - half, axis.at(batch) + half
        if all(right <= begun or left >= ended for begun, ended in kept.values()):
            kept[batch] = (left, right)
    return tuple(sorted(kept))


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(
        power * factor for factor in (1, 2, 2.5, 5, 10, 20) if power * factor >= least * 0.999
    )


def log_ticks(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """1, 2 and 5 times each power of ten, or only powers, as many as `most` allows."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    exponents = range(first, last + 1)
    for factors, stride in ((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 4):
        ticks = _within(
            (10.0**exponent * factor for exponent in exponents[::stride] for factor in factors),
            low,
            high,
        )
        if len(ticks) <= most:
            return ticks
    return ticks[:: len(ticks) // most + 1]


def _within(values: Iterable[float], low: float, high: float) -> tuple[float, ...]:
    return tuple(value for value in values if low <= value <= high)
