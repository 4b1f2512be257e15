"""Lines, bars and words on a grid of characters: in braille, 2 x 4 dots a cell, or in ASCII.

A dot is counted from the left and from the top. What lies outside of the grid isn't drawn. Every
string is made harmless on its way in, so each row has exactly as many cells as the grid.
"""

import math
from collections.abc import Iterator, Sequence

from rich.cells import get_character_cell_size

from benchcore.report.plain import plain

Cell = tuple[str, int | None]
"""A character and its pen; the empty character is the second half of a wide one."""
Run = tuple[str, int | None]
"""Neighbouring cells of one pen."""

FRAME = -1
"""The pen for what is no data: axes, ticks, marks. None is the pen of ordinary words."""

GLYPHS = "*o+x#@%&"
"""In ASCII, what the pens from 0 on draw with, so that they are told apart without colour."""
MARKERS = "●■▲◆▼◀▶"
"""Of single points, where there is more than ASCII; the reports have the same shapes."""

_FAR = 1e6
"""Dots; the end of a line that is farther away is moved here, where arithmetic is safe."""

_EMPTY: Cell = (" ", None)
_LEFT = tuple((n & 7) | (n & 8) << 3 for n in range(16))
_RIGHT = tuple((n & 7) << 3 | (n & 8) << 4 for n in range(16))
"""Of four dots one below the other, the bits of a braille character, by Unicode's numbering."""
_BRAILLE = tuple(chr(0x2800 + bits) for bits in range(256))


def glyph(pen: int) -> str:
    """The character of a pen in ASCII."""
    return GLYPHS[pen % len(GLYPHS)] if pen >= 0 else ":"


def marker(pen: int, ascii: bool) -> str:
    """The character of a pen's single points and of its entry in a legend."""
    return glyph(pen) if ascii else MARKERS[pen % len(MARKERS)]


class Canvas:
    """What is drawn later covers what was drawn before; words cover dots."""

    def __init__(self, columns: int, rows: int, ascii: bool = False) -> None:
        self.columns, self.rows, self.ascii = max(columns, 0), max(rows, 0), ascii
        self.dots_across, self.dots_down = (1, 1) if ascii else (2, 4)
        self.width_dots = self.columns * self.dots_across
        self.height_dots = self.rows * self.dots_down
        # A column of dots is one number, a dot a bit: a bar of any length is drawn at once.
        self._dots = [0] * self.width_dots
        self._ink: list[list[Cell]] = [[_EMPTY] * self.rows for _ in range(self.columns)]
        self._words: dict[int, dict[int, Cell]] = {}

    def point(self, x: float, y: float, pen: int, character: str = "") -> None:
        """One dot; `character` replaces the pen's own in ASCII, here and below."""
        self.line(x, y, x, y, pen, character)

    def bar(
        self, x: int, y0: int, y1: int, pen: int, character: str = "", dotted: bool = False
    ) -> None:
        """A vertical line, its ends included; dotted, it has every second dot of braille."""
        self._fill(x, min(y0, y1), max(y0, y1), (character or glyph(pen), pen), dotted)

    def line(
        self, x0: float, y0: float, x1: float, y1: float, pen: int, character: str = ""
    ) -> None:
        """A line of connected dots, its ends included; nothing where an end is not finite."""
        if not all(map(math.isfinite, (x0, y0, x1, y1))):
            return
        if x1 < x0:
            x0, y0, x1, y1 = x1, y1, x0, y0
        left, begin, right, end = _near(x0), _near(y0), _near(x1), _near(y1)
        if left == right:
            self.bar(left, begin, end, pen, character)
            return
        slope = (end - begin) / (right - left)
        # One column more at either side, so that a steep line goes on to the edge.
        first, last = max(left, -1), min(right, self.width_dots)
        heights = [math.floor(begin + slope * (x - left) + 0.5) for x in range(first, last + 1)]
        self.path(first, heights, pen, character)

    def path(self, x: int, heights: Sequence[int], pen: int, character: str = "") -> None:
        """A line through one dot of each column from `x` on.

        Between two dots far apart, each of the two columns has half of the way.
        """
        if not heights:
            return
        ink = (character or glyph(pen), pen)
        before = heights[0]
        for place, (y, after) in enumerate(zip(heights, [*heights[1:], heights[-1]], strict=True)):
            top = bottom = y
            if before < y:
                top = (before + y) // 2 + 1
            elif before > y:
                bottom = (before + y) // 2
            if after < y:
                top = min(top, (after + y) // 2 + 1)
            elif after > y:
                bottom = max(bottom, (after + y) // 2)
            self._fill(x + place, top, bottom, ink)
            before = y

    def _fill(self, x: int, top: int, bottom: int, ink: Cell, dotted: bool = False) -> None:
        if top < 0:
            top = 0
        if bottom >= self.height_dots:
            bottom = self.height_dots - 1
        if top > bottom or not 0 <= x < self.width_dots:
            return
        if dotted and not self.ascii:
            count = (bottom - top) // 2 + 1
            self._dots[x] |= ((1 << 2 * count) - 1) // 3 << top
        else:
            self._dots[x] |= (2 << bottom - top) - 1 << top
        column = self._ink[x // self.dots_across]
        first, last = top // self.dots_down, bottom // self.dots_down
        if first == last:
            column[first] = ink
        else:
            column[first : last + 1] = [ink] * (last - first + 1)

    def text(self, column: int, row: int, text: str, pen: int | None = None) -> None:
        """Words from a cell on; of a wide character that is only half inside, a space is."""
        if not 0 <= row < self.rows:
            return
        line = self._words.setdefault(row, {})
        for character in harmless(text, self.ascii):
            if column >= self.columns:
                return
            wide = get_character_cell_size(character) == 2
            if wide and (column < 0 or column + 1 >= self.columns):
                _put(line, column, (" ", pen))
                _put(line, column + 1, (" ", pen))
            else:
                _put(line, column, (character, pen))
                if wide:
                    _put(line, column + 1, ("", pen))
            column += 1 + wide

    def cells(self) -> list[list[Cell]]:
        """All rows, each with one (character, pen) a column."""
        rows = list(map(list, zip(*self._ink, strict=True))) or [[] for _ in range(self.rows)]
        for row, line in enumerate(rows):
            if not self.ascii:
                self._set_braille(row, line)
            for column, cell in self._words.get(row, {}).items():
                if 0 <= column < self.columns:
                    line[column] = cell
        return rows

    def _set_braille(self, row: int, line: list[Cell]) -> None:
        """Replace the characters that ASCII would have."""
        down, dots = 4 * row, self._dots
        for column, cell in enumerate(line):
            if cell is not _EMPTY:
                left, right = dots[2 * column] >> down & 15, dots[2 * column + 1] >> down & 15
                line[column] = (_BRAILLE[_LEFT[left] | _RIGHT[right]], cell[1])

    def runs(self) -> list[list[Run]]:
        """All rows, with neighbours of one pen joined."""
        return [list(_joined(line)) for line in self.cells()]


def _joined(line: list[Cell]) -> Iterator[Run]:
    """A space has no colour of its own, so that it needn't end a run."""
    text, pen = "", None
    for character, own in line:
        if own != pen and character != " ":
            if text and not text.isspace():
                yield text, pen
                text = ""
            pen = own
        text += character
    if text:
        yield text, pen


def _near(place: float) -> int:
    return round(min(max(place, -_FAR), _FAR))


def _put(line: dict[int, Cell], column: int, cell: Cell) -> None:
    """Set a cell; of a wide character that loses a half, the other half becomes a space."""
    if line.get(column, _EMPTY)[0] == "":
        line[column - 1] = (" ", line[column - 1][1])
    if line.get(column + 1, _EMPTY)[0] == "":
        line[column + 1] = (" ", line[column + 1][1])
    line[column] = cell


def harmless(text: str, ascii: bool = False) -> str:
    """One line of characters of one or two cells each; in ASCII, others become question marks."""
    text = plain(text)
    if text.isascii():
        return text
    text = "".join(character for character in text if get_character_cell_size(character))
    return text.encode("ascii", "replace").decode() if ascii else text


def cells_of(text: str) -> int:
    """How many cells a harmless text takes."""
    return len(text) if text.isascii() else sum(map(get_character_cell_size, text))


def fitted(text: str, width: int, ascii: bool = False) -> str:
    """The text as `harmless` gives it, in at most `width` cells; an ellipsis shows a cut."""
    text = harmless(text, ascii)
    if cells_of(text) <= width:
        return text
    ellipsis = "..." if ascii else "…"
    room = width - len(ellipsis)
    if room < 1:
        room, ellipsis = width, ""
    kept = ""
    for character in text:
        room -= get_character_cell_size(character)
        if room < 0:
            break
        kept += character
    return kept + ellipsis
