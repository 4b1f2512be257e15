"""The documents of docs/why.md by the names in its table, and what a test asks them."""

import re
from pathlib import Path

from docs_support import documents

ROOT = Path(__file__).parents[2]
RUNS = {run.name: run.document for run in documents.read_all(ROOT)[0]}
WHY = (ROOT / "docs" / "why.md").read_text()
README = (ROOT / "README.md").read_text()

ROWS = re.findall(r"^\| (\w+) \| `(.+?)`.* \| \[.+?\]\(results/(.+?)\.json\) \|$", WHY, re.M)
"""Name, command, file."""

NAMED = {name: RUNS[file] for name, _, file in ROWS}
LETTERS = "abcdefghijklmnopqr"
"""Of the documents in the default profile with the release."""


def cell(document, batch, mode="infer"):
    return next(c for c in document.cells if (c.batch, c.mode) == (batch, mode))


def memory(document, batch, contender, mode="infer"):
    return cell(document, batch, mode).contenders[contender].memory


def grown_mib(document, batch, mode="infer"):
    held = memory(document, batch, "dlib", mode)
    return held.steady_mib - held.model_mib


def of_one_network(letters, network):
    """Those of these documents that have cells of it, by their letters."""
    return {
        letter: NAMED[letter]
        for letter in letters
        if any(c.network == network for c in NAMED[letter].cells)
    }
