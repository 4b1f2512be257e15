"""What stands around the data of a drawing: axes with their labels, and a legend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui.canvas import FRAME, Canvas, cells_of, fitted, marker

AXIS_ROWS = 8
"""From this height on, the horizontal axis is a line of its own."""
NAME_CELLS = 24
"""The most that a legend has of a name."""
GAP = "  "
"""Between neighbouring words."""


@dataclass(frozen=True)
class Plot:
    """The part of a canvas between the axes, and what stands at the axes."""

    canvas: Canvas
    gutter: int
    """Columns at the left; the last is the axis."""
    first_row: int
    end_row: int
    """The row behind the last."""

    @property
    def columns(self) -> int:
        """How wide it is."""
        return self.canvas.columns - self.gutter

    @property
    def width_dots(self) -> int:
        """The same in dots."""
        return self.columns * self.canvas.dots_across

    @property
    def left(self) -> int:
        """The first dot of a row."""
        return self.gutter * self.canvas.dots_across

    @property
    def top_dot(self) -> int:
        """The first dot of a column."""
        return self.first_row * self.canvas.dots_down

    @property
    def bottom_dot(self) -> int:
        """The last dot of a column."""
        return self.end_row * self.canvas.dots_down - 1

    def x(self, share: float) -> int:
        """The dot at a share of the width."""
        return self.left + min(max(int(share * self.width_dots), 0), self.width_dots - 1)

    def y(self, share: float) -> int:
        """The dot at a share of the height, from the bottom."""
        return self.bottom_dot - round(share * (self.bottom_dot - self.top_dot))

    def mark(self, x: int, y: int, pen: int) -> None:
        """A single point that is told from others' by its shape."""
        canvas = self.canvas
        sign = marker(pen, canvas.ascii)
        canvas.text(x // canvas.dots_across, y // canvas.dots_down, sign, pen)

    def draw_values(self, ticks: Iterable[tuple[str, int]]) -> None:
        """The vertical axis: labels at dots, of which the first in a row is kept."""
        canvas = self.canvas
        upright, tick = ("|", "+") if canvas.ascii else ("│", "┤")
        for row in range(self.first_row, self.end_row):
            canvas.text(self.gutter - 1, row, upright, FRAME)
        taken = set()
        for label, y in ticks:
            row = y // canvas.dots_down
            if row not in taken:
                canvas.text(self.gutter - 1 - len(label), row, label + tick, FRAME)
                taken.add(row)

    def draw_centred(self, words: str, row: int) -> None:
        """Words beneath the middle of the plot, if there is room for all of them."""
        if len(words) <= self.columns:
            column = self.gutter + (self.columns - len(words)) // 2
            self.canvas.text(column, row, words, FRAME)

    def draw_below(self, ticks: Iterable[tuple[str, int]], line: bool) -> None:
        """The horizontal axis: labels centred at dots, left out where they would touch."""
        canvas = self.canvas
        row = self.end_row
        corner, along, tick = ("+", "-", "+") if canvas.ascii else ("└", "─", "┬")
        if line:
            canvas.text(self.gutter - 1, row, corner + along * self.columns, FRAME)
            row += 1
        free = 0
        for label, x in ticks:
            centre = x // canvas.dots_across
            column = min(centre - (len(label) - 1) // 2, canvas.columns - len(label))
            if column >= free:
                canvas.text(column, row, label, FRAME)
                free = column + len(label) + 1
                if line:
                    canvas.text(centre, row - 1, tick, FRAME)


@dataclass(frozen=True)
class Piece:
    """A part of a legend: whose it is (None: it counts those left out), and where."""

    row: int
    column: int
    number: int | None
    text: str


def flowed(
    entries: Sequence[Sequence[str]], width: int, rows: int, ascii: bool = False
) -> list[Piece]:
    """Entries side by side, in the longest of their forms in which all fit; at least one piece.

    Each entry has equally many forms. If even the last is too long, it is cut; then the last
    entries are left out and counted.
    """
    for form in zip(*entries, strict=True):
        if pieces := _packed(form, width, rows):
            return pieces
    cut: list[str] = []
    for room in (18, 12, 8, 6):
        cut = [fitted(forms[-1], room, ascii) for forms in entries]
        if pieces := _packed(cut, width, rows):
            return pieces
    for kept in range(min(len(cut), width * rows), -1, -1):
        if pieces := _packed([*cut[:kept], f"+{len(cut) - kept}"], width, rows):
            return [*pieces[:-1], replace(pieces[-1], number=None)]
    return [Piece(0, 0, None, "")]


def _packed(texts: Iterable[str], width: int, rows: int) -> list[Piece]:
    """The texts row by row; nothing if they don't fit."""
    pieces: list[Piece] = []
    row = column = 0
    for place, text in enumerate(texts):
        size = cells_of(text)
        if column and column + size > width:
            row, column = row + 1, 0
        if row >= rows or size > width:
            return []
        pieces.append(Piece(row, column, place, text))
        column += size + len(GAP)
    return pieces


def draw_legend(
    canvas: Canvas, legend: Iterable[Piece], pens: Sequence[int], column: int, row: int
) -> None:
    """The pieces from a corner on, each in the pen of its entry."""
    for piece in legend:
        pen = None if piece.number is None else pens[piece.number]
        canvas.text(column + piece.column, row + piece.row, piece.text, pen)
