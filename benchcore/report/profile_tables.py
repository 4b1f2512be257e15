"""Traced iterations as tables: the gap by class, algorithms, the host's calls, longest kernels."""

import re
from collections.abc import Iterator

from benchcore.kernels.profile import LONGEST_NAME, ContenderProfile, HostCalls, Profile
from benchcore.report.plain import shortened
from benchcore.report.profile_rows import gap_rows, groups
from benchcore.report.profile_words import alone, sentences, unknown
from benchcore.report.table import MODE_TITLES, NOTHING, Table, number
from benchcore.result import CellResult, Document

MOST_KERNELS = 8
"""In a table; the document has all."""

NAME_WIDTH = 44
"""Characters of a kernel's short name."""

MB = 1e6


def tables(document: Document) -> Iterator[Table]:
    """All profiles of a document, cell by cell; nothing for a document without any."""
    for cell in document.cells:
        if cell.profile is not None:
            yield from cell_tables(cell, cell.profile)


def cell_tables(cell: CellResult, profile: Profile) -> Iterator[Table]:
    """One cell: gaps, contenders that are alone, algorithms, host, kernels."""
    yield from gap_tables(cell, profile)
    yield from alone_tables(cell, profile)
    for table in (algorithms(cell, profile), host(cell, profile)):
        if table.rows or table.remarks:
            yield table
    for name, contender_profile in profile.contenders.items():
        if contender_profile.kernels:
            yield _kernels(_where(cell), name, contender_profile)


def gap_tables(cell: CellResult, profile: Profile) -> Iterator[Table]:
    """Where the time of each contender goes, against the reference."""
    for contender, gap in profile.gaps.items():
        if {contender, gap.reference} <= profile.contenders.keys():
            yield _gap(_where(cell), cell, profile, contender)


def alone_tables(cell: CellResult, profile: Profile) -> Iterator[Table]:
    """Where the time of each contender goes that is held against none."""
    for name, *others in groups(profile):
        if not others:
            yield _alone(_where(cell), name, profile.contenders[name])


def _where(cell: CellResult) -> str:
    return f"{cell.network}, {MODE_TITLES.get(cell.mode, cell.mode)}, batch {cell.batch}"


def _gap(where: str, cell: CellResult, profile: Profile, contender: str) -> Table:
    gap = profile.gaps[contender]
    pair = (contender, gap.reference)
    mine, theirs = (profile.contenders[name] for name in pair)
    rows: list[tuple[str, ...]] = [
        (
            row.kind,
            number(row.contender_ms) if row.contender_known else NOTHING,
            number(row.reference_ms) if row.reference_known else NOTHING,
            _signed(row.difference_ms) if row.comparable else NOTHING,
            _percent(row.share if row.comparable else None),
            count(row.contender_launches) if row.contender_known else NOTHING,
            count(row.reference_launches) if row.reference_known else NOTHING,
        )
        for row in gap_rows(profile, contender)
    ]
    share = gap.sum_ms / gap.measured_ms if gap.told_apart and gap.measured_ms else None
    rows.append(
        (
            *("all rows", number(mine.untraced_ms), number(theirs.untraced_ms)),
            *(_signed(gap.sum_ms), _percent(share)),
            *(count(_launches(mine)), count(_launches(theirs))),
        )
    )
    walls = [cell.contenders[name].wall for name in pair if name in cell.contenders]
    medians = [number(None if wall is None else wall.median_ms) for wall in walls]
    if len(medians) == len(pair):
        rows.append(("measured", *medians, _signed(gap.measured_ms), *([NOTHING] * 3)))
    return Table(
        title=f"{where}: where the time goes, {contender} - {gap.reference}",
        groups=(("", 1), ("Time (ms)", 4), ("Launches", 2)),
        headings=("class", *pair, "difference", "share %", *pair),
        rows=rows,
        remarks=sentences(profile, contender),
    )


def _alone(where: str, name: str, one: ContenderProfile) -> Table:
    total_ms = one.untraced_ms
    rows = [
        (
            kind,
            number(share.time_ms),
            _percent(share.time_ms / total_ms if total_ms else None),
            count(share.launches),
        )
        for kind, share in one.rows.items()
    ]
    return Table(
        title=f"{where}: where the time goes, {name}",
        groups=(("", 4),),
        headings=("class", "ms", "share %", "launches"),
        rows=[*rows, ("all rows", number(total_ms), "100.0", count(_launches(one)))],
        remarks=alone(name, one),
    )


def algorithms(cell: CellResult, profile: Profile) -> Table:
    """The convolutions of each contender, by the family of their algorithm."""
    known = {name: one for name, one in profile.contenders.items() if one.algorithms}
    families = dict.fromkeys(family for one in known.values() for family in one.algorithms)
    found = [[one.algorithms.get(family) for one in known.values()] for family in families]
    return Table(
        title=f"{_where(cell)}: convolutions by algorithm",
        groups=(("", 1), ("Time (ms)", len(known)), ("Launches", len(known))),
        headings=("algorithm", *known, *known),
        rows=[
            (
                family,
                *(NOTHING if share is None else number(share.time_ms) for share in shares),
                *(NOTHING if share is None else count(share.launches) for share in shares),
            )
            for family, shares in zip(families, found, strict=True)
        ],
        remarks=[],
    )


def host(cell: CellResult, profile: Profile) -> Table:
    """What tracing cost an iteration and, where a device is at work, what the host does in it."""
    reasons = [one.traffic_unknown_because for one in profile.contenders.values()]
    on_device = any(one.host is not None for one in profile.contenders.values())
    remarks = ["CUDA's calls are as long as they were while traced."] if on_device else []
    remarks += [
        f"Memory traffic is not known. {why}" for why in dict.fromkeys(filter(None, reasons))
    ]
    groups = [("", 1), ("Iteration (ms)", 2)]
    headings = ["contender", "untraced", "traced"]
    if on_device:
        groups += [("CUDA's calls (ms)", 3), ("Copied (MB)", 2)]
        headings += ["launches", "waits", "others", "to device", "to host"]
    return Table(
        title=f"{_where(cell)}: the host",
        groups=tuple(groups),
        headings=tuple(headings),
        rows=[
            (
                *(name, number(one.untraced_ms), number(one.traced_ms)),
                *((*_calls(one.host), *_copied(one)) if on_device else ()),
            )
            for name, one in profile.contenders.items()
        ],
        remarks=[*remarks, *unknown(profile)],
    )


def _kernels(where: str, name: str, one: ContenderProfile) -> Table:
    what = "operators" if one.source == "operators" else "kernels"
    left_out = one.kernels[MOST_KERNELS:]
    rest_ms = sum(kernel.time_ms for kernel in left_out)
    return Table(
        title=f"{where}: longest {what} of {name}",
        groups=(("", 4),),
        headings=("kernel", "class", "launches", "ms"),
        rows=[
            (
                shortened(short_name(kernel.name), NAME_WIDTH),
                kernel.kind,
                count(kernel.launches),
                number(kernel.time_ms),
            )
            for kernel in one.kernels[:MOST_KERNELS]
        ],
        remarks=[f"{len(left_out)} others take {number(rest_ms)} ms."] if left_out else [],
    )


_UNNAMED = re.compile(r"\(anonymous namespace\)::|<unnamed>::")
_TILED = re.compile(r"(sm\d+_xmma_[a-z_]+?)_[a-z]*\d\w*_tilesize(\d+x\d+x\d+)_\w+")


def short_name(name: str) -> str:
    """A kernel's name without its return type, template arguments and parameters.

    Of the names that spell out number formats and layouts, what they do and their tile are left.
    """
    name = name[:LONGEST_NAME]
    if tiled := _TILED.fullmatch(name):
        return f"{tiled[1]} {tiled[2]}"
    bare = _outside_brackets(_UNNAMED.sub("", name))
    # An unclosed bracket is where a document has cut the name.
    bare = bare.partition("<")[0].partition("(")[0].strip()
    return (bare.rpartition(" ")[2] if bare.startswith(("void ", "std::")) else bare) or name


def _outside_brackets(name: str) -> str:
    """Without what closed angle brackets hold, at any depth."""
    kept: list[str] = []
    opened: list[int] = []
    for character in name:
        if character == ">" and opened:
            del kept[opened.pop() :]
            continue
        if character == "<":
            opened.append(len(kept))
        kept.append(character)
    return "".join(kept)


def _calls(host: HostCalls | None) -> list[str]:
    if host is None:
        return [NOTHING] * 3
    return [number(calls.time_ms) for calls in (host.launch, host.synchronize, host.other)]


def _copied(one: ContenderProfile) -> list[str]:
    if one.source != "cupti":
        return [NOTHING] * 2
    return [number(one.copied_bytes.get(way, 0.0) / MB) for way in ("HtoD", "DtoH")]


def _launches(one: ContenderProfile) -> float:
    return sum(share.launches for share in one.rows.values())


def _signed(value_ms: float) -> str:
    return f"{value_ms:+.3f}" if abs(value_ms) < 1000 else f"{value_ms:+.0f}"


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{round(100 * share, 1) + 0.0:.1f}"


def count(value: float) -> str:
    """Launches of an iteration: a mean, so it may have a decimal."""
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
