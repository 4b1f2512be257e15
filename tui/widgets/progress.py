"""Two bars: the whole run with its remaining time, and the cell with what happens in it."""

from typing import ClassVar

from tui.live import LiveRun
from tui.widgets.line import Line
from tui.words import bar, clock, left

BAR_WIDTH = 20


class ProgressLines(Line):
    """Shows how far a LiveRun is."""

    about: ClassVar[str] = "How far the run and its current cell are, and how long it may take."

    def __init__(self, *, ascii: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii

    def show(self, live: LiveRun, now_s: float) -> None:
        """Both lines."""
        total = len(live.cells)
        words = f"{live.done} of {total} cells  {clock(live.elapsed_s(now_s))} elapsed"
        if not live.over:
            words += f"  {left(live.remaining_s(now_s), guess=live.done == 0)}"
        where = ""
        if live.under_way and live.current is not None and live.plan is not None:
            spec = live.current.spec
            # The network is named where there are several: a narrow line has no room for more.
            label = spec.label if len(live.plan.networks) > 1 else f"{spec.mode} batch {spec.batch}"
            where = f"{label}: "
        complete = live.finished is not None and live.finished.status == "complete"
        within = 1.0 if complete else live.cell_progress
        lines = [
            f"Run  {bar(live.progress, BAR_WIDTH, ascii=self._ascii)}  {words}",
            f"Cell {bar(within, BAR_WIDTH, ascii=self._ascii)}  {where}{live.now}",
        ]
        self.say("\n".join(lines))
