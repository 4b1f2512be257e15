"""The documents of the session's folder: open, mark, compare, resume."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable, Footer, Input
from textual.worker import get_current_worker

from benchcore import reference
from benchcore.errors import UsageError
from benchcore.report.plain import plain
from benchcore.result import Document
from tui.documents import Entry, listed, matches, obstacle
from tui.screens.base import BenchScreen
from tui.widgets.history_frame import HistoryDetail, HistoryFilter, HistoryTop
from tui.widgets.history_table import HistoryTable


class HistoryScreen(BenchScreen):
    """Earlier results, the newest first, and the benchmark of 2020 last."""

    ABOUT: ClassVar[str] = (
        "The documents of the folder, newest first, and the benchmark of 2020 as the last. Enter "
        "or a click opens one. Space, or a click in the first column, marks one; c compares all "
        "that are marked, or the marked one with the one under the cursor. u goes on with an "
        "interrupted run, / filters by words, r reads the folder again. The lines below the table "
        "tell all about the document under the cursor; a file that is none has its reason there."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "compare", "Compare"),
        Binding("u", "resume", "Resume"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("r", "read_again", "Read the folder again", show=False),
        Binding("escape", "back", "Back"),
    ]

    @dataclass
    class Listed(Message):
        """The folder was read; `sentence` says why it has nothing to list, if so."""

        entries: list[Entry]
        sentence: str | None

    @dataclass
    class Opened(Message):
        """A document was read, or `error` says why not."""

        entry: Entry
        document: Document | None
        error: str = ""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self._marked: set[Path] = set()
        self._sentence: str | None = "Reading the folder ..."

    def compose(self) -> ComposeResult:
        """Title, filter, table, what is under the cursor, keys."""
        yield HistoryTop()
        yield HistoryFilter()
        yield HistoryTable()
        yield HistoryDetail()
        yield Footer()

    def on_mount(self) -> None:
        """The table has the keys."""
        self._table.focus()

    def on_screen_resume(self) -> None:
        """Read the folder, the first time and again: other screens write and remove files."""
        self.action_read_again()

    def on_resize(self, event: events.Resize) -> None:
        """Other columns fit another width."""
        self._show_rows()

    @property
    def _table(self) -> HistoryTable:
        return self.query_one(HistoryTable)

    @property
    def _filter(self) -> HistoryFilter:
        return self.query_one(HistoryFilter)

    # Reading

    def action_read_again(self) -> None:
        """Read the folder in a thread."""
        self._read_folder(self.bench.settings.folder)

    @work(thread=True, exclusive=True, group="list")
    def _read_folder(self, folder: Path) -> None:
        worker = get_current_worker()
        entries = listed(folder, stopped=lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(self.Listed(entries, obstacle(folder)))

    def on_history_screen_listed(self, message: Listed) -> None:
        """Show the folder as it is now; marks of files that are gone go too."""
        message.stop()
        self._entries, self._sentence = message.entries, message.sentence
        self._marked &= {entry.compared_as for entry in message.entries}
        self._show_rows()

    def _show_rows(self) -> None:
        rows = [entry for entry in self._entries if matches(entry, self._filter.words)]
        self._table.show(rows, self._marked, self.size.width)
        self._tell()

    def _tell(self) -> None:
        """The title and the lines below the table."""
        known, folder = len(self._entries), self.bench.settings.folder
        self.query_one(HistoryTop).show(folder, known, self._table.row_count, len(self._marked))
        self.query_one(HistoryDetail).show(self._table.current, known, self._sentence)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """The cursor moved."""
        event.stop()
        self._tell()

    # Opening

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter or a click."""
        event.stop()
        entry = self._table.current
        if entry is None:
            return
        if entry.error is not None:
            self._warn(entry.error)
        else:
            self._read_document(entry)

    @work(thread=True, exclusive=True, group="open")
    def _read_document(self, entry: Entry) -> None:
        opened = partial(self.Opened, entry)
        try:
            message = opened(reference.read(entry.compared_as))
        except UsageError as error:
            message = opened(None, str(error))
        if not get_current_worker().is_cancelled:
            self.post_message(message)

    def on_history_screen_opened(self, message: Opened) -> None:
        """Show the document, or why there is none any more."""
        message.stop()
        if message.document is None:
            self._warn(message.error)
            self.action_read_again()
        else:
            self.bench.open_document(message.document, message.entry.path)

    # Marking and comparing

    def on_history_table_marked(self, event: HistoryTable.Marked) -> None:
        """Mark the document under the cursor, or take its mark away."""
        event.stop()
        entry = self._table.current
        if entry is None:
            return
        if entry.error is not None:
            self._warn(f"It can't be compared: {entry.error}")
            return
        self._marked ^= {entry.compared_as}
        self._table.show_mark(entry, marked=entry.compared_as in self._marked)
        self._tell()

    def action_compare(self) -> None:
        """Lay the marked documents side by side, the oldest first."""
        chosen, entry = set(self._marked), self._table.current
        if len(chosen) == 1 and entry is not None:
            if entry.error is not None:
                self._warn(f"It can't be compared: {entry.error}")
                return
            chosen.add(entry.compared_as)
        if len(chosen) < 2:
            self._warn("A comparison needs two documents: mark one with Space, go to another.")
            return
        newest_first = (known.compared_as for known in self._entries)
        self.bench.open_comparison([path for path in newest_first if path in chosen][::-1])

    def action_resume(self) -> None:
        """Go on with the run under the cursor, if something is left of it."""
        entry = self._table.current
        if entry is None:
            self._warn("There is no document under the cursor.")
        elif entry.error is not None:
            self._warn(f"It can't be resumed: {entry.error}")
        elif entry.path is None or entry.status == "complete":
            self._warn(f"{entry.title} is complete; nothing is left to measure.")
        else:
            self.bench.resume_run(entry.path)

    # Filtering and leaving

    def action_filter(self) -> None:
        """Type words that a row must have."""
        self._filter.open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each letter filters."""
        event.stop()
        self._show_rows()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the rows that are left."""
        event.stop()
        self._table.focus()

    def action_back(self) -> None:
        """Close the filter if there is one, else the screen."""
        if self._filter.is_open:
            self._filter.close()
            self._table.focus()
            self._show_rows()
        else:
            super().action_back()

    def _warn(self, sentence: str) -> None:
        self.notify(plain(sentence), severity="warning", markup=False)
