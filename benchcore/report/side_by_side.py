"""Several documents side by side as plain text: a row of runs, or then and now.

The environments come first, then what the figures can't tell, then the cells. Documents are named
by letters, since paths are wider than columns.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from benchcore.changes import Comparisons
from benchcore.differences import shortened
from benchcore.report.cell_tables import lonely, tables
from benchcore.report.columns import Column, columns
from benchcore.report.comparison import MOST_DIFFERENCES, summary
from benchcore.report.figures import SOURCES
from benchcore.report.plain import inert, plain
from benchcore.report.text import GAP, WIDTH, table_lines
from benchcore.result import Document

LEAST_KEY_WIDTH = 22
"""Of an environment's key, in favour of whole values; a longer key loses its beginning."""
COLUMN_WIDTH = 2 * len(GAP) + len("100.000") + len("factor")
"""Of a document: its time and its factor."""
CHANGE_WIDTH = 2 * len(GAP) + len("change") + len("+10.0..+20.0")
"""Of the change on the right, which a single later document has there."""


def render(documents: Sequence[Document], compared: Comparisons, width: int = WIDTH) -> str:
    """All documents; those that don't fit beside each other get tables of their own."""
    beside = columns(documents)
    edges = len("batch") + (CHANGE_WIDTH if len(documents) == 2 else 0)
    fitting = max(1, (width - edges) // COLUMN_WIDTH)
    parts = [beside[first : first + fitting] for first in range(0, len(beside), fitting)]
    named = zip(beside, compared.documents, strict=True)
    lines = [shortened(f"{column.letter}: {name}", width) for column, name in named]
    lines += ["", *_environment(compared, beside, parts, width)]
    lines.append("")
    for sentence in _explanations(compared, beside):
        lines += wrap(sentence, width)
    for table in tables(beside, parts, compared.comparisons):
        lines += ["", *table_lines(table, width)]
    for sentence in lonely(beside):
        lines += ["", *wrap(sentence, width)]
    for column, found in zip(beside[1:], compared.comparisons, strict=True):
        lines += ["", f"{column.letter} against {beside[0].letter}:", *summary(found)]
    return "\n".join(inert(plain(line)) for line in lines) + "\n"


def _environment(
    compared: Comparisons, beside: list[Column], parts: list[list[Column]], width: int
) -> Iterator[str]:
    """What differs in which document; what only one of them states is counted alone."""
    rows = compared.environment()
    told = [(key, values) for key, values in rows.items() if len(values) - values.count(None) > 1]
    # What the machine did when a run began tells the least.
    told.sort(key=lambda row: row[0].startswith("state."))
    if not told:
        yield "No environment differs in what two documents state."
    for part in parts if told else ():
        yield from _part(told[:MOST_DIFFERENCES], beside.index(part[0]), part, width)
    if len(told) > MOST_DIFFERENCES:
        yield f"{GAP}and {len(told) - MOST_DIFFERENCES} more"
    if len(rows) > len(told):
        yield f"{GAP}and {len(rows) - len(told)} that only one document states"


def _part(
    told: list[tuple[str, list[Any]]], first: int, part: list[Column], width: int
) -> Iterator[str]:
    """The values of documents that fit beside each other."""
    fair = (width - LEAST_KEY_WIDTH - len(GAP)) // len(part) - len(GAP)
    rows = [
        (key, [shortened(v, fair) for v in values[first:][: len(part)]]) for key, values in told
    ]
    widths = [max(len(values[column]) for _, values in rows) for column in range(len(part))]
    key_width = width - len(GAP) - sum(widths) - len(GAP) * len(part)
    key_width = min(key_width, max(len(key) for key, _ in rows))
    for key, values in [("", [column.letter for column in part]), *rows]:
        end = key if len(key) <= key_width else f"...{key[3 - key_width :]}"
        words = [word.ljust(width) for word, width in zip(values, widths, strict=True)]
        yield GAP + GAP.join([end.ljust(key_width), *words]).rstrip()


def _explanations(compared: Comparisons, beside: list[Column]) -> Iterator[str]:
    """What the figures are, and what can't be concluded from them."""
    first = beside[0].letter
    limits = [
        (column.letter, limit)
        for column, comparison in zip(beside[1:], compared.comparisons, strict=True)
        for limit in comparison.comparability.limits
    ]
    for letters, limit in _alike(limits):
        yield f"{letters} against {first}: {limit}"
    notes = [(c.letter, note) for c in beside if c.published for note in c.document.notes]
    for letters, note in _alike(notes):
        yield f"{letters}: {note}"
    sources = [
        (column.letter, SOURCES.get(result.memory.primary, result.memory.primary))
        for column in beside
        for cell in column.cells.values()
        for result in cell.contenders.values()
        if result.memory is not None
    ]
    for letters, source in _alike(sources):
        yield f"Memory of {letters}: {source}."
    means = any(column.published for column in beside)
    kind = "means, since nothing else was published" if means else "medians"
    yield (
        f"Times are {kind}. A factor is contender / {compared.comparisons[-1].reference}: below 1 "
        "the contender is better. A change above 0 is slower."
    )


def _alike(sentences: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each sentence once, with the letters of all documents that it is on."""
    letters: dict[str, dict[str, None]] = {}
    for letter, sentence in sentences:
        letters.setdefault(sentence, {})[letter] = None
    for sentence, found in letters.items():
        yield ", ".join(found), sentence
