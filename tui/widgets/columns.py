"""A sheet's columns in characters: how wide each is, where it begins, what its headings say."""

from rich.cells import cell_len, set_cell_size

from benchcore.report.plain import plain
from tui.sheet import Sheet

WIDEST = 48
"""Of a column in characters: a name of thousands must not push all others away."""


class Columns:
    """Those of one sheet, with `gap` blanks between them."""

    def __init__(self, sheet: Sheet, gap: int) -> None:
        self._columns = sheet.columns
        self.gap = " " * gap
        rows = [row.cells for row in sheet.rows]
        self._widths = [
            _width(column.least, (column.heading, *(cells[number].text for cells in rows)))
            for number, column in enumerate(sheet.columns)
        ]

    @property
    def width(self) -> int:
        """Of all columns together."""
        return self._up_to(0, len(self._widths) - 1)

    @property
    def head(self) -> int:
        """Lines of headings."""
        return 2 if any(column.group for column in self._columns) else 1

    def heading(self, line: int) -> str:
        """One of the lines of headings."""
        if line == 0 and self.head == 2:
            return self._groups()
        return self.gap.join(self.aligned(n, c.heading) for n, c in enumerate(self._columns))

    def aligned(self, column: int, text: str) -> str:
        """The text in exactly the column's width; the end of a longer one is a full stop."""
        text, width = plain(text), self._widths[column]
        if cell_len(text) > width:
            return set_cell_size(text, width - 1) + "."
        blank = " " * (width - cell_len(text))
        return text + blank if self._columns[column].left else blank + text

    def at(self, x: int) -> int | None:
        """The column that is there, or whose gap is."""
        left = 0
        for number, width in enumerate(self._widths):
            if left <= x < left + width + len(self.gap):
                return number
            left += width + len(self.gap)
        return None

    def _groups(self) -> str:
        """Upper headings, each centred over its columns."""
        pieces: list[str] = []
        first = 0
        while first < len(self._columns):
            group, last = self._columns[first].group, first
            while (
                last + 1 < len(self._columns) and group and self._columns[last + 1].group == group
            ):
                last += 1
            width = self._up_to(first, last)
            pieces.append(f" {plain(group)} ".center(width, "-")[:width] if group else " " * width)
            first = last + 1
        return self.gap.join(pieces)

    def _up_to(self, first: int, last: int) -> int:
        return sum(self._widths[first : last + 1]) + len(self.gap) * max(last - first, 0)


def _width(least: int, texts: tuple[str, ...]) -> int:
    return min(max(least, *(cell_len(plain(text)) for text in texts)), WIDEST)
