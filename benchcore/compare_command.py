"""`benchcore compare`: which layout shows the documents."""

import argparse
import json
import shutil
import sys

import msgspec

from benchcore import reference
from benchcore.changes import Comparisons
from benchcore.compare import compare
from benchcore.published import is_published
from benchcore.report import comparison, side_by_side
from benchcore.report.text import WIDTH
from benchcore.status import OK

NARROW = 3
"""So many documents fit the width that is printed where there is no terminal."""


def run(arguments: argparse.Namespace) -> int:
    """Print how each later document differs from the first. The status is no judgement."""
    paths = [arguments.before, *arguments.after]
    documents = [reference.read(path) for path in paths]
    compared = Comparisons(
        documents=[str(path) for path in paths],
        comparisons=[compare(documents[0], later) for later in documents[1:]],
    )
    published = any(
        is_published(*cell.contenders.values()) for document in documents for cell in document.cells
    )
    if arguments.json:
        text = json.dumps(msgspec.to_builtins(compared), indent=2) + "\n"
    elif len(documents) > 2 or published:
        text = side_by_side.render(documents, compared, _width(len(documents)))
    else:
        text = comparison.render(compared.comparisons[0], *compared.documents)
    sys.stdout.write(text)
    return OK


def _width(documents: int) -> int:
    """Of the lines: the terminal's for more documents than a narrow one takes."""
    if documents <= NARROW or not sys.stdout.isatty():
        return WIDTH
    return max(WIDTH, shutil.get_terminal_size().columns)
