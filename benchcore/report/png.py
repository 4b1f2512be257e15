"""The same sheet of charts as a PNG picture, drawn by matplotlib where that is installed.

matplotlib is the pen and nothing more: its own axes cost ten times as much, and would look
different from the SVG.
"""

import importlib.util
import io
import warnings
from typing import TYPE_CHECKING, Any

from benchcore.errors import UsageError
from benchcore.report.axes import Axis
from benchcore.report.charts import X_LABEL, Chart, Series, number
from benchcore.report.palette import LIGHT, LIGHT_INK, colour, shape
from benchcore.report.plain import shortened
from benchcore.report.sheet import (
    GAP,
    NAME_WIDTH,
    ROW,
    TITLE,
    Place,
    Sheet,
    axes,
    left_out,
    legend,
    sheet,
    shifted,
    whisker,
)
from benchcore.result import Document

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CHARTS = 24
"""Drawn of one document, so that any takes less than two seconds."""

SCALE = 1.5
"""Pixels of the picture for one of the sheet."""
PER_INCH = 96
"""Pixels of the sheet."""
POINTS = 72 / PER_INCH

FAST = {"compress_level": 2}
"""A tenth larger, and written in half the time."""

NEEDED = "PNG needs matplotlib: pip install 'dlib-pytorch-benchmark[plots]'."
NAN = float("nan")


def render(document: Document) -> bytes:
    """The picture, on light paper. Raises UsageError without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(NEEDED)
    # Imported here only: matplotlib takes most of a second, and no other format needs it.
    import matplotlib
    from matplotlib.figure import Figure

    layout = sheet(document, MOST_CHARTS)
    settings: Any = {"text.parse_math": False}  # A "$" in a name is a dollar.
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; that is no news to a terminal.
        warnings.simplefilter("ignore")
        size = (layout.width / PER_INCH, layout.height / PER_INCH)
        figure = Figure(figsize=size, dpi=PER_INCH * SCALE, facecolor=LIGHT_INK["paper"])
        paper = figure.add_axes((0, 0, 1, 1))
        paper.set_axis_off()
        paper.set_xlim(0, layout.width)
        paper.set_ylim(layout.height, 0)
        _draw_sheet(_Pen(paper), layout)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", metadata={"Software": None}, pil_kwargs=FAST)
    return picture.getvalue()


class _Pen:
    """Draws on the sheet in its pixels, from a corner on."""

    def __init__(self, paper: "Axes", x: float = 0, y: float = 0) -> None:
        self._paper, self._x, self._y = paper, x, y

    def at(self, x: float, y: float) -> "_Pen":
        """A pen whose corner is there."""
        return _Pen(self._paper, x, y)

    def write(
        self,
        words: str,
        x: float,
        y: float,
        ink: str = "muted",
        ha: Any = "left",
        title: bool = False,
    ) -> None:
        """Words on a line that they stand on."""
        weight, size = ("bold", 13) if title else ("normal", 11)
        self._paper.text(
            self._x + x,
            self._y + y,
            words,
            color=LIGHT_INK[ink],
            ha=ha,
            va="baseline",
            fontsize=size * POINTS,
            fontweight=weight,
        )

    def line(self, points: list[Place], hue: str, **how: Any) -> None:
        """A line through the points, broken where one is not a number."""
        from matplotlib.lines import Line2D

        xs, ys = [self._x + x for x, _ in points], [self._y + y for _, y in points]
        self._paper.add_line(Line2D(xs, ys, color=hue, **how))

    def marks(self, points: list[Place], number: int) -> None:
        """The marker of the contender with this number at each point."""
        marker = shape(number).matplotlib
        hue = LIGHT[colour(number)]
        size = 7 * POINTS
        self.line(points, hue, linestyle="none", marker=marker, markersize=size, markeredgewidth=0)


def _draw_sheet(pen: _Pen, layout: Sheet) -> None:
    pen.write(TITLE, GAP, 32, "ink", title=True)
    for row, line in enumerate(layout.words):
        pen.write(line, GAP, 54 + ROW * row)
    for chart, x, y in layout.places:
        _draw(pen.at(x, y), chart)


def _draw(pen: _Pen, chart: Chart) -> None:
    horizontal, vertical = axes(chart)
    pen.write(f"{chart.title} ({chart.unit})", 0, 14, "ink", title=True)
    pen.write(shortened(chart.group, 56), 0, 14 + ROW)
    _frame(pen, horizontal, vertical)
    for series, aside in shifted(chart):
        _series(pen, series, horizontal, vertical, aside)
    y = 0.0
    for series, x, y in legend(chart):
        pen.marks([(x, y)], series.number)
        pen.write(shortened(series.name, NAME_WIDTH), x + 10, y + 4, "ink")
    if left_out(chart):
        pen.write(left_out(chart), 0, y + ROW + 4)


def _frame(pen: _Pen, horizontal: Axis, vertical: Axis) -> None:
    left, right, bottom = horizontal.start, horizontal.end, vertical.start
    grid = [(left, bottom), (right, bottom)]
    for value in vertical.ticks:
        y = vertical.at(value)
        grid += [(NAN, NAN), (left, y), (right, y)]
        pen.write(number(value), left - 6, y + 4, ha="right")
    for value in horizontal.ticks:
        x = horizontal.at(value)
        grid += [(NAN, NAN), (x, bottom), (x, bottom + 4)]
        pen.write(number(value), x, bottom + 16, ha="center")
    pen.line(grid, LIGHT_INK["grid"], linewidth=POINTS)
    pen.write(X_LABEL, (left + right) / 2, bottom + 32, ha="center")


def _series(pen: _Pen, series: Series, horizontal: Axis, vertical: Axis, aside: float) -> None:
    hue = LIGHT[colour(series.number)]
    points: list[Place] = []
    ranges: list[Place] = []
    for point in series.points:
        if point is None:
            points.append((NAN, NAN))
            continue
        x = horizontal.at(point.batch) + aside
        points.append((x, vertical.at(point.value)))
        for start, end in whisker(point, x, vertical):
            ranges += [start, end, (NAN, NAN)]
    pen.line(points, hue, linewidth=1.5 * POINTS, alpha=0.55)
    pen.line(ranges, hue, linewidth=1.4 * POINTS)
    pen.marks(points, series.number)
