"""Two or more documents side by side: what `benchcore compare` prints, to scroll through."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from benchcore import reference
from benchcore.changes import Comparisons
from benchcore.compare_command import compared, json_text, rendered
from benchcore.errors import UsageError
from benchcore.report.plain import plain
from benchcore.report.text import WIDTH
from benchcore.result import Document
from tui.export import Exportable, as_markdown, changes_csv
from tui.screens.base import BenchScreen
from tui.screens.export import ExportScreen
from tui.widgets.lines import Lines


class ComparisonScreen(BenchScreen):
    """What changed from the first document to each later one, and what that allows to say."""

    ABOUT: ClassVar[str] = (
        "Two or more documents side by side, the oldest first: how their machines and versions "
        "differ, what that forbids to conclude, and what changed in each cell. Arrow keys, page "
        "keys and the mouse wheel scroll. Findings are words: REGRESSION, IMPROVEMENT, MACHINE "
        "DRIFT, SAME, INCONCLUSIVE, NOT COMPARABLE. e exports the comparison."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "export", "Export"),
        Binding("n", "next_finding", "Next finding"),
        Binding("escape", "back", "Back"),
    ]

    DEFAULT_CSS = """
    ComparisonScreen {
        #comparison-title { height: 1; background: $panel; text-style: bold; padding: 0 1; }
    }
    """

    @dataclass
    class Read(Message):
        """The documents were read and compared."""

        documents: list[Document]
        comparisons: Comparisons

    @dataclass
    class LaidOut(Message):
        """The text for a width."""

        text: str

    @dataclass
    class Failed(Message):
        """Why there is nothing to see."""

        sentence: str

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self._paths = list(paths)
        self._names = _names(self._paths)
        self._read: ComparisonScreen.Read | None = None
        self._text = ""
        self._width = 0

    def compose(self) -> ComposeResult:
        """A title, the lines, the keys."""
        names = ", ".join(map(plain, self._names))
        yield Static(f"Comparison of {names}", markup=False, id="comparison-title")
        yield Lines()
        yield Footer()

    def on_mount(self) -> None:
        """Read in a thread; large documents take a second."""
        lines = self.query_one(Lines)
        lines.focus()
        lines.show("Reading the documents ...")
        self._read_all()

    @work(thread=True, exclusive=True, group="read")
    def _read_all(self) -> None:
        worker = get_current_worker()
        try:
            documents: list[Document] = []
            for path in self._paths:
                if worker.is_cancelled:
                    return
                documents.append(reference.read(path))
            if len(documents) < 2:
                raise UsageError("A comparison needs two documents or more.")
            self.post_message(self.Read(documents, compared(documents, self._names)))
        except UsageError as error:
            self.post_message(self.Failed(str(error)))
        except Exception as error:
            # Figures that no run writes may defeat the arithmetic; that must not end the screens.
            self.post_message(self.Failed(f"These can't be compared: {_words(error)}"))

    def on_comparison_screen_read(self, message: Read) -> None:
        """Lay out what was compared, in the width that there is now."""
        message.stop()
        self._read = message
        self._lay_out(message, self._width or WIDTH)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out again where the width changed; without room for it there is no scroll bar."""
        narrow = event.size.width <= WIDTH
        self.query_one(Lines).set_class(narrow, "-narrow")
        width = max(WIDTH, event.size.width - (0 if narrow else 1))
        if width != self._width:
            self._width = width
            if self._read is not None:
                self._lay_out(self._read, width)

    @work(thread=True, exclusive=True, group="layout")
    def _lay_out(self, read: Read, width: int) -> None:
        worker = get_current_worker()
        try:
            text = rendered(read.documents, self._names, width, read.comparisons)
        except Exception as error:
            self.post_message(self.Failed(f"These can't be shown: {_words(error)}"))
            return
        if not worker.is_cancelled:
            self.post_message(self.LaidOut(text))

    def on_comparison_screen_laid_out(self, message: LaidOut) -> None:
        """Show the text."""
        message.stop()
        self._text = message.text
        self.query_one(Lines).show(message.text)

    def on_comparison_screen_failed(self, message: Failed) -> None:
        """Say why in the place of the text."""
        message.stop()
        self._text = ""
        self.query_one(Lines).show("\n".join(wrap(plain(message.sentence), self._width or WIDTH)))
        self.notify(plain(message.sentence), severity="error", markup=False)

    def action_export(self) -> None:
        """The comparison as a file or to the clipboard."""
        if self._read is None or not self._text:
            self.notify("There is no comparison to export.", markup=False)
            return
        exportable = Exportable(
            stem="compare-" + "-".join(Path(name).stem for name in self._names),
            shown_markdown=as_markdown(self._text),
            shown_csv=changes_csv(self._read.comparisons),
            shown_text=self._text,
            shown_json=json_text(self._read.comparisons),
            screenshot_svg=self.app.export_screenshot(),
        )
        self.app.push_screen(ExportScreen(exportable))

    def action_next_finding(self) -> None:
        """Scroll to the next line with a REGRESSION or an IMPROVEMENT, after the last the first."""
        lines = self.query_one(Lines)
        found = [
            number
            for number, text in enumerate(lines.texts)
            if "REGRESSION" in text.plain or "IMPROVEMENT" in text.plain
        ]
        if not found:
            self.notify("There is no regression and no improvement here.", markup=False)
            return
        below = [number for number in found if number > lines.scroll_offset.y]
        # At the end of the lines no later one can come to the top.
        at_end = lines.scroll_offset.y >= lines.max_scroll_y
        lines.scroll_to(y=found[0] if at_end or not below else below[0], animate=False)


def _names(paths: Sequence[Path]) -> list[str]:
    """The files' names, or the paths where two have the same name."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
