"""Tables that lay documents side by side: a row a batch size, a column a document.

For each network, mode and contender one table of times and one of memory, the control last.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchcore.changes import Comparison, ContenderChange
from benchcore.compare import Key, key_of
from benchcore.plan import PRECISION
from benchcore.report.columns import Column
from benchcore.report.comparison import change_words
from benchcore.report.table import MODE_TITLES, NOTHING, Table
from benchcore.result import Interval

BATCH = 2
"""Where in a key the batch size is."""


@dataclass(frozen=True)
class Rows:
    """One contender at all batch sizes, and how the last document differs from the first."""

    title: str
    name: str
    keys: list[Key]
    changes: list[ContenderChange | None]
    control: bool


def tables(columns: list[Column], parts: list[list[Column]], last: Comparison) -> Iterator[Table]:
    """Every table; `parts` are the columns that fit beside each other.

    `last` compares the last document with the first: it stands in the last part.
    """
    means = any(column.published for column in columns)
    for rows in _rows(columns, last):
        for part in parts:
            yield _times(rows, part, means=means, with_changes=part is parts[-1])
        for part in parts:
            yield from _memory(rows, part)


def lonely(columns: list[Column]) -> Iterator[str]:
    """Sentences on what only one document has, which gets no table."""
    for place, having in _places(columns).items():
        if len(having) == 1:
            yield f"Only {having[0].letter} has {_title(place)}."


def _rows(columns: list[Column], last: Comparison) -> Iterator[Rows]:
    changes = {key_of(cell): cell.contenders for cell in last.cells if cell.only_in is None}
    for place, having in _places(columns).items():
        if len(having) == 1:
            continue
        keys = {key for column in having for key in column.cells if _place(key) == place}
        found = (column.cells[key] for column in having for key in keys & column.cells.keys())
        names = dict.fromkeys(name for cell in found for name in cell.contenders)
        in_order = sorted(keys, key=lambda key: key[BATCH])
        for name in sorted(names, key=lambda name: name == last.reference):
            yield Rows(
                title=f"{_title(place)}, {name}",
                name=name,
                keys=in_order,
                changes=[changes.get(key, {}).get(name) for key in in_order],
                control=name == last.reference,
            )


Place = tuple[str, str, int, int, str]
"""Network, mode, image height and width, precision: what a table's rows have in common."""


def _places(columns: list[Column]) -> dict[Place, list[Column]]:
    """The documents that have cells there."""
    places = dict.fromkeys(_place(key) for column in columns for key in column.cells)
    return {
        place: [column for column in columns if place in map(_place, column.cells)]
        for place in places
    }


def _title(place: Place) -> str:
    network, mode, height, width, precision = place
    title = f"{network}, {MODE_TITLES.get(mode, mode)}, {height}x{width}"
    return title if precision == PRECISION else f"{title}, {precision}"


def _place(key: Key) -> Place:
    network, mode, _, height, width, precision = key
    return network, mode, height, width, precision


def _times(rows: Rows, part: list[Column], *, means: bool, with_changes: bool) -> Table:
    headings = ("ms",) if rows.control else ("ms", "factor")
    lines = []
    for key, change in zip(rows.keys, rows.changes, strict=True):
        line = [str(key[BATCH])]
        for column in part:
            time = column.mean if means else column.median
            line.append(time(key, rows.name))
            if not rows.control:
                line.append(column.time_factor(key, rows.name))
        if with_changes:
            line += change_words(_shown(change, rows.control))
        lines.append(tuple(line))
    changed = (("Time" if rows.control else "Factor", 2),) if with_changes else ()
    return Table(
        title=f"{rows.title} (the control)" if rows.control else rows.title,
        groups=(*_groups(part, headings), *changed),
        headings=("batch", *headings * len(part), *(("change", "95 %") if changed else ())),
        rows=lines,
        remarks=list(_remarks(rows)) if with_changes else [],
    )


def _memory(rows: Rows, part: list[Column]) -> Iterator[Table]:
    """Nothing where no document states any."""
    headings = ("MiB",) if rows.control else ("MiB", "factor")
    lines = []
    for key in rows.keys:
        line = [str(key[BATCH])]
        for column in part:
            line.append(column.peak(key, rows.name))
            if not rows.control:
                line.append(column.memory_factor(key, rows.name))
        lines.append(tuple(line))
    if any(set(line[1:]) != {NOTHING} for line in lines):
        yield Table(
            title=f"{rows.title}, memory",
            groups=_groups(part, headings),
            headings=("batch", *headings * len(part)),
            rows=lines,
            remarks=[],
        )


def _groups(part: list[Column], headings: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return (("", 1), *((column.letter, len(headings)) for column in part))


def _shown(change: ContenderChange | None, control: bool) -> Interval | None:
    """The factor's change is the evidence; the control has its own time alone."""
    if change is None:
        return None
    return change.time if control else change.factor


def _remarks(rows: Rows) -> Iterator[str]:
    """Findings with their reasons, those that are alike in one."""
    alike: dict[str, list[str]] = {}
    for key, change in zip(rows.keys, rows.changes, strict=True):
        if change is not None and change.finding != "SAME":
            sentence = f"{change.finding.replace('_', ' ')}. {change.reason}"
            alike.setdefault(sentence, []).append(str(key[BATCH]))
    for sentence, batches in alike.items():
        yield f"Batch {', '.join(batches)}: {sentence}"
