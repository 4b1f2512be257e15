"""Where events come from: a run's process, or a recording. A thread reads, the screen collects."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from benchcore.events import Event

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Ending:
    """How a source came to its end."""

    failure: str | None = None
    """In words, where it was not the run's own end."""


class Source(Protocol):
    """A stream of events that can be cancelled."""

    def start(self) -> None:
        """Begin."""

    def collect(self) -> list[Event]:
        """The events since the last call, in order; never waits."""

    def complaints(self) -> list[str]:
        """What went wrong beside the events since the last call, in sentences."""

    @property
    def ending(self) -> Ending | None:
        """Set once all events have been collected and no more will come."""

    def cancel(self) -> None:
        """Ask for an early end, which comes by itself soon after; may be called twice."""

    def close(self) -> None:
        """Cancel and wait until everything is gone."""


class Inbox:
    """Events on their way from a reading thread to the screen."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._complaints: deque[str] = deque()
        self._ending: Ending | None = None
        self._lock = threading.Lock()

    def put(self, events: Iterable[Event]) -> None:
        """From the reading thread."""
        self._events.extend(events)

    def complain(self, sentence: str) -> None:
        """From a reading thread."""
        self._complaints.append(sentence)

    def end(self, ending: Ending) -> None:
        """From the reading thread, after its last `put`."""
        with self._lock:
            if self._ending is None:
                self._ending = ending

    def collect(self) -> list[Event]:
        """From the screen."""
        return _emptied(self._events)

    def complaints(self) -> list[str]:
        """From the screen."""
        return _emptied(self._complaints)

    @property
    def ending(self) -> Ending | None:
        """Only once nothing is left to collect."""
        return None if self._events else self._ending


def _emptied(waiting: deque[ItemT]) -> list[ItemT]:
    """All that is there now; others may add to it meanwhile."""
    found = []
    while waiting:
        found.append(waiting.popleft())
    return found
