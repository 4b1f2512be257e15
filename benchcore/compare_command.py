"""`benchcore compare`: which layout shows the documents."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence

import msgspec

from benchcore import reference
from benchcore.changes import Comparisons
from benchcore.compare import compare
from benchcore.published import is_published
from benchcore.report import comparison, side_by_side
from benchcore.report.text import WIDTH
from benchcore.result import Document
from benchcore.status import OK

NARROW = 3
"""Fewer documents have a layout of one width."""


def run(arguments: argparse.Namespace) -> int:
    """Print how each later document differs from the first. The status is no judgement."""
    paths = [arguments.before, *arguments.after]
    documents = [reference.read(path) for path in paths]
    names = [str(path) for path in paths]
    if arguments.json:
        text = json_text(compared(documents, names))
    else:
        text = rendered(documents, names, _width(len(documents)))
    sys.stdout.write(text)
    return OK


def compared(documents: Sequence[Document], names: Sequence[str]) -> Comparisons:
    """Each later document against the first."""
    return Comparisons(
        documents=list(names),
        comparisons=[compare(documents[0], later) for later in documents[1:]],
    )


def rendered(
    documents: Sequence[Document],
    names: Sequence[str],
    width: int,
    comparisons: Comparisons | None = None,
) -> str:
    """Two or more documents as text of so many columns, under the given names.

    Who lays out the same documents again gives the `comparisons` that were made of them.
    """
    if comparisons is None:
        comparisons = compared(documents, names)
    published = any(
        is_published(*cell.contenders.values()) for document in documents for cell in document.cells
    )
    if len(documents) > 2 or published:
        return side_by_side.render(documents, comparisons, width)
    return comparison.render(comparisons.comparisons[0], *comparisons.documents)


def json_text(comparisons: Comparisons) -> str:
    """The findings as indented JSON with a final newline."""
    return json.dumps(msgspec.to_builtins(comparisons), indent=2) + "\n"


def _width(documents: int) -> int:
    """Of the lines: the terminal's for documents beside each other."""
    if documents < NARROW or not sys.stdout.isatty():
        return WIDTH
    return max(WIDTH, shutil.get_terminal_size().columns)
