"""The memory of all contenders while they are measured, on one axis of time."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchcore.report.charts import number
from tui.canvas import FRAME, Canvas, cells_of, fitted, marker
from tui.plot import AXIS_ROWS, GAP, NAME_CELLS, Plot, draw_legend, flowed
from tui.time_axes import Window, time_ticks, value_ticks
from tui.widgets.drawing import Drawing, say, too_small

UNIT_CELLS = 8

GAP_S = 2.0
"""Longer without a sample, the line breaks: nobody knows what the memory was."""
MOST = 1e15
"""A value beyond, or below 0, is an error of its source and isn't drawn."""

WAITING = "waiting for the first sample"


@dataclass(frozen=True)
class Series:
    """One contender's samples, sorted by time."""

    name: str
    pen: int
    times_s: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True)
class Mark:
    """What began at a moment, as "torch: warm-up"."""

    at_s: float
    label: str


@dataclass(frozen=True)
class GraphView:
    """What the graph shows; `note` is said as long as there is no sample."""

    series: tuple[Series, ...]
    marks: tuple[Mark, ...]
    from_s: float
    until_s: float
    unit: str
    note: str = ""


class TimeGraph(Drawing):
    """Lines over time; each column shows the highest value that fell into it."""

    _view: GraphView | None = None

    def show(self, view: GraphView) -> None:
        """Show these samples instead of those before."""
        self._view = view
        self.redraw()

    def draw(self, canvas: Canvas) -> None:
        """The view, or why there is none."""
        if self._view is None:
            say(canvas, WAITING)
        else:
            draw_graph(canvas, self._view)


def draw_graph(canvas: Canvas, view: GraphView) -> None:
    """A whole graph on an empty canvas."""
    window = Window.of(view.from_s, view.until_s)
    peaks = [_highest(series.values, 0, len(series.values)) for series in view.series]
    if too_small(canvas) or all(peak is None for peak in peaks):
        say(canvas, view.note or WAITING)
        return
    shown = [_highest(series.values, *_part(window, series)) for series in view.series]
    highest = max((height for height in shown if height is not None), default=0.0)
    below = 3 if canvas.rows >= AXIS_ROWS else 2
    legend_rows = max(1, canvas.rows // 8)
    ticks = value_ticks(highest, min(6, (canvas.rows - below - legend_rows) // 2))
    unit = fitted(view.unit, UNIT_CELLS, canvas.ascii)
    gutter = max(cells_of(unit), *(len(number(tick)) for tick in ticks)) + 1
    entries = [
        _entry(series, peak, unit, canvas.ascii)
        for series, peak in zip(view.series, peaks, strict=True)
    ]
    legend = flowed(entries, canvas.columns - gutter, legend_rows, canvas.ascii)
    plot = Plot(canvas, gutter, legend[-1].row + 1, canvas.rows - below)
    canvas.text(gutter - 1 - cells_of(unit), 0, unit, FRAME)
    draw_legend(canvas, legend, [series.pen for series in view.series], gutter, 0)
    _draw_marks(plot, window, view.marks)
    plot.draw_values([(number(tick), plot.y(tick / ticks[-1])) for tick in ticks])
    times = time_ticks(window, plot.columns)
    plot.draw_below([(label, plot.x(window.share(at_s))) for label, at_s in times], line=below == 3)
    lines = [(each.pen, _draw_series(plot, window, each, ticks[-1])) for each in view.series]
    if not canvas.ascii:
        _mark_lines(plot, lines)


def _entry(series: Series, peak: float | None, unit: str, ascii: bool) -> tuple[str, ...]:
    """What the legend says of a contender, the longest first."""
    name = f"{marker(series.pen, ascii)} {fitted(series.name, NAME_CELLS, ascii)}"
    last = next((value for value in reversed(series.values) if 0 <= value <= MOST), None)
    if last is None or peak is None:
        return (name,) * 3
    now = f"{name} {number(last)} {unit}"
    return f"{now}, peak {number(peak)}", now, name


def _highest(values: Sequence[float], begin: int, end: int) -> float | None:
    """The highest usable value of a part, if there is one."""
    part = values[begin:end]
    if len(part) == 0:
        return None
    highest = max(part)
    if 0 <= highest <= MOST:
        return highest
    # NaN first in a part hides the others; else it loses every comparison.
    return max((value for value in part if 0 <= value <= MOST), default=None)


ColumnPeak = tuple[int, float, bool]
"""A column, its highest value, and whether a line leads to it from the column before."""


def _part(window: Window, series: Series) -> tuple[int, int]:
    """Which samples are inside: the first, and the one behind the last."""
    most = min(len(series.times_s), len(series.values))
    begin = bisect_left(series.times_s, window.from_s, 0, most)
    return begin, bisect_right(series.times_s, window.until_s, begin, most)


def _peaks(window: Window, series: Series, columns: int) -> Iterator[ColumnPeak]:
    """For each column of dots with a sample, its highest value."""
    times, values = series.times_s, series.values
    begin, end = _part(window, series)
    width = (window.until_s - window.from_s) / columns
    before = -math.inf
    for x in range(columns):
        last = x == columns - 1
        behind = end if last else bisect_left(times, window.from_s + width * (x + 1), begin, end)
        if behind > begin:
            highest = _highest(values, begin, behind)
            if highest is not None:
                yield x, highest, times[begin] - before <= GAP_S
                before = times[behind - 1]
            begin = behind


Dot = tuple[int, int]
"""Its place from the left and from the top."""


def _draw_series(plot: Plot, window: Window, series: Series, top: float) -> tuple[Dot, Dot] | None:
    """A line through the highest values; where it ends, and the first of the highest of all."""
    canvas, pen = plot.canvas, series.pen
    summit, summit_x = -1.0, 0
    scale, bottom = (plot.bottom_dot - plot.top_dot) / top, plot.bottom_dot
    begin, heights = 0, list[int]()
    for x, value, joined in _peaks(window, series, plot.width_dots):
        y = bottom - round(value * scale)
        if joined:
            # Columns without a sample of their own are on the way from one to the next.
            steps = x - begin - len(heights) + 1
            if steps > 1:
                before = heights[-1]
                heights += [before + (y - before) * step // steps for step in range(1, steps)]
        else:
            canvas.path(plot.left + begin, heights, pen)
            begin, heights = x, []
        heights.append(y)
        if value > summit:
            summit, summit_x = value, x
    canvas.path(plot.left + begin, heights, pen)
    if not heights:
        return None
    end = plot.left + begin + len(heights) - 1, heights[-1]
    return end, (plot.left + summit_x, bottom - round(summit * scale))


def _mark_lines(plot: Plot, lines: Sequence[tuple[int, tuple[Dot, Dot] | None]]) -> None:
    """The shapes of the pens at the ends of lines, then at the highest places: none is covered."""
    for place in range(2):
        for pen, dots in lines:
            if dots is not None:
                plot.mark(*dots[place], pen)


def _draw_marks(plot: Plot, window: Window, marks: Iterable[Mark]) -> None:
    """Dotted lines, and beneath as many labels as there is room for, the newest first."""
    canvas = plot.canvas
    free = canvas.columns
    inside = [mark for mark in marks if window.from_s <= mark.at_s <= window.until_s]
    for mark in sorted(inside, key=lambda mark: mark.at_s, reverse=True):
        x = plot.x(window.share(mark.at_s))
        canvas.bar(x, plot.top_dot, plot.bottom_dot, FRAME, dotted=True)
        label = fitted(mark.label, canvas.columns, canvas.ascii)
        column = min(x // canvas.dots_across, canvas.columns - cells_of(label))
        if label and column + cells_of(label) <= free:
            canvas.text(column, canvas.rows - 1, label, FRAME)
            free = column - len(GAP)
