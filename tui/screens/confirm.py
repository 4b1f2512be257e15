"""A question before something that can't be taken back."""

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Static

from benchcore.report.plain import plain
from tui.navigation import Navigator


class ConfirmScreen(ModalScreen[bool]):
    """Dismissed with True if the answer is yes; the safe answer, no, has the focus."""

    ABOUT: ClassVar[str] = (
        "A question that waits for an answer. y answers yes, n and escape answer no; Enter takes "
        "the button that has the focus, and that is no unless you move."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n", "answer(False)", "No"),
        Binding("escape", "answer(False)", "No, back"),
        Binding("left,up", "app.focus_previous", "Other button", show=False),
        Binding("right,down", "app.focus_next", "Other button", show=False),
    ]

    DEFAULT_CSS = """
    ConfirmScreen {
        align: center middle;
        #confirm {
            width: 64;
            max-width: 90%;
            height: auto;
            max-height: 80%;
            padding: 1 2;
            border: round $warning;
            background: $surface;
        }
        &.-only-ascii #confirm { border: ascii $warning; }
        #answers { height: auto; margin-top: 1; align-horizontal: right; }
        #answers Button { margin-left: 2; min-width: 12; padding: 0 2; }
    }
    """

    def __init__(self, question: str, *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question = "\n".join(map(plain, question.splitlines()))
        self._yes, self._no = Content(plain(yes)), Content(plain(no))

    def compose(self) -> ComposeResult:
        """The question over its two answers."""
        with Vertical(id="confirm"):
            yield Static(self._question, markup=False, id="question")
            with Horizontal(id="answers"):
                yield Button(self._yes, id="yes", variant="warning", compact=True)
                yield Button(self._no, id="no", variant="primary", compact=True)
        yield Footer()

    def on_mount(self) -> None:
        """Enter alone does no harm."""
        self.set_class(cast(Navigator, self.app).settings.ascii, "-only-ascii")
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Enter on a button, or a click."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Take the answer."""
        self.dismiss(yes)
