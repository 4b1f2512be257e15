"""What all screens have in common."""

from typing import ClassVar, cast

from textual.screen import Screen

from benchcore.report.plain import plain
from tui.navigation import Navigator


class BenchScreen(Screen[None]):
    """A screen with help in words, which knows the application as a Navigator only."""

    ABOUT: ClassVar[str] = ""
    """What one sees and does here, a few sentences: the help shows it."""

    def on_mount(self) -> None:
        """The style sheets need to know where only ASCII is drawn."""
        self.set_class(self.bench.settings.ascii, "-only-ascii")

    def action_back(self) -> None:
        """To where the user came from."""
        self.bench.back()

    def tell(self, sentence: str) -> None:
        """A sentence that goes away by itself, in place of the last; nothing in it is markup."""
        self.app.clear_notifications()
        self.notify(plain(sentence), markup=False)

    @property
    def bench(self) -> Navigator:
        """The application."""
        return cast(Navigator, self.app)
