"""Headings in several lines, so that a table whose columns have long names fits a width."""

import re
from collections.abc import Iterator, Sequence


def narrowed(
    headings: Sequence[str], needed: Sequence[int], widths: Sequence[int], room: int
) -> list[int]:
    """Widths that add up to no more than `room`, if headings that are cut between words do that.

    `needed` is what the figures below them take. The column that gains most is cut first.
    """
    least = [
        max(needed[column], *(len(word.rstrip()) for word in _words(heading)))
        for column, heading in enumerate(headings)
    ]
    found = list(widths)
    while sum(found) > room:
        gains = [wide - narrow for wide, narrow in zip(found, least, strict=True)]
        if max(gains) == 0:
            break
        column = gains.index(max(gains))
        found[column] = least[column]
    return found


def in_lines(headings: Sequence[str], widths: Sequence[int]) -> Iterator[list[str]]:
    """The headings in as many lines as the longest needs, each ending in the last of them."""
    cut = [_cut(heading, width) for heading, width in zip(headings, widths, strict=True)]
    most = max(map(len, cut), default=0)
    for line in zip(*([""] * (most - len(pieces)) + pieces for pieces in cut), strict=True):
        yield list(line)


def _words(heading: str) -> list[str]:
    """Where a heading may be cut: behind hyphens and spaces."""
    return re.findall(r"[^- ]*[- ]|[^- ]+", heading) or [""]


def _cut(heading: str, width: int) -> list[str]:
    if len(heading) <= width:
        return [heading]
    lines = [""]
    for word in _words(heading):
        if lines[-1] and len(lines[-1]) + len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]
