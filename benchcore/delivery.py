"""What was measured reaches somebody: standard output, the named file, or a file of last resort."""

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchcore import events, kept, recorder, streams
from benchcore.channel import Stop
from benchcore.errors import UsageError
from benchcore.result import Document, encode

RESCUED = "rescued"
"""The folder, beside the machine's records, of documents that nobody else took."""


class EventLines:
    """Events on standard output as they happen; when nobody takes them, the run is to end."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._failure: OSError | None = None

    def send(self, event: events.Event) -> None:
        """One line, until the first that fails."""
        if self._failure is not None:
            return
        try:
            sys.stdout.buffer.write(events.encode(event))
            sys.stdout.buffer.flush()
        except OSError as error:
            streams.drop_stdout()
            self._failure = error
            self._stop.ask()

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
