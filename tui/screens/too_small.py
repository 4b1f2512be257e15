"""What is shown where no screen fits."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST = Size(80, 24)
"""The smallest terminal that the screens are composed for."""


def fits(size: Size) -> bool:
    """Whether the screens have enough room."""
    return size.width >= LEAST.width and size.height >= LEAST.height


class TooSmallScreen(ModalScreen[None]):
    """Covers everything until the terminal is large enough again; a run goes on meanwhile."""

    ABOUT: ClassVar[str] = "The terminal is too small for the screens; enlarge it to go on."

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.leave", show=False)]

    DEFAULT_CSS = """
    TooSmallScreen {
        align: center middle;
        background: $background;
        overflow: hidden;
        #need { width: 100%; text-align: center; }
    }
    """

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Static(id="need", markup=False)

    def on_mount(self) -> None:
        """Say it."""
        self._say(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Go as soon as there is room."""
        if not self.is_current:
            return  # it is on its way out already
        if fits(event.size):
            self.dismiss()
        else:
            self._say(event.size)

    def _say(self, size: Size) -> None:
        need = f"{LEAST.width}x{LEAST.height}"
        words = f"This needs {need} characters; the terminal has {size.width}x{size.height}."
        self.query_one("#need", Static).update(words)
