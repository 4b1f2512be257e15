"""What stands around the list of documents: a title, a filter, all about the current one."""

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from benchcore.report.plain import plain
from tui.documents import Entry, when


class HistoryTop(Horizontal):
    """Which folder is listed, and a link to read it again."""

    DEFAULT_CSS = """
    HistoryTop {
        height: 1;
        background: $panel;
        padding: 0 1;
        #history-title { width: 1fr; height: 1; text-style: bold; }
        #history-again { width: auto; margin-left: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        """The title at the left, the link at the right."""
        yield Static("History", markup=False, id="history-title")
        yield Static("[@click=screen.read_again]Read again (r)[/]", id="history-again")

    def show(self, folder: Path, known: int, shown: int, marked: int) -> None:
        """Say how many documents the folder has, how many are shown and how many are marked."""
        parts = [f"History: {folder}", f"{known} document{'' if known == 1 else 's'}"]
        if shown != known:
            parts.append(f"{shown} shown")
        if marked:
            parts.append(f"{marked} marked")
        self.query_one("#history-title", Static).update(plain(", ".join(parts)))


class HistoryFilter(Input):
    """Words that a row must have; they count only as long as they can be seen."""

    DEFAULT_CSS = """
    HistoryFilter {
        display: none;
        height: 1;
        padding: 0 1;
        &, &:focus { border: none; }
        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(placeholder="words that a row must have", id="history-filter")

    @property
    def words(self) -> str:
        """What a row must have."""
        return self.value if self.is_open else ""

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return self.has_class("-shown")

    def open(self) -> None:
        """Take the keys."""
        self.add_class("-shown")
        self.focus()

    def close(self) -> None:
        """Forget the words."""
        self.remove_class("-shown")
        self.clear()


class HistoryDetail(Static):
    """All about the document under the cursor, and what is to say of the folder."""

    DEFAULT_CSS = "HistoryDetail { height: 4; background: $panel; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__("", markup=False, id="history-detail")

    def show(self, entry: Entry | None, known: int, sentence: str | None) -> None:
        """Tell of an entry, or why there is none, and a sentence."""
        if entry is not None:
            told = detail(entry)
        else:
            told = Text("No document has these words." if known else "")
        if sentence is not None:
            told.append(f"\n{plain(sentence)}", style="italic")
        self.update(told)


def detail(entry: Entry) -> Text:
    """All about an entry in three lines."""
    place = "comes with the program" if entry.path is None else plain(str(entry.path))
    told = Text(place, style="bold", end="")
    if entry.error is not None:
        return told.append(f"\n{entry.error}", style="not bold red")
    cells = f"{entry.cells_done} of {entry.cells_planned} cells, {entry.status}"
    told.append(f"\nCreated {when(entry)}; {entry.profile} profile; {cells}", style="not bold")
    told.append(f"\n{entry.machine}, {entry.device}; {', '.join(entry.contenders)}", "not bold")
    return told
