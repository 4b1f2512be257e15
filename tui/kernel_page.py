"""Where the time of a cell's contenders goes, kernels by class: what there is to show, in parts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from benchcore.kernels.profile import ROWS, ContenderProfile, Kernel, Profile
from benchcore.report.profile_rows import gap_rows, groups
from benchcore.report.profile_tables import (
    algorithms,
    alone_tables,
    count,
    gap_tables,
    host,
    short_name,
)
from benchcore.report.profile_words import unknown
from benchcore.report.table import Table, number
from benchcore.report.text import table_lines
from benchcore.result import CellResult
from tui.canvas import cells_of, fitted
from tui.cell_page import Part
from tui.words import wrapped

WIDE = 100
"""From so many columns on, those of a table are two blanks apart instead of one."""

NAME_CELLS = 12
"""Of a contender's name over its times; the section's title has all of it."""

SHORT_CELLS = 6
"""Of the same name over its launches."""

KIND_CELLS = max(map(len, ROWS))
"""Of a class; a document may have others than this program's."""

KIND_SHARE = 0.4
"""Of the width, the most that a kernel's class and algorithm take of its line."""

MOST_KERNELS = 20
"""Of a contender; the document has all."""

LONGEST_NAME = 300
"""Characters of a kernel's name that are looked at; documents of this program have no more."""


@dataclass(frozen=True)
class Section:
    """One contender against the reference, or alone: sentences and a table with bars."""

    title: str
    sentences: list[str]
    table: Table
    """Without title and remarks."""
    bars_ms: list[float]
    """Of the table's first rows, one each; the rows of sums have none."""
    contender: str
    """Whose bars go to the right."""
    reference: str | None
    """Whose bars go to the left; None for a contender alone."""


def column_gap(width: int) -> str:
    """What stands between the columns of a table in so many columns of the screen."""
    return "  " if width >= WIDE else " "


def sections(cell: CellResult, profile: Profile, *, ascii: bool) -> Iterator[Section]:
    """Each gap, then each contender that is part of none."""
    found = groups(profile)
    gaps = {name: profile.gaps[name] for name, *others in found if others}
    whole = msgspec.structs.replace(profile, gaps=gaps)
    for (name, gap), table in zip(gaps.items(), gap_tables(cell, whole), strict=True):
        kind, mine, theirs, _, share, *launches = table.headings
        names = (fitted(text, NAME_CELLS, ascii) for text in (mine, theirs))
        short = (fitted(text, SHORT_CELLS, ascii) for text in launches)
        yield Section(
            title=f"Where the time goes, {name} - {gap.reference}",
            sentences=table.remarks,
            table=_bare(table, (kind, *names, "gap", share, *short), ascii=ascii),
            bars_ms=[row.difference_ms if row.comparable else 0.0 for row in gap_rows(whole, name)],
            contender=name,
            reference=gap.reference,
        )
    alone = [name for name, *others in found if not others]
    for name, table in zip(alone, alone_tables(cell, profile), strict=True):
        yield _alone(table, name, profile.contenders[name], ascii=ascii)


def _bare(table: Table, headings: tuple[str, ...], *, ascii: bool) -> Table:
    """Without title and remarks, its classes cut to the longest one that is known."""
    rows = [(fitted(row[0], KIND_CELLS, ascii), *row[1:]) for row in table.rows]
    return replace(table, title="", headings=headings, rows=rows, remarks=[])


def _alone(table: Table, name: str, found: ContenderProfile, *, ascii: bool) -> Section:
    return Section(
        title=f"Where the time goes, {name}",
        sentences=table.remarks,
        table=_bare(table, table.headings, ascii=ascii),
        bars_ms=[share.time_ms for share in found.rows.values()],
        contender=name,
        reference=None,
    )


def rest(cell: CellResult, profile: Profile, width: int, *, ascii: bool) -> Iterator[Part]:
    """What comes below the sections: the host, algorithms, the longest kernels."""
    missing = unknown(profile)
    table = host(cell, profile)
    if table.rows:
        # Why something was not traced stands at the top of the page.
        said = [remark for remark in table.remarks if remark not in missing]
        yield _part("The host", replace(table, remarks=said), width, ascii=ascii)
    for names in groups(profile):
        some = {name: profile.contenders[name] for name in names}
        table = algorithms(cell, msgspec.structs.replace(profile, contenders=some))
        if table.rows:
            title = f"Convolutions by algorithm, {' - '.join(names)}"
            yield _part(title, table, width, ascii=ascii)
    for name, found in profile.contenders.items():
        if found.kernels:
            yield _kernels(name, found, width, ascii=ascii)


def _part(title: str, table: Table, width: int, *, ascii: bool) -> Part:
    """A table under a title of its own, its names cut to what fits."""
    headings = tuple(fitted(text, NAME_CELLS, ascii) for text in table.headings)
    rows = [(fitted(row[0], width // 2, ascii), *row[1:]) for row in table.rows]
    shown = replace(table, title="", headings=headings, rows=rows)
    return Part(title, list(table_lines(shown, width, column_gap(width))))


def _kernels(name: str, found: ContenderProfile, width: int, *, ascii: bool) -> Part:
    """The longest first, each with its class and a convolution's algorithm."""
    calls, what = ("calls", "operator") if found.source == "operators" else ("launches", "kernel")
    shown = found.kernels[:MOST_KERNELS]
    rows = [("ms", calls, "class", what)]
    rows += [
        (number(one.time_ms), count(one.launches), _kind(one), short_name(one.name[:LONGEST_NAME]))
        for one in shown
    ]
    widest = int(width * KIND_SHARE)
    kinds = [fitted(row[2], widest, ascii) for row in rows]
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    third = max(map(cells_of, kinds))
    room = max(width - first - second - third - 5, 0)
    lines = [
        f"{row[0]:>{first}} {row[1]:>{second}}  {kind}{' ' * (third - cells_of(kind))}  "
        f"{fitted(row[3], room, ascii)}"
        for row, kind in zip(rows, kinds, strict=True)
    ]
    left_out = found.kernels[MOST_KERNELS:]
    if left_out:
        rest_ms = number(sum(one.time_ms for one in left_out))
        lines += wrapped([f"  {len(left_out)} others take {rest_ms} ms."], width)
    return Part(f"Longest {what}s of {name}", lines)


def _kind(kernel: Kernel) -> str:
    return kernel.kind if kernel.algorithm is None else f"{kernel.kind}: {kernel.algorithm}"
