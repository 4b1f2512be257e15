"""How one contender's iterations are distributed in one cell: a histogram as a single path."""

from benchcore.report.charts import DRAWABLE, number
from benchcore.report.markup import EMPTY, Markup, element, text
from benchcore.report.palette import colour
from benchcore.result import ContenderResult

BINS = 60
WIDTH, HEIGHT = 300, 36
STYLE = (
    ".strip svg{width:100%;max-width:30rem;height:2.4rem;display:block;"
    "border-bottom:1px solid var(--muted)}\n"
)


def strip(name: str, place: int, result: ContenderResult) -> Markup:
    """A figure with its caption; nothing where there are no samples."""
    counted = [block for block in result.samples if not block.superseded]
    least, most = DRAWABLE
    samples = [v for block in counted for v in block.wall_ms if least <= v <= most]
    if not samples:
        return EMPTY
    low, high = min(samples), max(samples)
    number_of = f"{_count(len(samples), 'iteration')} in {_count(len(counted), 'block')}"
    middle = "" if result.wall is None else f", median {number(result.wall.median_ms)} ms"
    caption = f"{name}: {number(low)} to {number(high)} ms{middle}, {number_of}"
    left_out = len(result.samples) - len(counted)
    if left_out:
        caption += f"; disturbed, repeated and left out: {_count(left_out, 'block')}"
    drawing = element(
        "svg",
        element("path", d=_outline(histogram(samples, low, high)), class_=f"f{colour(place)}"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Histogram of {name}'s iterations",
        class_="chart",
    )
    return element("figure", drawing, element("figcaption", text(caption)), class_="strip")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def histogram(samples: list[float], low: float, high: float) -> list[int]:
    """How many samples are in each of `BINS` equal parts from `low` to `high`."""
    counts = [0] * BINS
    if high <= low:
        counts[BINS // 2] = len(samples)
        return counts
    scale = BINS / (high - low)
    for value in samples:
        counts[min(int((value - low) * scale), BINS - 1)] += 1
    return counts


def _outline(counts: list[int]) -> str:
    """Bars side by side, drawn in one stroke that rests on the bottom."""
    width = WIDTH / BINS
    tallest = max(counts)
    path = ""
    for place, count in enumerate(counts):
        if count:
            tall = max(1.0, count / tallest * HEIGHT)
            path += f"M{place * width:g} {HEIGHT}v{-tall:.1f}h{width - 0.6:g}v{tall:.1f}z"
    return path
