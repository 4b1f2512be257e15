"""What a run has said so far, sentence by sentence."""

from rich.text import Text
from textual.widgets import RichLog

from benchcore.report.plain import plain
from tui.live import KEPT_LINES, LiveRun


class LiveLog(RichLog):
    """Follows a LiveRun's log."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, wrap=True, min_width=20, max_lines=KEPT_LINES)
        self._written = 0

    def follow(self, live: LiveRun) -> None:
        """Write what is new; a hidden log has no width to wrap to, and is written later."""
        fresh = live.said - self._written
        if not self.size.width or not fresh:
            return
        for line in list(live.log)[-fresh:]:
            self.write(Text(f"{line.at_s:5.0f} s  {plain(line.text)}"))
        self._written = live.said
