"""Where a result leaves the screens: into a file whose path is shown, or to the clipboard."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from benchcore.errors import UsageError
from benchcore.report.plain import plain
from tui.export import Choice, Content, Exportable, choices, export
from tui.navigation import Navigator

__all__ = ["ExportScreen", "Exportable"]

CLIPBOARD_BYTES = 74_994
"""More than this xterm drops, and others have limits of that order."""


class Choices(OptionList):
    """The forms; Enter writes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Write", key_display="enter"),
    ]


class ExportScreen(ModalScreen[None]):
    """Asks for a form, writes it to the session's folder and says where."""

    ABOUT: ClassVar[str] = (
        "Choose what leaves the program and how. Enter or a click writes a new file into the "
        "session's folder and shows its path; a file that exists is never replaced. c copies the "
        "chosen form to the clipboard, which the terminal must permit (OSC 52), and p copies the "
        "path of the file just written."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", "Copy"),
        Binding("p", "copy_path", "Copy path"),
        Binding("escape", "close", "Close"),
    ]

    DEFAULT_CSS = """
    ExportScreen {
        align: center middle;
        #export {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 90%;
            padding: 0 1;
            border: round $primary;
            background: $surface;
        }
        &.-only-ascii #export { border: ascii $primary; }
        #export-title { text-style: bold; height: 1; }
        Choices { padding: 0; margin: 1 0; height: auto; max-height: 1fr; }
        Choices, Choices:focus { border: none; }
        #export-said { height: auto; min-height: 3; max-height: 8; }
    }
    """

    @dataclass
    class Done(Message):
        """What a worker did: a sentence, and what came of it."""

        sentence: str
        path: Path | None = None
        copied: str | None = None

    def __init__(self, exportable: Exportable) -> None:
        super().__init__()
        self.exportable = exportable
        self._choices = choices(exportable)
        self._stem = exportable.stem
        self._path: Path | None = None

    @property
    def _folder(self) -> Path:
        return cast(Navigator, self.app).settings.folder

    def compose(self) -> ComposeResult:
        """The forms, and below them what was done."""
        with Vertical(id="export"):
            yield Static("Export", id="export-title")
            yield Choices(*(Option(choice.words) for choice in self._choices), markup=False)
            yield Static("", markup=False, id="export-said")
        yield Footer()

    def on_mount(self) -> None:
        """Say where files go before one is written."""
        self.set_class(cast(Navigator, self.app).settings.ascii, "-only-ascii")
        self.query_one(Choices).focus()
        if self._choices:
            self._say(f"Files go to {self._folder.absolute()}.")
        else:
            self._say("There is nothing to export here yet.")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click: write that form."""
        event.stop()
        choice = self._choices[event.option_index]
        self._say(f"Writing {_continued(choice)} ...")
        self._write(choice, self._folder)

    def action_copy(self) -> None:
        """The highlighted form, to the clipboard."""
        place = self.query_one(Choices).highlighted
        if place is None:
            self._say("Nothing is chosen that could be copied.")
            return
        self._say(f"Copying {_continued(self._choices[place])} ...")
        self._copy(self._choices[place])

    def action_copy_path(self) -> None:
        """The path of the file that was written last, to the clipboard."""
        if self._path is None:
            self._say("No file has been written yet, so there is no path to copy.")
            return
        self.app.copy_to_clipboard(str(self._path))
        self._say(f"The path was sent to the clipboard, if the terminal permits: {self._path}")

    def action_close(self) -> None:
        """Back to what was exported."""
        self.dismiss(None)

    @work(thread=True, exclusive=True, group="export")
    def _write(self, choice: Choice, folder: Path) -> None:
        def done(content: Content) -> ExportScreen.Done:
            path = export(folder, self._stem, content)
            kib = path.stat().st_size / 1024
            return self.Done(f"Written, {kib:.1f} KiB: {path}", path=path)

        self.post_message(self._attempted(choice, done))

    @work(thread=True, exclusive=True, group="export")
    def _copy(self, choice: Choice) -> None:
        def done(content: Content) -> ExportScreen.Done:
            num_bytes = len(content.text.encode("utf-8"))
            sentence = (
                f"Sent to the clipboard, {num_bytes / 1024:.1f} KiB. It arrives if the terminal "
                "supports OSC 52 and permits it."
            )
            if num_bytes > CLIPBOARD_BYTES:
                sentence += " This is more than many terminals take; a file holds all of it."
            return self.Done(sentence, copied=content.text)

        self.post_message(self._attempted(choice, done))

    def _attempted(self, choice: Choice, done: Callable[[Content], Done]) -> Done:
        try:
            return done(choice.render())
        except UsageError as error:
            return self.Done(str(error))
        except Exception as error:
            # A document from anywhere may defeat a renderer; that must not end the screens.
            return self.Done(f"It can't be exported in this form: {type(error).__name__}: {error}")

    def on_export_screen_done(self, message: Done) -> None:
        """Show what a worker has done; the clipboard is the terminal's, so that waits for here."""
        message.stop()
        if message.path is not None:
            self._path = message.path
        if message.copied is not None:
            self.app.copy_to_clipboard(message.copied)
        self._say(message.sentence)

    def _say(self, sentence: str) -> None:
        self.query_one("#export-said", Static).update(plain(sentence))


def _continued(choice: Choice) -> str:
    """The choice's words inside of a sentence."""
    return choice.words[0].lower() + choice.words[1:]
