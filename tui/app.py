"""The application: which screen follows which, what holds everywhere, and a clean end.

Each screen is imported when it is opened: together they take longer to load than the first one
takes to appear.
"""

import asyncio
import gc
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.scrollbar import ScrollBar

from benchcore.errors import UsageError
from benchcore.plan import Request
from benchcore.result import Document
from benchcore.status import INTERRUPTED, OK, USAGE
from tui.ending import SignalledEnd
from tui.plain_scroll_bar import PlainScrollBarRender
from tui.run_process import RunProcess
from tui.screens.too_small import TooSmallScreen, fits
from tui.settings import Settings
from tui.source import Source

if TYPE_CHECKING:
    from tui.screens.run import RunScreen

FEW_COLOURS = "ansi-dark"
"""The theme for terminals with 16 colours: it uses the terminal's own."""


def few_colours(environment: dict[str, str]) -> bool:
    """Whether the terminal says that it has no more than 16 colours."""
    term = environment.get("TERM", "")
    colours = environment.get("COLORTERM") or environment.get("TEXTUAL_COLOR_SYSTEM")
    known = ("256", "direct", "kitty", "alacritty", "ghostty", "wezterm", "foot")
    return not colours and not any(word in term for word in known)


LOOK_AGAIN_S = 0.1
LOOKS = 20
"""A run that has said its last word ends within these two seconds, unless its disk is slow."""


CRAMPED_COLUMNS = 20
"""In fewer than about 14, scroll bars of the screens behind come and go without end, which takes
half a core; in so few their widgets are hidden."""


class BenchApp(App[int]):
    """The Navigator; `first` opens the first screen."""

    TITLE = "dlib-pytorch-benchmark"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+c,ctrl+q", "leave", "Quit", show=False, priority=True),
    ]

    def __init__(self, settings: Settings, first: Callable[["BenchApp"], None]) -> None:
        super().__init__()
        self.settings = settings
        self._first = first
        self._opened = False
        if settings.ascii:
            ScrollBar.renderer = PlainScrollBarRender
        self._runs: list[RunScreen] = []
        self.ending = SignalledEnd(self.end_runs)

    def on_mount(self) -> None:
        """Open the first screen, and hear the signals that end a terminal's programs."""
        if few_colours(dict(os.environ)):
            self.theme = FEW_COLOURS
        loop = asyncio.get_running_loop()
        self.ending.listen(lambda: loop.call_soon_threadsafe(self.exit, INTERRUPTED))
        # Not at once: until the application has started, Textual draws nothing, only to drop it.
        self.call_later(self._begin)

    def _begin(self) -> None:
        self._first(self)
        self._opened = True
        self.call_after_refresh(gc.enable)  # __main__ says why it is not before
        self.call_after_refresh(lambda: self._check_room(self.size))

    def on_unmount(self) -> None:
        """Whatever ends the screens ends the run."""
        self.end_runs()
        self.ending.forget()

    def end_runs(self) -> None:
        """Cancel what runs and wait until its document is written; from any thread."""
        for screen in self._runs:
            screen.source.close()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal may have become too small."""
        # Before the first screen is there, it would lie over this one.
        if self._opened:
            self._check_room(event.size)

    def _check_room(self, size: Size) -> None:
        """Where nothing fits, say what is needed; that screen goes by itself."""
        for screen in self.screen_stack:
            cramped = size.width < CRAMPED_COLUMNS and not isinstance(screen, TooSmallScreen)
            screen.set_class(cramped, "-cramped")
        if not fits(size) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def back(self) -> None:
        """See Navigator; Textual's own screen, which is empty, is the lowest."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            from tui.screens.setup import SetupScreen

            self.switch_screen(SetupScreen())

    def open_setup(self, request: Request | None = None) -> None:
        """See Navigator; `request` is what the command line asked for."""
        from tui.screens.setup import SetupScreen

        self.push_screen(SetupScreen(request))

    def begin_run(self, request: Request) -> None:
        """See Navigator."""
        self._follow(lambda: RunProcess.begin(request, self.settings.folder, allow_busy=self._busy))

    def resume_run(self, path: Path) -> None:
        """See Navigator."""
        self._follow(lambda: RunProcess.resume(path, allow_busy=self._busy))

    def play(self, source: Source) -> None:
        """Show a recording."""
        self._show_run(source, None)

    def open_document(self, document: Document, path: Path | None) -> None:
        """See Navigator."""
        from tui.screens.results import ResultsScreen

        self.push_screen(ResultsScreen(document, path))

    def open_history(self) -> None:
        """See Navigator."""
        from tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen())

    def open_comparison(self, paths: Sequence[Path]) -> None:
        """See Navigator."""
        from tui.screens.comparison import ComparisonScreen

        self.push_screen(ComparisonScreen(paths))

    def get_key_display(self, binding: Binding) -> str:
        """Arrows and other signs have names where only ASCII is drawn."""
        shown = super().get_key_display(binding)
        return shown if shown.isascii() or not self.settings.ascii else binding.key

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """All that a key does here can be found by its name too."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and binding.action not in seen:
                seen.add(binding.action)
                yield SystemCommand(
                    binding.description,
                    f"the key {self.get_key_display(binding)}",
                    lambda node=active.node, action=binding.action: self.call_later(
                        self.run_action, action, node
                    ),
                )

        yield from super().get_system_commands(screen)

    def action_help(self) -> None:
        """About the focused widget, the screen and its keys."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_leave(self, patience: int = LOOKS) -> None:
        """Quit; a run under way is asked about first, one that is about to end is waited for."""
        for screen in self._open_runs():
            if screen.ending and patience > 0:
                self.set_timer(LOOK_AGAIN_S, lambda: self.action_leave(patience - 1))
                return
            if screen.running:
                screen.confirm_end(then=lambda: self.exit(INTERRUPTED))
                return
            if screen.unwritten:
                self._leave_unwritten(screen.failure or "")
                return
        self.exit(OK)

    def _leave_unwritten(self, why: str) -> None:
        """A result that is in no file is gone with the screens."""
        from tui.screens.confirm import ConfirmScreen

        def answered(yes: bool | None) -> None:
            if yes:
                self.exit(USAGE)

        question = (
            f"The result is in no file: {why}\nLeave without it? (e on its screen exports it.)"
        )
        self.push_screen(ConfirmScreen(question, yes="Leave", no="Stay"), answered)

    @property
    def _busy(self) -> bool:
        return self.settings.allow_busy

    def _follow(self, make: Callable[[], RunProcess]) -> None:
        """Show a run, in place of one that is over; only one runs at a time."""
        if any(screen.running for screen in self._open_runs()):
            self.notify("A run is under way; cancel it first.", severity="warning", markup=False)
            return
        try:
            process = make()
        except UsageError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._show_run(process, process.document)

    def _show_run(self, source: Source, path: Path | None) -> None:
        from tui.screens.run import RunScreen

        screen = RunScreen(source, path)
        self._runs = [*self._open_runs(), screen]
        self.push_screen(screen)

    def _open_runs(self) -> "list[RunScreen]":
        """The runs' screens that nobody has left yet."""
        return [screen for screen in self._runs if screen in self.screen_stack]
