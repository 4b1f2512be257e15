"""Tables as HTML: a caption, scoped headings, numbers to the right, a box that scrolls alone."""

from collections.abc import Iterable, Iterator

from benchcore.report.markup import EMPTY, Markup, element, join, text
from benchcore.report.table import Table

LABELS = frozenset(
    {"network", "mode", "batch", "contender", "source", "class", "algorithm", "kernel"}
)
"""Columns that say what a row is about."""

KEY = "batch"
"""Where this comes first, a row's name is one cell: it stays in view when the rest scrolls."""

WORDS = LABELS - {KEY}
"""Columns of words, which begin at the left."""

VERDICTS = {"FASTER": "better", "SLOWER": "worse", "INVALID": "wrong"}
"""The words that have a colour too; the others are plain."""


def table(content: Table) -> Markup:
    """A table of the report, with its remarks below."""
    headings = content.headings
    rows = [element("tr", *_heading_cells(headings))]
    if any(words for words, _ in content.groups):
        rows.insert(0, element("tr", *_group_cells(content.groups)))
    body = (
        element("tr", *(_cell(*pair) for pair in zip(headings, row, strict=True)))
        for row in content.rows
    )
    drawn = element(
        "table",
        _caption(content.title),
        element("thead", *rows),
        element("tbody", join(body, "\n")),
        class_="keyed" if headings[0] == KEY else None,
    )
    return join([scrolling(drawn, content.title), remarks(content.remarks)], "\n")


def scrolling(content: Markup, label: str) -> Markup:
    """A region of its own that scrolls sideways, by keyboard too, so that the page needn't."""
    return element("div", content, class_="scroll", role="region", aria_label=label, tabindex=0)


def remarks(sentences: Iterable[str]) -> Markup:
    """A list of sentences, or nothing."""
    items = [element("li", text(sentence)) for sentence in sentences]
    return element("ul", *items, class_="remarks") if items else EMPTY


def pairs(caption: str, rows: Iterable[tuple[str, object]]) -> Markup:
    """A table of two columns, a name and what it stands for."""
    body = (
        element("tr", element("th", text(name), scope="row"), element("td", text(value)))
        for name, value in rows
    )
    drawn = element(
        "table",
        _caption(caption),
        element("tbody", join(body, "\n")),
        class_="wide",
    )
    return scrolling(drawn, caption)


def _caption(words: str) -> Markup:
    # The span stays in view while a phone scrolls the table below it.
    return element("caption", element("span", text(words)))


def verdict(word: str) -> Markup:
    """The verdict's word in its colour."""
    return element("span", text(word), class_=VERDICTS.get(word))


def _group_cells(groups: Iterable[tuple[str, int]]) -> Iterator[Markup]:
    for words, span in groups:
        if words:
            yield element("th", text(words), scope="colgroup", colspan=span)
        else:
            yield element("td", colspan=span)


def _heading_cells(headings: Iterable[str]) -> Iterator[Markup]:
    for heading in headings:
        kind = "word" if heading in WORDS else None
        yield element("th", text(heading), scope="col", class_=kind)


def _cell(heading: str, words: str) -> Markup:
    if heading in LABELS:
        kind = "word" if heading in WORDS else None
        return element("th", text(words), scope="row", class_=kind)
    if heading == "verdict":
        return element("td", text(words), class_=VERDICTS.get(words))
    return element("td", text(words))
