"""What a page quotes of a document, between two comments that no reader sees.

The first names the document and its parts, with a semicolon between them; the second says `end`.
On a line of its own the first one begins a block: the parts of the report, as it is printed.
`summary` is its beginning, `factors` its tables of factors, `contenders`, `processes`, `classes`
and `kept` are tables that no report has (`run_tables`), anything else is the table whose title
begins so. Within a line it quotes one figure by name: of a run where it comes from (`run_words`) or
what a cell of it says (`cell_words`), of another document what it says (`other_words`). A run
`against` an earlier one has a table `change` and a figure `closed` (`two_runs`). Several runs, with
`and` between them, have a table `cells` (`several_runs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from benchcore.errors import UsageError
from benchcore.report import text
from benchcore.report.table import Table
from benchcore.report.tables import factor_tables
from docs_support import (
    cell_words,
    documents,
    other_words,
    run_tables,
    run_words,
    several_runs,
    two_runs,
)
from docs_support.documents import Other, Run

COMMENT = re.compile(r"<!--\s*(from\b.*?|end\s*)-->", re.DOTALL)
FROM = re.compile(r"from (\S+(?:\s+and \S+)*)(?: against (\S+))?: (.+) ")

SUMMARY, FACTORS = "summary", "factors"
CHANGE, CLOSED = "change", "closed"
CELLS = "cells"

FORM = (
    "<!-- from DOCUMENT [and DOCUMENT] [against EARLIER]: PART; PART --> or, behind it, "
    "<!-- end -->"
)


def renewed(content: str, page: str, root: Path) -> str:
    """The page with what it quotes as the documents say it now.

    `page` stands in errors. Raises UsageError for a comment without its other half, for a document
    that can't be read and for a part that it hasn't.
    """
    pieces, done = [], 0
    for opening, closing in _pairs(content, page):
        where = _place(content, opening, page)
        stated = FROM.fullmatch(opening[1])
        if stated is None:
            raise UsageError(f"{where}: {opening[0]!r} is not {FORM}.")
        begins_line = content[: opening.start()].endswith("\n") or opening.start() == 0
        is_block = begins_line and content[opening.end() :].startswith("\n")
        if begins_line and not is_block:
            raise UsageError(
                f"{where}: a comment that begins a line makes all of it HTML; put the words that "
                "it quotes on lines of their own, or words before it."
            )
        try:
            several = [documents.read(root, path) for path in re.split(r"\s+and ", stated[1])]
            found = several[0]
            earlier = None if stated[2] is None else documents.read(root, stated[2])
            parts = [part.strip() for part in stated[3].split(";")]
            if len(several) > 1:
                quoted = f"\n{_together(several, parts, is_block and earlier is None)}\n"
            elif is_block:
                quoted = f"\n{block(found, parts, earlier)}\n"
            else:
                quoted = figure(found, stated[3], earlier)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        pieces += [content[done : opening.end()], quoted]
        done = closing.start()
    return "".join([*pieces, content[done:]])


def _pairs(content: str, page: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Each beginning with its end. Raises UsageError where one of them is missing."""
    opening: re.Match[str] | None = None
    for found in COMMENT.finditer(content):
        begins = found[1].startswith("from")
        if begins == (opening is not None):
            lonely = found if opening is None else opening
            other = "<!-- end -->" if begins else "<!-- from ... -->"
            raise UsageError(f"{_place(content, lonely, page)}: {lonely[0]} has no {other}.")
        if opening is not None:
            yield opening, found
        opening = found if begins else None
    if opening is not None:
        raise UsageError(f"{_place(content, opening, page)}: {opening[0]} has no <!-- end -->.")


def _place(content: str, found: re.Match[str], page: str) -> str:
    line = content.count("\n", 0, found.start()) + 1
    return f"{page}, line {line}"


def block(document: Run | Other, parts: list[str], earlier: Run | Other | None = None) -> str:
    """Parts of a report in a fence, or of a run against an earlier one. Raises UsageError."""
    runs = [_run(one) for one in (document, earlier) if one is not None]
    pieces = [piece for part in parts for piece in _pieces(part, *runs)]
    return _fenced("\n\n".join(pieces))


def _fenced(words: str) -> str:
    return "\n".join(["```text", words, "```"])


def _together(found: list[Run | Other], parts: list[str], is_alone: bool) -> str:
    """The table of several runs in a fence. Raises UsageError."""
    if parts != [CELLS] or not is_alone:
        raise UsageError(
            f"several runs have no part {'; '.join(parts)!r} here; they have {CELLS}, "
            "on lines of their own and against none."
        )
    return _fenced(_laid_out(several_runs.cells([_run(one) for one in found])))


def _run(document: Run | Other) -> Run:
    if not isinstance(document, Run):
        raise UsageError(
            f"{document.path} is no run and has no report to quote; quote its figures in a line."
        )
    return document


def _pieces(part: str, run: Run, earlier: Run | None = None) -> Iterator[str]:
    """What stands between empty lines."""
    if earlier is not None:
        if part != CHANGE:
            raise UsageError(f"a run against another has no part {part!r}; it has {CHANGE}.")
        yield _laid_out(two_runs.change(earlier.document, run.document))
        return
    printed = list(text.parts(run.document))
    shown = [p.lines for p in printed if p.kind == "table" and part and p.lines[0].startswith(part)]
    if part == SUMMARY:
        shown = [p.lines for p in takewhile(lambda p: p.kind == "words", printed)]
    elif part == FACTORS:
        shown = [list(text.table_lines(table)) for table in factor_tables(run.document)]
    elif part in run_tables.TABLES:
        shown = [_laid_out(run_tables.TABLES[part](run.document)).splitlines()]
    if not shown:
        titles = (p.lines[0] for p in printed if p.kind == "table")
        known = "; ".join([SUMMARY, FACTORS, *run_tables.TABLES, *titles])
        raise UsageError(f"{run.path} has no part {part!r}; it has {known}.")
    yield from ("\n".join(lines) for lines in shown)


def _laid_out(table: Table) -> str:
    return "\n".join(text.table_lines(table, fit=False))


def figure(document: Run | Other, name: str, earlier: Run | Other | None = None) -> str:
    """One figure in words. Raises UsageError."""
    if earlier is not None:
        if name != CLOSED:
            raise UsageError(f"a run against another has no figure {name!r}; it has {CLOSED}.")
        return two_runs.closed(_run(earlier).document, _run(document).document)
    if isinstance(document, Run):
        found = run_words.figures(document.document) | cell_words.figures(document.document)
    else:
        found = other_words.kind(document.content).figures()
    if name not in found:
        known = ", ".join(list(found)[: other_words.MOST_VALUES])
        raise UsageError(f"{document.path} has no figure {name!r}; it has {known}.")
    return found[name]
