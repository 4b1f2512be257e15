"""A table of classes with a bar for each row: to the right what takes longer, to the left less."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from textual.geometry import Size

from benchcore.report.text import table_lines
from tui.canvas import FRAME, Canvas, cells_of, harmless
from tui.kernel_page import Section, column_gap
from tui.widgets.drawing import Drawing, say

LEAST_BAR_CELLS = 6
"""Where fewer are left beside the table, it has no bars."""

BESIDE = 2
"""Blanks between the table and its bars."""

MORE, LESS = "more", "less"

NOTHING = "nothing was traced"


@dataclass(frozen=True)
class _Scale:
    """Where the bars begin, and how long they are."""

    zero: int
    """The column between both sides."""
    longest_ms: float
    dots: float
    """Of the longest bar."""

    def dots_of(self, bar_ms: float) -> int:
        return round(abs(bar_ms) / self.longest_ms * self.dots)


class GapChart(Drawing):
    """Shows a Section's table; as high as the table is long."""

    DEFAULT_CSS = "GapChart { height: auto; }"

    _section: Section | None = None
    _pens: tuple[int, int] = (0, 1)

    def show(self, section: Section, pens: tuple[int, int]) -> None:
        """Show this table; the pens are the contender's and the reference's."""
        self._section, self._pens = section, pens
        self.redraw()
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the table has."""
        del container, viewport
        return 1 if self._section is None else len(_lines(self._section, width))

    def draw(self, canvas: Canvas) -> None:
        """The table and its bars."""
        if self._section is None:
            say(canvas, NOTHING, least_rows=1)
        else:
            draw_gap(canvas, self._section, self._pens)


def draw_gap(canvas: Canvas, section: Section, pens: tuple[int, int]) -> None:
    """The table and its bars on an empty canvas."""
    lines = [harmless(line, canvas.ascii) for line in _lines(section, canvas.columns)]
    for row, line in enumerate(lines):
        canvas.text(0, row, line)
    left = max(map(cells_of, lines)) + BESIDE
    scale = _scale(section.bars_ms, left, canvas)
    if scale is None:
        return
    head = len(lines) - len(section.table.rows)
    _draw_headings(canvas, scale, left, head - 1)
    for row, bar_ms in enumerate(section.bars_ms, head):
        canvas.text(scale.zero, row, "|" if canvas.ascii else "│", FRAME)
        _draw_bar(canvas, scale, row, bar_ms, pens[bar_ms < 0])


def _lines(section: Section, width: int) -> list[str]:
    return list(table_lines(section.table, gap=column_gap(width)))


def _scale(bars_ms: Sequence[float], left: int, canvas: Canvas) -> _Scale | None:
    """The longest bars of both sides together fill what is right of `left`; None without room."""
    cells = canvas.columns - left - 1
    most_ms = max([*bars_ms, 0.0])
    least_ms = min([*bars_ms, 0.0])
    span_ms = most_ms - least_ms
    if cells < LEAST_BAR_CELLS or not span_ms or not math.isfinite(span_ms):
        return None
    # A cell at least, where there is anything, so that each side shows its sign.
    before = min(max(round(cells * (-least_ms / span_ms)), least_ms < 0), cells - (most_ms > 0))
    longest_ms = max(most_ms, -least_ms)
    # Relative to the longest, so that the smallest and the largest figures stay finite.
    shares = [(cells - before, most_ms / longest_ms), (before, -least_ms / longest_ms)]
    dots = min(room * canvas.dots_across / share for room, share in shares if share)
    return _Scale(left + before, longest_ms, dots)


def _draw_headings(canvas: Canvas, scale: _Scale, left: int, row: int) -> None:
    if canvas.columns - scale.zero - 2 >= len(MORE):
        canvas.text(scale.zero + 2, row, MORE, FRAME)
    if scale.zero - 1 - left >= len(LESS):
        canvas.text(scale.zero - 1 - len(LESS), row, LESS, FRAME)


def _draw_bar(canvas: Canvas, scale: _Scale, row: int, bar_ms: float, pen: int) -> None:
    """Three dots of four high, so that neighbours stay apart."""
    dots = scale.dots_of(bar_ms)
    across, top = canvas.dots_across, row * canvas.dots_down
    first = (scale.zero + 1) * across if bar_ms > 0 else scale.zero * across - dots
    for x in range(first, first + dots):
        canvas.bar(x, top, top + max(canvas.dots_down - 2, 0), pen)
