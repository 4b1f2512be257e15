"""A run under way: how far it is, what happens, memory, times, the factor table, the log."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Footer

from benchcore import forecast
from benchcore.plan import Plan
from tui.cell_words import remarks
from tui.live import LiveRun
from tui.machine_words import machine_line
from tui.run_words import end_question, title
from tui.screens.base import BenchScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.export import Exportable, ExportScreen
from tui.source import Source
from tui.surroundings import earlier_documents
from tui.widgets.explained import explained
from tui.widgets.lanes import Lanes, lanes_of
from tui.widgets.line import Line
from tui.widgets.live_factors import LiveFactors
from tui.widgets.live_log import LiveLog
from tui.widgets.memory_graph import MemoryGraph
from tui.widgets.progress import ProgressLines
from tui.widgets.table_view import TableView

REDRAW_S = 0.5
"""Between two looks at what has arrived: two a second, whatever the events' rate."""

MOST_LANES, FEW_LANES = 9, 3
"""Of contenders that have a line of their own; the graph needs the room where there is little."""

WIDE = 110
"""From so many columns on the log has a place of its own."""


class RunScreen(BenchScreen):
    """Follows a Source to its end; what it shows is a LiveRun."""

    ABOUT: ClassVar[str] = (
        "A run under way. The graph shows the memory of both processes since the cell began; below "
        "it are block times and the machine's state. In the table, figures in italics with the "
        "words 'so far' are provisional; rows with a verdict are final. Pausing holds the view, "
        "not the run. Cancelling keeps finished cells, and the run can be resumed."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Cancel"),
        Binding("p", "pause", "Pause view"),
        Binding("l", "log", "Log"),
        Binding("r", "results", "Results"),
        Binding("u", "resume", "Resume"),
        Binding("e", "export", "Export", show=False),
        Binding("h", "history", "History", show=False),
        Binding("escape", "back", "Back", show=False),
    ]

    CSS_PATH = "run.tcss"

    class Forecast(Message):
        """How long the whole run may take, from `began_s` on."""

        def __init__(self, duration_s: float, began_s: float) -> None:
            super().__init__()
            self.duration_s = duration_s
            self.began_s = began_s

    def __init__(self, source: Source, path: Path | None) -> None:
        super().__init__()
        self.live = LiveRun()
        self.source = source
        self.path = path
        self.failure: str | None = None
        self._forecast_asked = False
        self._paused = False
        self._over = False

    def compose(self) -> ComposeResult:
        """Everything; which parts are shown depends on the size and on the log's key."""
        ascii = self.bench.settings.ascii
        yield Line(id="title")
        yield ProgressLines(ascii=ascii, id="progress")
        with Horizontal(id="live"):
            with Vertical(id="left"):
                yield explained(
                    MemoryGraph(ascii=ascii, id="graph"),
                    "Memory of each contender's process over time. A dotted line marks where a "
                    "phase begins.",
                )
                yield explained(Lanes(ascii=ascii, id="lanes"), Lanes.about)
                yield Line(id="machine")
            yield LiveLog(id="log")
        yield LiveFactors(id="factors")
        yield Line(id="detail")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to listen."""
        self.query_one(LiveFactors).focus()
        self.source.start()
        self._timer = self.set_interval(REDRAW_S, self._tick)
        self._draw()

    def on_unmount(self) -> None:
        """Nothing is left running behind a closed screen."""
        self.source.close()

    def on_resize(self, event: events.Resize) -> None:
        """The log beside the graph, or in place of the table."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.set_class(event.size.height >= 36, "-tall")
        self.query_one(LiveFactors).set_gap(2 if event.size.width >= WIDE else 1)
        self.call_after_refresh(self._draw)

    def on_screen_resume(self) -> None:
        """Another screen is gone: show what happened meanwhile."""
        self._draw()

    @property
    def running(self) -> bool:
        """Whether events may still come."""
        return not self._over

    @property
    def ending(self) -> bool:
        """Whether the run has said its last word, but its process is still there."""
        return self.running and self.live.finished is not None

    def _tick(self) -> None:
        if not self._over:
            now_s = time.monotonic()
            for event in self.source.collect():
                self.live.take(event, now_s)
            for sentence in self.source.complaints():
                self.live.say(sentence, now_s)
            if self.live.plan is not None and self.path is not None and not self._forecast_asked:
                self._forecast_asked = True
                self._ask_forecast(self.live.plan, now_s)
            ending = self.source.ending
            if ending is not None:
                self._end(ending.failure)
        if self.is_current and not self._paused:
            self._draw()

    @work(thread=True)
    def _ask_forecast(self, plan: Plan, began_s: float) -> None:
        """Earlier documents tell how long the run may take, until its own first cell does."""
        earlier = earlier_documents(self.bench.settings.folder)
        found = forecast.forecast_s(plan, earlier)
        self.post_message(self.Forecast(found.duration_s, began_s))

    @on(Forecast)
    def _forecast_known(self, event: Forecast) -> None:
        self.live.guess(event.duration_s, event.began_s)

    def _end(self, failure: str | None) -> None:
        self._over = True
        self._paused = False
        self._timer.stop()  # nothing changes any more
        now_s = time.monotonic()
        self.failure = failure
        if self.live.finished is None:
            self.failure = failure or "The run ended without a word."
            self.live.now = "The run ended" if self.live.cells else "The run did not begin"
            self.live.end(now_s)
        if self.failure is not None and all(self.failure != line.text for line in self.live.log):
            self.live.say(self.failure, now_s)
        self._draw()
        self.refresh_bindings()

    @property
    def unwritten(self) -> bool:
        """Whether what was measured is in no file, though it should be."""
        return (
            self._over
            and self.path is not None
            and self.failure is not None
            and (self.live.finished is not None and self.live.done > 0)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense: ending while it runs, resuming once it has ended early."""
        del parameters
        if action in ("cancel", "pause"):
            return self.running
        if action == "resume":
            finished = self.live.finished
            complete = finished is not None and finished.status == "complete"
            return self._over and self.path is not None and not complete
        return True

    def _draw(self) -> None:
        """Every visible part; hidden ones are drawn when they come into view."""
        if not self.is_mounted:
            return
        live, now_s = self.live, time.monotonic()
        replay = self.path is None
        words = title(live, paused=self._paused, replay=replay, failure=self.failure)
        self.query_one("#title", Line).say(words)
        self.query_one(ProgressLines).show(live, now_s)
        names = () if live.plan is None else live.plan.contenders
        self.query_one(MemoryGraph).follow(live.memory, names)
        lanes = MOST_LANES if self.has_class("-tall") else FEW_LANES
        self.query_one(Lanes).show(lanes_of(live.current, names), lanes)
        device = "cpu" if live.plan is None else live.plan.device
        self.query_one("#machine", Line).say(machine_line(live.machine, device))
        self.query_one(LiveFactors).follow(live)
        self.query_one(LiveLog).follow(live)
        self._tell()

    @on(TableView.Moved)
    def _tell(self) -> None:
        """Sentences about the row under the cursor."""
        key = self.query_one(LiveFactors).key
        said = self.failure or ""
        if isinstance(key, tuple) and self.live.plan is not None:
            network, mode, batch, contender = key
            for cell in self.live.cells:
                spec = cell.spec
                if cell.result and (spec.network, spec.mode, spec.batch) == (network, mode, batch):
                    found = remarks(cell.result, contender, self.live.plan.reference)
                    said = " ".join([said, *found]).strip()
        self.query_one("#detail", Line).say(said)

    @on(TableView.Chosen)
    def action_results(self) -> None:
        """The tables of what has been measured so far."""
        if not self.live.done:
            self.tell("No cell is finished yet.")
        else:
            self.bench.open_document(self.live.recorder.document(), self.path)

    def action_pause(self) -> None:
        """Hold the view, or let it go on."""
        if self.running:
            self._paused = not self._paused
            self._draw()

    def action_log(self) -> None:
        """The log in place of the table, and back, where both don't fit."""
        self.toggle_class("-log")
        self.call_after_refresh(self._draw)

    def action_cancel(self) -> None:
        """Ask, then end the run; it writes what it has."""
        if self.running:
            self.confirm_end(then=lambda: None)
        else:
            self.tell("The run is over already.")

    def confirm_end(self, then: Callable[[], None]) -> None:
        """Ask; if the answer is yes, end the run and do what comes then."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.live.now = "Ending: workers are told to stop"
                self.source.cancel()
                self._draw()
                then()

        self.app.push_screen(
            ConfirmScreen(end_question(self.live, self.path), yes="End the run", no="Go on"),
            answered,
        )

    def action_resume(self) -> None:
        """Go on with a run that ended early."""
        finished = self.live.finished
        if self.running or self.path is None:
            self.tell("There is nothing to resume: the run goes on, or is a replay.")
        elif finished is not None and finished.status == "complete":
            self.tell("The run is complete.")
        elif not self.path.exists():
            self.tell("Nothing was measured, so there is nothing to resume.")
        else:
            self.bench.resume_run(self.path)

    def action_export(self) -> None:
        """What was measured so far, or this screen."""
        document = self.live.recorder.document() if self.live.plan is not None else None
        stem = "run" if self.path is None else self.path.stem
        screenshot = self.app.export_screenshot()
        self.app.push_screen(
            ExportScreen(Exportable(stem=stem, whole=document, screenshot_svg=screenshot))
        )

    def action_history(self) -> None:
        """Earlier documents; the run goes on meanwhile."""
        self.bench.open_history()

    def action_back(self) -> None:
        """Back, once nothing runs any more."""
        if self.running:
            self.action_cancel()
        else:
            super().action_back()
