"""A recorded run as a Source: the events of a `--jsonl` file at the pace of its samples."""

import threading
from pathlib import Path

from benchcore import bounded, events
from benchcore.errors import UsageError
from benchcore.event_order import EventOrder
from benchcore.events import Event, Sampled
from tui.source import Ending, Inbox

LONGEST_PAUSE_S = 5.0
"""A recording that jumps by more (another run appended to it) is not waited for."""


def read_recording(path: Path) -> list[Event]:
    """All events of a file. Raises UsageError."""
    content = bounded.read(path, f"--replay: {path}")
    found, order = [], EventOrder()
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip():
            try:
                event = events.decode(line)
            except UsageError as error:
                raise UsageError(f"--replay: line {number} of {path}: {error}") from None
            try:
                order.check(event)
            except UsageError as error:
                raise UsageError(
                    f"--replay: {path} is no recording: {str(error)[:-1]} (line {number})."
                ) from None
            found.append(event)
    if not found:
        raise UsageError(f"--replay: {path} is no recording: it begins with no run_started event.")
    return found


class Replay:
    """A recording, `speed` times as fast as it was; infinitely fast where that is infinite."""

    def __init__(self, recording: list[Event], speed: float = 1.0) -> None:
        self._recording = recording
        self._speed = speed
        self._inbox = Inbox()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="replay", daemon=True)

    def start(self) -> None:
        """See Source."""
        self._thread.start()

    def collect(self) -> list[Event]:
        """See Source."""
        return self._inbox.collect()

    def complaints(self) -> list[str]:
        """See Source: a recording has none."""
        return []

    @property
    def ending(self) -> Ending | None:
        """See Source."""
        return self._inbox.ending

    def cancel(self) -> None:
        """See Source: the rest is not played."""
        self._stop.set()

    def close(self) -> None:
        """See Source."""
        self.cancel()
        if self._thread.is_alive():
            self._thread.join()

    def _play(self) -> None:
        at_s: float | None = None
        for event in self._recording:
            if isinstance(event, Sampled):
                pause_s = 0.0 if at_s is None else event.at_s - at_s
                at_s = event.at_s
                if 0 < pause_s <= LONGEST_PAUSE_S:
                    self._stop.wait(pause_s / self._speed)
            if self._stop.is_set():
                self._inbox.end(Ending("The replay was stopped."))
                return
            self._inbox.put([event])
        self._inbox.end(Ending())
