"""The text report on a terminal: as wide as it is, titles and verdicts in colour.

`NO_COLOR`, `TERM=dumb` and pipes are rich's to respect; the words say all that the colours do.
"""

import re
from typing import TextIO

from rich.console import Console
from rich.text import Text

from benchcore.report import text
from benchcore.result import Document

STYLES = {
    "FASTER": "bold green",
    "SLOWER": "bold red",
    "SAME": "bold",
    "INCONCLUSIVE": "yellow",
    "INVALID": "bold magenta",
}

_VERDICT = re.compile(rf"(?<=  |\d )({'|'.join(STYLES)})(?= |$)")
"""At the end of a row, behind a figure or a gap."""


def show(document: Document, stream: TextIO) -> None:
    """Print the report; where the stream is no terminal, plain text of 80 columns."""
    if not stream.isatty():
        stream.write(text.render(document))
        return
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for number, part in enumerate(text.parts(document, max(console.width, text.WIDTH))):
        if number:
            console.print()
        for place, line in enumerate(part.lines):
            title = part.kind == "table" and place == 0
            console.print(_styled(line, title=title), soft_wrap=True)


def _styled(line: str, *, title: bool) -> Text:
    styled = Text(line, style="bold" if title else "")
    for found in _VERDICT.finditer(line):
        styled.stylize(STYLES[found[0]], *found.span())
    return styled
