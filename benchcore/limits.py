"""How much a document may hold: more is refused, since tables of it would fill the memory.

Each limit is far above what a run can measure; the records state those of a single list or map.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchcore.result import CellResult, Document

MOST_LEVELS = 50
"""Of nesting in an environment, which has six; whoever walks through it may recurse."""

MOST_DETAILS = 20_000
"""Entries of an environment, which has a few hundred."""

MOST_SETTINGS = 600_000
"""Entries of all contenders' settings together: a result has about thirty."""

MOST_RESULTS = 20_000
"""Cells times contenders, the size of the tables: 1,000 cells of a dozen contenders are 12,000."""

MOST_SERIES = 64
"""Tables that a contender has: one for each network, mode, image size and precision."""


def excess(document: "Document") -> str | None:
    """What a document has too much of, after "it", or None."""
    settings = [found.settings for cell in document.cells for found in cell.contenders.values()]
    if any(map(is_too_deep, [document.environment, *settings])):
        return "is nested too deeply"
    counts = (
        ("cells times contenders", _results(document), MOST_RESULTS),
        ("kinds of cells", len(set(map(_series, document.cells))), MOST_SERIES),
        ("entries in its environment", entries([document.environment]), MOST_DETAILS),
        ("entries in its settings", entries(settings), MOST_SETTINGS),
    )
    for what, count, most in counts:
        if count > most:
            return f"has {count:,} {what}; at most {most:,} are read"
    return None


def _results(document: "Document") -> int:
    """Tables have a row for every cell, whether a contender is in it or not."""
    names = {*document.plan.contenders}
    for cell in document.cells:
        names |= {*cell.contenders, *cell.factors, *cell.verdict}
    return len(document.cells) * len(names)


def _series(cell: "CellResult") -> tuple[str, str, int, int, str]:
    size = (cell.image_height_px, cell.image_width_px)
    return cell.network, cell.mode, *size, cell.precision


def is_too_deep(value: Any) -> bool:
    """Whether in a list or record there are more than `MOST_LEVELS`, found without recursion."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = list(_groups(level))
    return bool(level)


def entries(values: Iterable[Any]) -> int:
    """Of all lists and records, at any level."""
    count = 0
    level = list(values)
    while level:
        count += sum(map(len, level))
        level = list(_groups(level))
    return count


def _groups(level: Iterable[Any]) -> Iterator[Any]:
    """The lists and records that are in those of a level."""
    for group in level:
        for item in group.values() if isinstance(group, dict) else group:
            if isinstance(item, dict | list):
                yield item
