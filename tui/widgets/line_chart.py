"""One chart of a document: a quantity against the batch size, for every contender."""

import math
from dataclasses import replace

from benchcore.report.axes import Axis, limited, x_axis, y_axis
from benchcore.report.charts import DRAWABLE, MOST_BATCH, X_LABEL, Chart, Point, Series, number
from tui.canvas import Canvas, cells_of, fitted, marker
from tui.plot import AXIS_ROWS, NAME_CELLS, Plot, draw_legend, flowed
from tui.widgets.drawing import Drawing, say, too_small

NO_CHART = "no chart"
NO_POINT = "no figure to draw"

LABEL_ROWS = 14
"""From this height on, the horizontal axis has its name."""
ASIDE_COLUMNS = 40
"""From this width on, the contenders' intervals stand side by side."""
MOST_ASIDE = 2


class LineChart(Drawing):
    """Points joined by lines; a contender without a figure at a batch size has a gap there."""

    _chart: Chart | None = None

    def show(self, chart: Chart | None) -> None:
        """Show this chart, or that there is none."""
        self._chart = None if chart is None else _drawable(chart)
        self.redraw()

    def draw(self, canvas: Canvas) -> None:
        """The chart, or why there is none."""
        if self._chart is None:
            say(canvas, NO_CHART)
        else:
            draw_chart(canvas, self._chart)


def _drawable(chart: Chart) -> Chart:
    """The same without what no axis can show; charts of documents have nothing of the kind."""
    series = tuple(replace(one, points=tuple(map(_usable, one.points))) for one in chart.series)
    return replace(chart, series=series)


def _usable(point: Point | None) -> Point | None:
    least, most = DRAWABLE
    if point is None or not (least <= point.value <= most and 1 <= point.batch <= MOST_BATCH):
        return None
    ends = (point.low, point.high)
    if any(end is not None and math.isnan(end) for end in ends):
        return Point(point.batch, point.value)
    return point


def draw_chart(canvas: Canvas, chart: Chart) -> None:
    """A whole chart on an empty canvas."""
    if too_small(canvas) or not any(series.known for series in chart.series):
        say(canvas, NO_POINT)
        return
    entries = [
        (f"{marker(one.number, canvas.ascii)} {fitted(one.name, NAME_CELLS, canvas.ascii)}",)
        for one in chart.series
    ]
    legend = flowed(entries, canvas.columns, max(1, canvas.rows // 6), canvas.ascii)
    legend_row = canvas.rows - legend[-1].row - 1
    axis_line, axis_name = canvas.rows >= AXIS_ROWS, canvas.rows >= LABEL_ROWS
    end_row = legend_row - 1 - axis_line - axis_name
    down = canvas.dots_down
    vertical = y_axis(chart, end_row * down - 1, down)
    ticks = _thinned(vertical.ticks, end_row - 1)
    gutter = 1 + max(len(number(tick)) for tick in ticks)
    plot = Plot(canvas, gutter, 1, end_row)
    horizontal = x_axis(chart, plot.left, canvas.width_dots - 1, canvas.dots_across)

    canvas.text(0, 0, _title(chart, canvas))
    plot.draw_values([(number(tick), round(vertical.at(tick))) for tick in ticks])
    plot.draw_below(
        [(number(tick), round(horizontal.at(tick))) for tick in horizontal.ticks], axis_line
    )
    if axis_name:
        plot.draw_centred(X_LABEL, legend_row - 1)
    draw_legend(canvas, legend, [one.number for one in chart.series], 0, legend_row)
    for place, series in enumerate(chart.series):
        aside = 0
        if plot.columns >= ASIDE_COLUMNS:
            aside = min(max(place - len(chart.series) // 2, -MOST_ASIDE), MOST_ASIDE)
        _draw_series(plot, series, horizontal, vertical, aside)


def _title(chart: Chart, canvas: Canvas) -> str:
    """The group is left out first: the page around the chart often says it too."""
    what = f"{chart.title} ({chart.unit})"
    whole = fitted(f"{chart.group}: {what}", 1000, canvas.ascii)
    return (
        whole if cells_of(whole) <= canvas.columns else fitted(what, canvas.columns, canvas.ascii)
    )


def _thinned(ticks: tuple[float, ...], most: int) -> tuple[float, ...]:
    """Every tick, or every second, third, ..., the ends always; at most so many, at least two."""
    steps = len(ticks) - 1
    strides = (stride for stride in range(1, steps) if steps % stride == 0)
    return ticks[:: next((stride for stride in strides if steps // stride < most), max(steps, 1))]


def _draw_series(plot: Plot, series: Series, horizontal: Axis, vertical: Axis, aside: int) -> None:
    """Lines first, then intervals, then points: what matters most covers the rest."""
    canvas, pen = plot.canvas, series.number
    places: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    for point in series.points:
        if point is None:
            before = None
            continue
        x = min(max(round(horizontal.at(point.batch)) + aside, plot.left), canvas.width_dots - 1)
        place = x, round(vertical.at(point.value))
        if before is not None:
            canvas.line(*before, *place, pen, ".")
        before = place
        places.append(place)
    for (x, _), point in zip(places, series.known, strict=True):
        if point.low is not None and point.high is not None:
            low, high = limited(point)
            canvas.bar(x, round(vertical.at(low)), round(vertical.at(high)), pen, "|")
    for x, y in places:
        plot.mark(x, y, pen)
