"""The axes of a graph over time: what is shown, and which values and moments have labels."""

import math
from dataclasses import dataclass
from itertools import chain

from benchcore.report.axes import nice_step
from tui.plot import GAP

FAR_S = 1e9
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)
DAY_S = 86400


@dataclass(frozen=True)
class Window:
    """The part of time that is shown."""

    from_s: float
    until_s: float

    @classmethod
    def of(cls, from_s: float, until_s: float) -> "Window":
        """At least a second long, and within what can be computed with."""
        begin, end = (
            min(max(at_s, -FAR_S), FAR_S) if math.isfinite(at_s) else 0.0
            for at_s in (from_s, until_s)
        )
        return cls(begin, max(end, begin + 1.0))

    def share(self, at_s: float) -> float:
        """0 at the beginning, 1 at the end."""
        return (at_s - self.from_s) / (self.until_s - self.from_s)


def value_ticks(highest: float, most_steps: int) -> list[float]:
    """From 0 to at least the highest value, in at most so many steps."""
    steps = max(most_steps, 1)
    least = (highest if highest > 1e-6 else 1.0) / steps
    step = nice_step(least)
    if step < least:
        # A nice step may be a little less than it was asked for.
        step = nice_step(least * 1.002)
    return [step * place for place in range(max(math.ceil(highest / step), 1) + 1)]


def time_ticks(window: Window, columns: int) -> list[tuple[str, int]]:
    """Round moments with their labels, as close together as the labels allow."""
    span = window.until_s - window.from_s
    for step in chain(STEPS_S, (DAY_S << power for power in range(20))):
        room = columns * step / span
        if room < 5:
            continue  # Even the shortest labels would touch.
        first, last = math.ceil(window.from_s / step), math.floor(window.until_s / step)
        ticks = [(time_label(step * place), step * place) for place in range(first, last + 1)]
        if all(len(label) + len(GAP) <= room for label, _ in ticks):
            return ticks
    return []


def time_label(at_s: int) -> str:
    """A whole number of seconds, as one says it: 30 s, 1 min, 1:30 min, 2 h."""
    sign, at_s = ("-" if at_s < 0 else ""), abs(at_s)
    minutes, seconds = divmod(at_s, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        rest = f":{minutes:02}:{seconds:02}" if seconds else f":{minutes:02}" if minutes else ""
        return f"{sign}{hours}{rest} h"
    if minutes:
        return f"{sign}{minutes}{f':{seconds:02}' if seconds else ''} min"
    return f"{sign}{seconds} s"
