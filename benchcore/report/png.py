"""The same charts as a PNG picture, drawn by matplotlib where that is installed."""

import importlib.util
import io
import warnings
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from benchcore.errors import UsageError
from benchcore.report.axes import limited, x_axis, y_axis
from benchcore.report.charts import X_LABEL, Chart, Series, charts, number
from benchcore.report.palette import LIGHT, LIGHT_INK, colour, shape
from benchcore.report.plain import shortened
from benchcore.report.summary import sentences
from benchcore.result import Document

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
MOST_CHARTS = 24
"""Drawn of one document: matplotlib takes a twentieth of a second for each."""
MOST_NAMED = 24
DPI = 120
WIDTH, HEIGHT, ROW = 4.2, 3.2, 0.2
"""Of a chart, and the height of a line of words, in inches."""

NEEDED = "PNG needs matplotlib: pip install 'dlib-pytorch-benchmark[plots]'."


def render(document: Document) -> bytes:
    """The picture, on light paper. Raises UsageError without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(NEEDED)
    # Imported here only: matplotlib takes a second, and no other format needs it.
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    settings: Any = {  # matplotlib types each key of its own
        "text.parse_math": False,  # A "$" in a name is a dollar.
        "font.size": 9,
        "text.color": LIGHT_INK["ink"],
        "axes.edgecolor": LIGHT_INK["grid"],
        "xtick.color": LIGHT_INK["muted"],
        "ytick.color": LIGHT_INK["muted"],
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; that is no news to a terminal.
        warnings.simplefilter("ignore")
        figure = _figure(document)
        FigureCanvasAgg(figure)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
    return picture.getvalue()


def _grid(count: int) -> tuple[int, int]:
    count = min(count, MOST_CHARTS)
    return max(2, min(count, COLUMNS)), max(1, -(-count // COLUMNS))


def _figure(document: Document) -> "Figure":
    from matplotlib.figure import Figure

    every = list(charts(document))
    shown = every[:MOST_CHARTS]
    columns, rows = _grid(len(every))
    numbers = {series.name: series.number for chart in shown for series in chart.series}
    words = wrap(shortened(" ".join(sentences(document)), columns * 150), columns * 62)
    if len(every) > len(shown):
        words.append(f"{len(every) - len(shown)} more charts are not drawn here.")
    if not every:
        words.append("No figure in this document can be drawn.")
    if len(numbers) > MOST_NAMED:
        words.append(f"{len(numbers) - MOST_NAMED} more contenders are drawn, but not named.")
    in_row = 2 * columns
    foot = 0.2 + ROW * -(-min(len(numbers), MOST_NAMED) // in_row)
    tall = 0.3 + ROW * len(words) + rows * HEIGHT + foot
    figure = Figure(figsize=(columns * WIDTH, tall), facecolor=LIGHT_INK["paper"])
    figure.text(0.15 / columns / WIDTH, 1 - 0.12 / tall, "\n".join(words), va="top")
    for place, chart in enumerate(shown):
        column, row = place % COLUMNS, place // COLUMNS
        left = (column * WIDTH + 0.7) / (columns * WIDTH)
        bottom = (foot + (rows - 1 - row) * HEIGHT + 0.55) / tall
        size = ((WIDTH - 0.95) / (columns * WIDTH), (HEIGHT - 1.1) / tall)
        _draw(figure.add_axes((left, bottom, *size)), chart)
    _legend(figure, numbers, in_row)
    return figure


def _draw(axes: "Axes", chart: Chart) -> None:
    horizontal, vertical = x_axis(chart, 0, 300, 6.5), y_axis(chart, 0, 200)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log" if vertical.log else "linear")
    for place, series in enumerate(chart.series):
        aside = place - (len(chart.series) - 1) / 2
        _series(axes, series, 1.02 ** max(-4.0, min(4.0, aside)))
    for axis, ticks in ((axes.xaxis, horizontal.ticks), (axes.yaxis, vertical.ticks)):
        axis.set_ticks(list(ticks), [number(tick) for tick in ticks])
        axis.set_ticks([], minor=True)
    axes.set_xlim(horizontal.low, horizontal.high)
    axes.set_ylim(vertical.low, vertical.high)
    axes.grid(axis="y", color=LIGHT_INK["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    title = f"{shortened(chart.group, 50)}\n{chart.title} ({chart.unit})"
    axes.set_title(title, loc="left", fontsize=9)
    axes.set_xlabel(X_LABEL, color=LIGHT_INK["muted"])


def _series(axes: "Axes", series: Series, shift: float) -> None:
    nan = float("nan")
    hue = LIGHT[colour(series.number)]
    # matplotlib breaks a line where a number is missing.
    xs = [nan if point is None else point.batch * shift for point in series.points]
    ys = [nan if point is None else point.value for point in series.points]
    axes.plot(xs, ys, color=hue, linewidth=1.2, alpha=0.55)
    axes.plot(xs, ys, color=hue, linestyle="none", marker=shape(series.number).matplotlib, ms=5)
    ranges = [
        (point.batch * shift, *limited(point)) for point in series.known if point.low is not None
    ]
    if ranges:
        places, lows, highs = zip(*ranges, strict=True)
        axes.vlines(places, lows, highs, color=hue, linewidth=1.2)


def _legend(figure: "Figure", numbers: dict[str, int], in_row: int) -> None:
    """One for all charts, below them."""
    from matplotlib.lines import Line2D

    names = list(numbers)[:MOST_NAMED]
    if not names:
        return
    handles = [
        Line2D(
            [],
            [],
            color=LIGHT[colour(numbers[name])],
            marker=shape(numbers[name]).matplotlib,
        )
        for name in names
    ]
    # The names are set afterwards: in a label, matplotlib takes a leading "_" for "leave out".
    legend = figure.legend(
        handles,
        [f"{place}" for place in range(len(names))],
        loc="lower left",
        ncols=min(len(names), in_row),
        frameon=False,
    )
    for entry, name in zip(legend.get_texts(), names, strict=True):
        entry.set_text(shortened(name, 25))
