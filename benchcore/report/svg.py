"""Charts as SVG: alone in one file, or one by one inside the HTML page."""

from itertools import islice
from textwrap import wrap

from benchcore.report.axes import Axis, limited, x_axis, y_axis
from benchcore.report.charts import X_LABEL, Chart, Point, Series, charts, number
from benchcore.report.markup import EMPTY, Markup, element, join, text
from benchcore.report.palette import LIGHT, THEME, colour, shape
from benchcore.report.plain import shortened
from benchcore.report.summary import sentences
from benchcore.result import Document

COLUMNS = 3
MOST_CHARTS = 60
"""Drawn of one document; a run of both networks and modes has 12."""
MOST_NAMED = 24
"""Contenders in a legend."""

WIDTH, PLOT_HEIGHT = 360, 168
TOP, BOTTOM, RIGHT = 46, 38, 12
ROW = 17
GAP = 24
DIGIT = 6.2
"""Pixels of a digit at the size that ticks have."""
NAME_WIDTH = 25
"""Characters of a name in the legend, of which two stand side by side."""

STYLE = (
    ".chart text{font:11px system-ui,sans-serif;fill:var(--muted)}\n"
    ".chart .title{font-weight:600;font-size:13px;fill:var(--ink)}\n"
    ".chart .name{fill:var(--ink)}\n"
    ".chart .end{text-anchor:end}.chart .mid{text-anchor:middle}\n"
    ".chart .grid{stroke:var(--grid);fill:none}\n"
    ".chart .line{fill:none;stroke-width:1.5;opacity:.55}\n"
    ".chart .range{fill:none;stroke-width:1.4}\n"
    + "".join(
        f".chart .s{i}{{stroke:var(--c{i})}}.chart .f{i}{{fill:var(--c{i})}}"
        for i in range(len(LIGHT))
    )
    + "\n"
)


def render(document: Document) -> str:
    """All charts in a grid, as one file that follows the viewer's light or dark."""
    every = list(charts(document))
    shown = every[:MOST_CHARTS]
    columns = max(1, min(COLUMNS, len(shown)))
    width = max(columns * (WIDTH + GAP) + GAP, 2 * (WIDTH + GAP) + GAP)
    words = _lines(" ".join(sentences(document)), int(width / 6.3))
    left_out = len(every) - len(shown)
    if left_out:
        words.append(f"{left_out} more charts are not drawn here; the document has their figures.")
    if not every:
        words.append("No figure in this document can be drawn.")
    top = 52 + ROW * len(words)
    cell_height = max((height(chart) for chart in shown), default=0) + GAP
    rows = -(-len(shown) // columns)
    total = top + rows * cell_height + GAP
    content = [
        element("title", text("dlib and PyTorch on ResNet-50"), id="title"),
        element("desc", text(" ".join(words)), id="desc"),
        element("style", Markup(THEME + STYLE + ".paper{fill:var(--paper)}")),
        element("rect", class_="paper", width=width, height=total),
        _text("dlib and PyTorch on ResNet-50", GAP, 32, "title"),
        *(_text(line, GAP, 54 + ROW * row) for row, line in enumerate(words)),
    ]
    for place, chart in enumerate(shown):
        x = GAP + place % columns * (WIDTH + GAP)
        y = top + place // columns * cell_height
        drawing = draw(chart, f"chart{place}", chart.group)
        words_of = _named(f"chart{place}")
        content.append(element("g", drawing, transform=f"translate({x} {y})", **words_of))
    return (
        element(
            "svg",
            join(content, "\n"),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {total}",
            width=width,
            height=total,
            class_="chart",
            aria_labelledby="title desc",
        )
        + "\n"
    )


def figure(chart: Chart, identity: str) -> Markup:
    """One chart for a page that names its group and has `STYLE` in its style sheet."""
    return element(
        "svg",
        draw(chart, identity),
        # Without a group below it, the title stands one line lower.
        viewBox=f"0 {ROW} {WIDTH} {height(chart) - ROW}",
        class_="chart",
        **_named(identity),
    )


def height(chart: Chart) -> int:
    """The pixels that a chart takes, its legend included."""
    named = min(len(chart.series), MOST_NAMED)
    return TOP + PLOT_HEIGHT + BOTTOM + ROW * (-(-named // 2) + (len(chart.series) > MOST_NAMED))


def draw(chart: Chart, identity: str, heading: str = "") -> Markup:
    """One chart at the origin; `identity` is unique in the file."""
    vertical = y_axis(chart, TOP + PLOT_HEIGHT, TOP)
    left = 8 + DIGIT * max(len(number(tick)) for tick in vertical.ticks)
    horizontal = x_axis(chart, left, WIDTH - RIGHT, DIGIT)
    content = [
        element("title", text(f"{chart.group}: {chart.title}"), id=f"{identity}-title"),
        element("desc", text(chart.description), id=f"{identity}-desc"),
        _text(f"{chart.title} ({chart.unit})", 0, 14 if heading else 14 + ROW, "title"),
        _text(shortened(heading, 56), 0, 14 + ROW) if heading else EMPTY,
        _frame(horizontal, vertical),
    ]
    for place, series in enumerate(chart.series):
        shift = 4.0 * (place - (len(chart.series) - 1) / 2)
        content.append(_series(series, horizontal, vertical, max(-12.0, min(12.0, shift))))
    content.append(_legend(chart, TOP + PLOT_HEIGHT + BOTTOM + 12))
    return join(content)


def _named(identity: str) -> dict[str, object]:
    """What makes an element one picture for a screen reader, with the words that `draw` wrote."""
    return {"role": "img", "aria_labelledby": f"{identity}-title {identity}-desc"}


def _frame(horizontal: Axis, vertical: Axis) -> Markup:
    left, right, bottom = horizontal.start, horizontal.end, vertical.start
    grid = "".join(f"M{left:.1f} {vertical.at(y):.1f}H{right}" for y in vertical.ticks)
    grid += "".join(f"M{horizontal.at(x):.1f} {bottom}v4" for x in horizontal.ticks)
    pieces = [element("path", class_="grid", d=f"{grid}M{left:.1f} {bottom}H{right}")]
    for value in vertical.ticks:
        pieces.append(_text(number(value), left - 6, vertical.at(value) + 4, "end"))
    for value in horizontal.ticks:
        pieces.append(_text(f"{value:.0f}", horizontal.at(value), bottom + 16, "mid"))
    pieces.append(_text(X_LABEL, (left + right) / 2, bottom + 32, "mid"))
    return join(pieces)


def _series(series: Series, horizontal: Axis, vertical: Axis, shift: float) -> Markup:
    """A line that breaks at gaps, whiskers, markers: three paths, however many points."""
    line = ranges = markers = ""
    begun = False
    for point in series.points:
        if point is None:
            begun = False
            continue
        x, y = horizontal.at(point.batch) + shift, vertical.at(point.value)
        line += f"{'L' if begun else 'M'}{x:.1f} {y:.1f}"
        ranges += _whisker(point, x, vertical)
        markers += f"M{x:.1f} {y:.1f}{shape(series.number).path}"
        begun = True
    which = colour(series.number)
    return join(
        element("path", class_=f"{kind} {letter}{which}", d=path)
        for kind, letter, path in (
            ("line", "s", line),
            ("range", "s", ranges),
            ("mark", "f", markers),
        )
        if path
    )


def _whisker(point: Point, x: float, vertical: Axis) -> str:
    """An end that is cut off has no cap."""
    if point.low is None or point.high is None:
        return ""
    low, high = limited(point)
    path = f"M{x:.1f} {vertical.at(low):.1f}V{vertical.at(high):.1f}"
    for end, whole in ((low, point.low), (high, point.high)):
        if end == whole and vertical.low <= end <= vertical.high:
            path += f"M{x - 3:.1f} {vertical.at(end):.1f}h6"
    return path


def _legend(chart: Chart, top: float) -> Markup:
    pieces = []
    for place, series in enumerate(islice(chart.series, MOST_NAMED)):
        x, y = place % 2 * WIDTH / 2 + 6, top + place // 2 * ROW
        mark = f"M{x} {y - 4}{shape(series.number).path}"
        pieces.append(element("path", class_=f"f{colour(series.number)}", d=mark))
        pieces.append(_text(shortened(series.name, NAME_WIDTH), x + 10, y, "name"))
    left_out = len(chart.series) - MOST_NAMED
    if left_out > 0:
        y = top + MOST_NAMED // 2 * ROW
        pieces.append(_text(f"and {left_out} more contenders, not named here", 0, y))
    return join(pieces)


def _text(words: str, x: float, y: float, kind: str | None = None) -> Markup:
    return element("text", text(words), x=f"{x:.1f}", y=f"{y:.1f}", class_=kind)


def _lines(words: str, width: int) -> list[str]:
    """Wrapped by characters, at most four lines: an SVG wraps nothing itself."""
    return wrap(shortened(words, 4 * width), width, max_lines=4)
