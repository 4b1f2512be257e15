"""Tables that lay documents side by side: a row a batch size, a column a document.

For each network, mode and contender one table of times, one of what changed and one of memory, the
control last. Of two documents the change stands beside the times.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchcore.changes import Comparison, ContenderChange
from benchcore.compare import Key, key_of
from benchcore.plan import PRECISION
from benchcore.report.columns import Column
from benchcore.report.comparison import change_words
from benchcore.report.table import MODE_TITLES, NOTHING, Table
from benchcore.result import Interval

MOST_CHANGES = 3
"""Documents whose changes stand beside each other in 80 columns."""

BATCH = 2
"""Where in a key the batch size is."""


@dataclass(frozen=True)
class Rows:
    """One contender at all batch sizes, and how each later document differs from the first."""

    title: str
    name: str
    keys: list[Key]
    changes: dict[str, list[ContenderChange | None]]
    """By the later document's letter, a place a key."""
    control: bool


def tables(
    columns: list[Column], parts: list[list[Column]], comparisons: Sequence[Comparison]
) -> Iterator[Table]:
    """Every table; `parts` are the columns that fit beside each other.

    `comparisons` are those of each later document with the first.
    """
    means = any(column.published for column in columns)
    for rows in _rows(columns, comparisons):
        alone = len(rows.changes) == 1
        for part in parts:
            yield _times(rows, part, means=means, with_changes=alone)
        if not alone:
            yield from _changes(rows, columns[0].letter)
        for part in parts:
            yield from _memory(rows, part)


def lonely(columns: list[Column]) -> Iterator[str]:
    """Sentences on what only one document has, which gets no table."""
    for place, having in _places(columns).items():
        if len(having) == 1:
            yield f"Only {having[0].letter} has {_title(place)}."


def _rows(columns: list[Column], comparisons: Sequence[Comparison]) -> Iterator[Rows]:
    reference = comparisons[0].reference
    changes = {
        column.letter: {key_of(cell): cell.contenders for cell in found.cells if not cell.only_in}
        for column, found in zip(columns[1:], comparisons, strict=True)
    }
    for place, having in _places(columns).items():
        if len(having) == 1:
            continue
        keys = {key for column in having for key in column.cells if _place(key) == place}
        found = (column.cells[key] for column in having for key in keys & column.cells.keys())
        names = dict.fromkeys(name for cell in found for name in cell.contenders)
        in_order = sorted(keys, key=lambda key: key[BATCH])
        for name in sorted(names, key=lambda name: name == reference):
            yield Rows(
                title=f"{_title(place)}, {name}",
                name=name,
                keys=in_order,
                changes={
                    letter: [cells.get(key, {}).get(name) for key in in_order]
                    for letter, cells in changes.items()
                },
                control=name == reference,
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
    [*_, last] = rows.changes.values()
    for key, change in zip(rows.keys, last, strict=True):
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


def _changes(rows: Rows, first: str) -> Iterator[Table]:
    """How each later document differs from the first, as many beside each other as fit."""
    letters = [letter for letter, found in rows.changes.items() if any(found)]
    for start in range(0, len(letters), MOST_CHANGES):
        part = letters[start : start + MOST_CHANGES]
        lines: list[tuple[str, ...]] = []
        for row, key in enumerate(rows.keys):
            shown = (_shown(rows.changes[letter][row], rows.control) for letter in part)
            lines.append((str(key[BATCH]), *(word for one in shown for word in change_words(one))))
        what = "time" if rows.control else "factor"
        yield Table(
            title=f"{rows.title}: change of its {what} against {first}",
            groups=(("", 1), *((letter, 2) for letter in part)),
            headings=("batch", *("change", "95 %") * len(part)),
            rows=lines,
            remarks=list(_remarks(rows)) if part[-1] == letters[-1] else [],
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
    """Findings with their reasons, those of a document that are alike in one."""
    for letter, changes in rows.changes.items():
        alike: dict[str, list[str]] = {}
        for key, change in zip(rows.keys, changes, strict=True):
            if change is not None and change.finding != "SAME":
                sentence = f"{change.finding.replace('_', ' ')}. {change.reason}"
                alike.setdefault(sentence, []).append(str(key[BATCH]))
        where = "Batch" if len(rows.changes) == 1 else f"{letter}, batch"
        for sentence, batches in alike.items():
            yield f"{where} {', '.join(batches)}: {sentence}"
