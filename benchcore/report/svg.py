"""Charts as SVG: alone in one file, or one by one inside the HTML page."""

from benchcore.report.axes import Axis
from benchcore.report.charts import X_LABEL, Chart, Series, number
from benchcore.report.markup import EMPTY, Markup, element, join, text
from benchcore.report.palette import LIGHT, THEME, colour, shape
from benchcore.report.plain import shortened
from benchcore.report.sheet import (
    GAP,
    NAME_WIDTH,
    ROW,
    TITLE,
    WIDTH,
    axes,
    height,
    left_out,
    legend,
    sheet,
    shifted,
    whisker,
)
from benchcore.result import Document

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
    layout = sheet(document)
    content = [
        element("title", text(TITLE), id="title"),
        element("desc", text(" ".join(layout.words)), id="desc"),
        element("style", Markup(THEME + STYLE + ".paper{fill:var(--paper)}")),
        element("rect", class_="paper", width=layout.width, height=layout.height),
        _text(TITLE, GAP, 32, "title"),
        *(_text(line, GAP, 54 + ROW * row) for row, line in enumerate(layout.words)),
    ]
    for place, (chart, x, y) in enumerate(layout.places):
        drawing = draw(chart, f"chart{place}", chart.group)
        named = _named(f"chart{place}")
        content.append(element("g", drawing, transform=f"translate({x} {y})", **named))
    root = element(
        "svg",
        join(content, "\n"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {layout.width} {layout.height}",
        width=layout.width,
        height=layout.height,
        class_="chart",
        aria_labelledby="title desc",
    )
    return f"{root}\n"


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


def draw(chart: Chart, identity: str, heading: str = "") -> Markup:
    """One chart at the origin; `identity` is unique in the file."""
    horizontal, vertical = axes(chart)
    content = [
        element("title", text(f"{chart.group}: {chart.title}"), id=f"{identity}-title"),
        element("desc", text(chart.description), id=f"{identity}-desc"),
        _text(f"{chart.title} ({chart.unit})", 0, 14 if heading else 14 + ROW, "title"),
        _text(shortened(heading, 56), 0, 14 + ROW) if heading else EMPTY,
        _frame(horizontal, vertical),
        *(_series(series, horizontal, vertical, aside) for series, aside in shifted(chart)),
        _legend(chart),
    ]
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
        pieces.append(_text(number(value), horizontal.at(value), bottom + 16, "mid"))
    pieces.append(_text(X_LABEL, (left + right) / 2, bottom + 32, "mid"))
    return join(pieces)


def _series(series: Series, horizontal: Axis, vertical: Axis, aside: float) -> Markup:
    """A line that breaks at gaps, whiskers, markers: three paths, however many points."""
    line = ranges = markers = ""
    begun = False
    for point in series.points:
        if point is None:
            begun = False
            continue
        x, y = horizontal.at(point.batch) + aside, vertical.at(point.value)
        line += f"{'L' if begun else 'M'}{x:.1f} {y:.1f}"
        for (left, top), (right, bottom) in whisker(point, x, vertical):
            ranges += f"M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}"
        markers += f"M{x:.1f} {y:.1f}{shape(series.number).path}"
        begun = True
    hue = colour(series.number)
    paths = ((f"line s{hue}", line), (f"range s{hue}", ranges), (f"f{hue}", markers))
    return join(element("path", class_=kind, d=path) for kind, path in paths if path)


def _legend(chart: Chart) -> Markup:
    pieces = []
    y = 0.0
    for series, x, y in legend(chart):
        mark = f"M{x} {y}{shape(series.number).path}"
        pieces.append(element("path", class_=f"f{colour(series.number)}", d=mark))
        pieces.append(_text(shortened(series.name, NAME_WIDTH), x + 10, y + 4, "name"))
    if left_out(chart):
        pieces.append(_text(left_out(chart), 0, y + ROW + 4))
    return join(pieces)


def _text(words: str, x: float, y: float, kind: str | None = None) -> Markup:
    return element("text", text(words), x=f"{x:.1f}", y=f"{y:.1f}", class_=kind)
