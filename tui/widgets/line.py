"""A line of words, or a few, that costs nothing as long as they stay the same."""

from rich.text import Text
from textual.widgets import Static

from benchcore.report.plain import plain


class Line(Static):
    """Static text of a fixed height; nothing in it is markup."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._said: str | None = None

    def say(self, words: str) -> None:
        """Show these words; lines of them are separated by newlines."""
        if words != self._said:
            self._said = words
            self.update(Text("\n".join(map(plain, words.split("\n")))), layout=False)
