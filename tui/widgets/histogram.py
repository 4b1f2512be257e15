"""How one contender's iterations are distributed in one cell, as bars of block characters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchcore.report.charts import DRAWABLE, number
from benchcore.result import ContenderResult
from tui.canvas import Canvas, cells_of, fitted
from tui.plot import NAME_CELLS
from tui.widgets.drawing import Drawing, say, too_small

LEAST_ROWS = 2
"""One of bars, one of words."""

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = ".:-=+*#"
"""From a bit to a whole cell; an empty one is a space."""

NO_SAMPLES = "no samples"


@dataclass(frozen=True)
class Distribution:
    """The samples that count, and what is said of them."""

    name: str
    pen: int
    samples_ms: tuple[float, ...]
    median_ms: float
    blocks: int
    left_out: int
    """Blocks that were disturbed, and repeated."""

    @classmethod
    def of(cls, name: str, pen: int, result: ContenderResult) -> "Distribution | None":
        """What is shown of a result, if it has samples."""
        counted = [block for block in result.samples if not block.superseded]
        least, most = DRAWABLE
        samples = tuple(v for block in counted for v in block.wall_ms if least <= v <= most)
        if not samples:
            return None
        middle = median(samples) if result.wall is None else result.wall.median_ms
        left_out = len(result.samples) - len(counted)
        return cls(name, pen, samples, middle, len(counted), left_out)

    def captions(self, ascii: bool) -> list[str]:
        """Least, median and largest in words, the longest first."""
        name = fitted(self.name, NAME_CELLS, ascii)
        low, high = number(min(self.samples_ms)), number(max(self.samples_ms))
        middle = number(self.median_ms)
        figures = f"least {low}, median {middle}, largest {high} ms"
        count = f"{_count(len(self.samples_ms), 'iteration')} in {_count(self.blocks, 'block')}"
        without = f"; left out: {_count(self.left_out, 'disturbed block')}" if self.left_out else ""
        return [
            f"{name}: {figures}, {count}{without}",
            f"{name}: {figures}, {count}",
            f"{name}: {figures}",
            figures,
            f"{low} / {middle} / {high} ms",
        ]


class Histogram(Drawing):
    """Bars from the least to the largest of a contender's iterations, over a caption."""

    DEFAULT_CSS = "Histogram { height: 4; }"

    _shown: Distribution | None = None

    def show(self, name: str, pen: int, result: ContenderResult | None) -> None:
        """Show a contender's iterations; `pen` is its place in the document."""
        self._shown = None if result is None else Distribution.of(name, pen, result)
        self.redraw()

    def draw(self, canvas: Canvas) -> None:
        """The bars, or why there are none."""
        if self._shown is None or too_small(canvas, LEAST_ROWS):
            say(canvas, NO_SAMPLES, LEAST_ROWS)
        else:
            draw_distribution(canvas, self._shown)


def draw_distribution(canvas: Canvas, shown: Distribution) -> None:
    """The bars and the caption on an empty canvas."""
    rows = bars(shown.samples_ms, canvas.columns, canvas.rows - 1, canvas.ascii)
    for row, line in enumerate(rows):
        canvas.text(0, row, line, shown.pen)
    captions = shown.captions(canvas.ascii)
    fitting = (words for words in captions if cells_of(words) <= canvas.columns)
    words = next(fitting, fitted(captions[-1], canvas.columns, canvas.ascii))
    canvas.text(0, canvas.rows - 1, words)


def bars(samples: Sequence[float], columns: int, rows: int, ascii: bool = False) -> list[str]:
    """Rows of characters, from the top; a part with any sample has at least the lowest block."""
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    counts = histogram(samples, min(columns, max(10, math.ceil(2 * math.sqrt(len(samples))))))
    tallest = max(counts)
    full = len(blocks) * rows
    heights = [count and max(1, round(count / tallest * full)) for count in counts]
    across = [heights[column * len(heights) // columns] for column in range(columns)]
    levels = " " + blocks
    return [
        "".join(levels[min(max(tall - below, 0), len(blocks))] for tall in across)
        for below in range(full - len(blocks), -1, -len(blocks))
    ]


def histogram(samples: Sequence[float], parts: int) -> list[int]:
    """How many samples are in each of so many equal parts from the least to the largest."""
    low, high = min(samples), max(samples)
    counts = [0] * parts
    if high <= low:
        counts[parts // 2] = len(samples)
        return counts
    scale = parts / (high - low)
    for value in samples:
        counts[min(int((value - low) * scale), parts - 1)] += 1
    return counts


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
