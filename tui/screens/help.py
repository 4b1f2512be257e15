"""Help: the focused widget, the screen, and every key that works there."""

from typing import ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Static

from tui.navigation import Navigator

KEY_WIDTH = 18


def help_text(screen: Screen[object]) -> Text:
    """What the help says of a screen as it stands."""
    text = Text()
    focused = screen.focused
    about = getattr(focused, "about", None)
    if about:
        text.append("Here\n", "bold").append(f"{about}\n\n")
    about = getattr(screen, "ABOUT", "")
    if about:
        text.append("This screen\n", "bold").append(f"{about}\n\n")
    text.append("Keys\n", "bold")
    actions: dict[str, tuple[list[str], str]] = {}
    # What is particular to the screen comes before the keys that scroll any widget.
    actives = sorted(screen.active_bindings.values(), key=lambda active: active.node is focused)
    for active in actives:
        binding = active.binding
        if binding.description and active.enabled:
            keys, _ = actions.setdefault(binding.action, ([], binding.description))
            keys.append(screen.app.get_key_display(binding))
    for keys, description in actions.values():
        text.append(f"{', '.join(dict.fromkeys(keys)):<{KEY_WIDTH}}", "bold")
        text.append(f" {description}\n")
    text.append("\nThe command palette (ctrl+p) finds every action by its name.")
    return text


class HelpScreen(ModalScreen[None]):
    """Lies over the screen that it explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1", "dismiss", "Close", key_display="esc"),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        #help {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 90%;
            padding: 0 2;
            border: round $primary;
            background: $surface;
        }
        &.-only-ascii #help { border: ascii $primary; }
    }
    """

    def __init__(self, about: Screen[object]) -> None:
        super().__init__()
        # Now: once this screen is shown the focus is elsewhere.
        self._text = help_text(about)

    def compose(self) -> ComposeResult:
        """A text that scrolls where it doesn't fit."""
        with VerticalScroll(id="help"):
            yield Static(self._text)
        yield Footer()

    def on_mount(self) -> None:
        """Keys scroll it."""
        self.set_class(cast(Navigator, self.app).settings.ascii, "-only-ascii")
        self.query_one("#help").focus()
