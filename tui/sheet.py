"""A table for the screen: columns, sections and rows of words with a role each, no widget."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Role = Literal["", "better", "worse", "same", "open", "invalid", "provisional", "missing"]

VERDICT_ROLES: dict[str, Role] = {
    "FASTER": "better",
    "SLOWER": "worse",
    "SAME": "same",
    "INCONCLUSIVE": "open",
    "INVALID": "invalid",
}
"""What colours a verdict, which is always a word too."""


@dataclass(frozen=True)
class Column:
    """One column; columns beside each other with the same `group` share an upper heading."""

    heading: str
    group: str = ""
    left: bool = False
    least: int = 0
    """Its width at least, so that nothing moves as figures arrive."""


@dataclass(frozen=True)
class Cell:
    """Words, and what they are."""

    text: str
    role: Role = ""
    order: float | str | None = None
    """What the column is sorted by; None comes last."""


@dataclass(frozen=True)
class Section:
    """A line of its own above rows."""

    title: str


@dataclass(frozen=True)
class Row:
    """One line with a cell a column; `key` is what it stands for."""

    key: Hashable
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """All of it, with what to say where there is no row."""

    columns: tuple[Column, ...] = ()
    lines: tuple[Section | Row, ...] = ()
    empty: str = "Nothing to show."
    remarks: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> list[Row]:
        """The lines that are no sections."""
        return [line for line in self.lines if isinstance(line, Row)]


def sorted_by(sheet: Sheet, column: int, *, descending: bool) -> Sheet:
    """Every section's rows in the order of a column; cells without a figure stay last."""
    lines: list[Section | Row] = []
    waiting: list[Row] = []
    for line in sheet.lines:
        if isinstance(line, Row):
            waiting.append(line)
        else:
            lines += [*_ordered(waiting, column, descending), line]
            waiting = []
    return replace(sheet, lines=(*lines, *_ordered(waiting, column, descending)))


def _ordered(rows: Sequence[Row], column: int, descending: bool) -> list[Row]:
    known = [row for row in rows if row.cells[column].order is not None]
    unknown = [row for row in rows if row.cells[column].order is None]
    # Numbers and words never meet in one column, but a document may hold anything.
    known.sort(
        key=lambda row: (isinstance(row.cells[column].order, str), row.cells[column].order),
        reverse=descending,
    )
    return known + unknown
