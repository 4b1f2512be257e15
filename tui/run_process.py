"""A run in a process of its own, which outlives no reader: `benchcore --headless --jsonl`.

What happens to the screens can't harm the run: if they die, their end of the pipe closes, and the
run ends as if interrupted, with its document written and its workers gone.
"""

import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchcore import events, python
from benchcore.channel import signal_name
from benchcore.errors import UsageError
from benchcore.event_order import EventOrder
from benchcore.events import Event, RunFinished
from benchcore.plan import Request
from benchcore.status import USAGE
from tui.source import Ending, Inbox

END_LIMIT_S = 2.5
"""For a cancelled run to end its workers and write its document, before it is killed."""

COMPLAINT = "benchcore: "
"""How the command begins a sentence about what went wrong."""

KEPT_WORDS = 20
"""Lines of standard error that tell why a run failed."""


def command_words(request: Request) -> list[str]:
    """The options that stand for a request, as a user would type them."""
    words = []
    for name in Request.__struct_fields__:
        value = getattr(request, name)
        if value is not None:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            words += [f"--{name.replace('_', '-')}", text]
    return words


def fresh_document(folder: Path) -> Path:
    """A name for the next run's document that is not taken; the folder is made.

    Raises UsageError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--folder: {folder} can't be made: {error.strerror}.") from None
    stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    path, number = folder / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.json"
    return path


class RunProcess:
    """One run as a Source; `document` is where it is kept."""

    def __init__(self, words: Sequence[str], document: Path) -> None:
        self.document = document
        self._words = [*words, "--output", str(document)]
        self._inbox = Inbox()
        self._last_words: deque[str] = deque(maxlen=KEPT_WORDS)
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        self._cancelled = False

    @classmethod
    def begin(cls, request: Request, folder: Path, *, allow_busy: bool) -> "RunProcess":
        """A new run. Raises UsageError if the folder can't be made."""
        busy = ["--allow-busy"] if allow_busy else []
        return cls([*command_words(request), *busy], fresh_document(folder))

    @classmethod
    def resume(cls, document: Path, *, allow_busy: bool) -> "RunProcess":
        """The rest of an interrupted one, in the same file."""
        busy = ["--allow-busy"] if allow_busy else []
        return cls(["--resume", str(document), *busy], document)

    def start(self) -> None:
        """See Source."""
        self._process = subprocess.Popen(
            python.command("benchcore", "--headless", "--jsonl", *self._words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # The terminal's Ctrl-C and its closing are for the screens to hear, not for the run.
            start_new_session=True,
        )
        for read in self._read_errors, self._read_events:
            thread = threading.Thread(target=read, name=read.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def collect(self) -> list[Event]:
        """See Source."""
        return self._inbox.collect()

    def complaints(self) -> list[str]:
        """See Source: the run's own sentences, as that its document can't be written."""
        return self._inbox.complaints()

    @property
    def ending(self) -> Ending | None:
        """See Source."""
        return self._inbox.ending

    def cancel(self) -> None:
        """See Source; the document holds what was measured."""
        if self._process is None or self._cancelled:
            return
        self._cancelled = True
        self._signal(signal.SIGINT)
        killer = threading.Timer(END_LIMIT_S, self._signal, [signal.SIGKILL])
        killer.daemon = True
        killer.start()

    def close(self) -> None:
        """See Source."""
        self.cancel()
        if self._process is not None:
            self._process.wait()
            for thread in self._threads:
                thread.join()

    def _signal(self, number: signal.Signals) -> None:
        """To the run alone: it ends its workers, and they end with it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _read_errors(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            words = line.decode(errors="replace").rstrip()
            self._last_words.append(words)
            if words.startswith(COMPLAINT):
                self._inbox.complain(words.removeprefix(COMPLAINT))

    def _read_events(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        finished, failure, order = False, None, EventOrder()
        for line in self._process.stdout:
            try:
                event = events.decode(line)
                order.check(event)
            except UsageError as error:
                failure = f"The run's process said what nobody understands: {error}"
                continue
            finished = finished or isinstance(event, RunFinished)
            self._inbox.put([event])
        status = self._process.wait()
        self._threads[0].join()
        if failure is None and (not finished or status == USAGE):
            failure = self._why(status)
        self._inbox.end(Ending(failure))

    def _why(self, status: int) -> str:
        """Of a run that failed: its own sentence, or the signal that ended it."""
        said = [line for line in self._last_words if line.startswith(COMPLAINT)]
        if said:
            return said[-1].removeprefix(COMPLAINT)
        if status < 0:
            return (
                f"The run's process was ended by {signal_name(-status)}; finished cells are kept."
            )
        last = self._last_words[-1] if self._last_words else "it said nothing"
        return f"The run's process ended with status {status}: {last}"
