"""The list of documents as a table: a row an entry, with a mark for those to compare."""

from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.message import Message
from textual.widgets import DataTable

from tui.documents import Entry
from tui.history_columns import Column, columns, fitted, widths

MARK = "*"

STATUS_STYLES = {
    "complete": "green",
    "running": "cyan",
    "interrupted": "yellow",
    "timeout": "yellow",
    "no document": "bold red",
}


class HistoryTable(DataTable[Text]):
    """A row an entry. A click opens, in the first column it marks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open", key_display="enter"),
        Binding("space", "mark", "Mark"),
        Binding("home", "scroll_top", "First row", show=False),
        Binding("end", "scroll_bottom", "Last row", show=False),
    ]

    DEFAULT_CSS = """
    HistoryTable { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }
    """

    class Marked(Message):
        """The row under the cursor gets a mark, or loses it."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
        self._shown: list[Entry] = []

    @property
    def current(self) -> Entry | None:
        """What is under the cursor."""
        row = self.cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def show(self, entries: list[Entry], marked: Collection[Path], width: int) -> None:
        """Replace all rows; the cursor stays on its entry if that is still there."""
        before = self.current
        shown = columns(width)
        each = widths(shown, entries, width)
        self.clear(columns=True)
        self._shown = entries
        for column, wide in zip(shown, each, strict=True):
            self.add_column(Text(column.heading, justify=column.justify), width=wide)
        for entry in entries:
            self.add_row(
                _mark(entry.compared_as in marked),
                *(
                    _word(column, entry, wide)
                    for column, wide in list(zip(shown, each, strict=True))[1:]
                ),
            )
        places = [n for n, e in enumerate(entries) if before and e.path == before.path]
        if places:
            self.move_cursor(row=places[0], animate=False)

    def show_mark(self, entry: Entry, *, marked: bool) -> None:
        """Set or take away the mark of an entry."""
        self.update_cell_at(Coordinate(self._shown.index(entry), 0), _mark(marked))

    def action_mark(self) -> None:
        """Tell the screen, which knows the marks."""
        if self.current is not None:
            self.post_message(self.Marked())

    def on_click(self, event: events.Click) -> None:
        """One click is enough; the table's own needs two to open."""
        row, column = (event.style.meta.get(key, -1) for key in ("row", "column"))
        if row < 0 or column < 0:
            return
        event.prevent_default()
        event.stop()
        self.move_cursor(row=row, column=0)
        if column == 0:
            self.action_mark()
        else:
            self.action_select_cursor()


def _mark(marked: bool) -> Text:
    return Text(MARK if marked else " ", style="bold")


def _word(column: Column, entry: Entry, width: int) -> Text:
    style = STATUS_STYLES.get(entry.status, "") if column.heading == "Status" else ""
    text = fitted(column.words(entry), width)
    return Text(text, style=style, justify=column.justify, no_wrap=True)
