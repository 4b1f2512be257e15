"""Where everything stands on a sheet of charts, for the pens that draw it: SVG and PNG.

All lengths are in pixels of an SVG that is shown at its own size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from benchcore.report.axes import Axis, limited, x_axis, y_axis
from benchcore.report.charts import Chart, Point, Series, charts, number
from benchcore.report.plain import shortened
from benchcore.report.tables import headline
from benchcore.result import Document

TITLE = "dlib and PyTorch on ResNet-50"

COLUMNS = 3
WIDTH, PLOT_HEIGHT = 360, 168
TOP, BOTTOM, RIGHT = 46, 38, 12
ROW = 17
"""From one line of words to the next."""
GAP = 24
CHARACTER, DIGIT = 6.3, 6.2
"""The usual width of either, at the size of ticks and names."""

MOST_CHARTS = 60
"""Drawn of one document; a run of both networks and modes has 12."""
MOST_SERIES = 24
"""Contenders in a chart; with more, nobody tells them apart."""
NAME_WIDTH = 25
"""Characters of a name in the legend, of which two stand side by side."""

Place = tuple[float, float]
"""From the left and from the top."""


@dataclass(frozen=True)
class Sheet:
    """The size, the words at the top line by line, and each chart with its corner."""

    width: int
    height: int
    words: list[str]
    places: list[tuple[Chart, int, int]]


def sheet(document: Document, most: int = MOST_CHARTS) -> Sheet:
    """All charts of a document in a grid, up to `most`; what is left out is said."""
    every = list(charts(document))
    shown = every[:most]
    columns = max(1, min(COLUMNS, len(shown)))
    width = max(columns, 2) * (WIDTH + GAP) + GAP
    in_line = int((width - 2 * GAP) / CHARACTER)
    words = wrap(shortened(" ".join(headline(document)), 4 * in_line), in_line)
    if len(every) > len(shown):
        more = len(every) - len(shown)
        words.append(f"{more} more charts are not drawn here; the document has their figures.")
    if not every:
        words.append("No figure in this document can be drawn.")
    top = 52 + ROW * len(words)
    tall = max((height(chart) for chart in shown), default=0) + GAP
    places = [
        (chart, GAP + place % columns * (WIDTH + GAP), top + place // columns * tall)
        for place, chart in enumerate(shown)
    ]
    rows = -(-len(shown) // columns)
    return Sheet(width, top + rows * tall + GAP, words, places)


def height(chart: Chart) -> int:
    """What a chart takes, its legend included."""
    rows = -(-min(len(chart.series), MOST_SERIES) // 2) + bool(left_out(chart))
    return TOP + PLOT_HEIGHT + BOTTOM + ROW * rows


def axes(chart: Chart) -> tuple[Axis, Axis]:
    """The horizontal and the vertical axis, with the room that the labels need at the left."""
    vertical = y_axis(chart, TOP + PLOT_HEIGHT, TOP)
    left = 8 + DIGIT * max(len(number(tick)) for tick in vertical.ticks)
    return x_axis(chart, left, WIDTH - RIGHT, DIGIT), vertical


def shifted(chart: Chart) -> Iterator[tuple[Series, float]]:
    """Each contender, a little aside from the others, so that intervals don't hide each other."""
    drawn = chart.series[:MOST_SERIES]
    for place, series in enumerate(drawn):
        aside = 4.0 * (place - (len(drawn) - 1) / 2)
        yield series, max(-12.0, min(12.0, aside))


def whisker(point: Point, x: float, vertical: Axis) -> Iterator[tuple[Place, Place]]:
    """The lines of a point's interval; an end that is cut off has no cap."""
    if point.low is None or point.high is None:
        return
    low, high = limited(point)
    yield (x, vertical.at(low)), (x, vertical.at(high))
    for end, whole in ((low, point.low), (high, point.high)):
        if end == whole and vertical.low <= end <= vertical.high:
            y = vertical.at(end)
            yield (x - 3, y), (x + 3, y)


def legend(chart: Chart) -> Iterator[tuple[Series, float, float]]:
    """Each contender drawn, with the place of its marker's centre."""
    top = TOP + PLOT_HEIGHT + BOTTOM + 8
    for place, series in enumerate(chart.series[:MOST_SERIES]):
        yield series, place % 2 * WIDTH / 2 + 6, top + place // 2 * ROW


def left_out(chart: Chart) -> str:
    """What the legend says of contenders that aren't drawn, or nothing."""
    count = len(chart.series) - MOST_SERIES
    return f"and {count} more contenders, not drawn here" if count > 0 else ""
