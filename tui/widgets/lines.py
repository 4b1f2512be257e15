"""Lines of a report, to scroll through, with colours for its findings and verdicts."""

import re
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from benchcore.report.plain import plain
from benchcore.report.terminal import STYLES as VERDICT_STYLES

STYLES = {
    **VERDICT_STYLES,
    "REGRESSION": "bold red",
    "IMPROVEMENT": "bold green",
    "MACHINE DRIFT": "bold yellow",
    "NOT COMPARABLE": "magenta",
}
"""Of findings and verdicts; the words say all that the colours do."""

_WORD = re.compile(rf"\b({'|'.join(STYLES)})\b")
_GROUPS = re.compile(r" +-+ .+ -")
"""The upper headings of a table; the line before them is its title."""


class Lines(ScrollView, can_focus=True):
    """Lines of plain text, each drawn only when it is seen: ten thousand cost no more than ten."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "page_down", "Page down", show=False),
    ]

    DEFAULT_CSS = """
    Lines {
        width: 1fr;
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        &.-narrow { scrollbar-size-vertical: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[Text] = []

    def show(self, text: str) -> None:
        """Replace all lines; the place that was seen is kept as far as it still exists."""
        lines = [plain(line) for line in text.splitlines()] or [""]
        self.texts = [
            _styled(line, title=_GROUPS.match(after) is not None)
            for line, after in zip(lines, [*lines, ""][1:], strict=True)
        ]
        width = max((line.cell_len for line in self.texts), default=0)
        self.virtual_size = Size(width, len(lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of what is seen."""
        left, top = self.scroll_offset
        style = self.rich_style
        if top + y >= len(self.texts):
            return Strip.blank(self.size.width, style)
        segments = self.texts[top + y].render(self.app.console)
        strip = Strip(segments).apply_style(style)
        return strip.crop_extend(left, left + self.size.width, style)


def _styled(line: str, *, title: bool) -> Text:
    text = Text(line, style="bold" if title else "", end="")
    for found in _WORD.finditer(line):
        text.stylize(Style.parse(STYLES[found[0]]), *found.span())
    return text
