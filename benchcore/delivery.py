"""What was measured reaches somebody: standard output, the named file, or a file of last resort."""

import errno
import os
import select
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchcore import events, kept, recorder, streams
from benchcore.channel import Stop
from benchcore.errors import UsageError
from benchcore.result import Document, encode

RESCUED = "rescued"
"""The folder, beside the machine's records, of documents that nobody else took."""


LAST_READ_S = 2.0
"""A reader who takes nothing for so long after the run was told to end counts as gone."""

POLL_S = 0.1
"""How often it is seen whether the run was told to end, while a reader takes nothing."""


class EventLines:
    """Events on standard output as they happen; when nobody takes them, the run is to end.

    A reader may be slow, and the run waits for him. It hears what tells it to end all the same.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._failure: OSError | None = None
        self._room = select.poll()
        self._room.register(sys.stdout.fileno(), select.POLLOUT)

    def send(self, event: events.Event) -> None:
        """One line, until the first that fails."""
        if self._failure is not None:
            return
        rest = events.encode(event)
        try:
            while rest:
                self._await_room()
                # A pipe that is ready takes so much at least without making the writer wait.
                rest = rest[os.write(sys.stdout.fileno(), rest[: select.PIPE_BUF]) :]
        except OSError as error:
            streams.drop_stdout()
            self._failure = error
            self._stop.ask()

    def _await_room(self) -> None:
        """Until standard output takes more; raises BrokenPipeError if it doesn't in the end."""
        told_s: float | None = None
        while not self._room.poll(POLL_S * 1e3):
            now_s = time.monotonic()
            if self._stop.reason is not None:
                told_s = now_s if told_s is None else told_s
                if now_s - told_s >= LAST_READ_S:
                    raise BrokenPipeError(errno.EPIPE, "its reader takes nothing")

    def check(self) -> None:
        """Raise the OSError that ended it, if one did."""
        if self._failure is not None:
            raise self._failure


def deliver(show: Callable[[], None], document: Document, *, enough: bool, safe: bool) -> bool:
    """Print by `show`; False if standard output could not be written, which is then said.

    `enough` says that nobody wants more than what is printed, `safe` that a file holds the
    document. Otherwise it is kept in a file of last resort. A reader who has left is no error.
    """
    try:
        show()
        sys.stdout.flush()
    except OSError as error:
        streams.drop_stdout()
        reader_left = isinstance(error, BrokenPipeError)
        if not reader_left:
            print(f"benchcore: {streams.unwritable(error)}", file=sys.stderr)
        if not safe:
            rescue(document)
        return reader_left
    except BaseException:
        if not safe:
            rescue(document)
        raise
    if not safe and not enough:
        rescue(document)
    return True


def rescue(document: Document) -> None:
    """Keep the document where it can be kept, and say where; without a cell there is nothing to."""
    if not document.cells:
        return
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.json"
    for folder in (kept.folder(RESCUED), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            recorder.replace(folder / name, encode(document))
        except (OSError, UsageError):
            continue
        print(f"benchcore: the document is kept in {folder / name}.", file=sys.stderr)
        return
    print("benchcore: the document could not be kept anywhere.", file=sys.stderr)
