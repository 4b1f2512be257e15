"""The command line within this process, and what every answer of it must be like."""

import io
import re
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from guard import BrokenError

from benchcore import cli
from benchcore.errors import InvalidRunError, UsageError

LONGEST_SENTENCE = 2500
"""Characters of an error; a name in it may be long, but not a megabyte."""

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves a cursor, turns a line around, or is no character; newlines are ours."""

COLOURS = re.compile("\x1b\\[[0-9;]*m")
"""What the report itself sends to a terminal."""


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


class Stream(io.TextIOWrapper):
    """Standard output or error as a file, or as a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def command(words: Sequence[str], *, terminal: bool = False) -> Answer:
    """What `benchcore` says to these words."""
    kept = sys.stdout, sys.stderr
    out, err = Stream(terminal=terminal), Stream(terminal=False)
    sys.stdout, sys.stderr = out, err
    try:
        status = cli.main(list(words))
    except SystemExit as error:  # of --help
        status = error.code if isinstance(error.code, int) else 0
    finally:
        sys.stdout, sys.stderr = kept
    return Answer(status, out.text(), err.text())


def check(answer: Answer, *statuses: int) -> None:
    """One of these statuses or an error in one sentence, and nothing in it that acts."""
    if answer.status not in (*statuses, 2, 4, 5):
        raise BrokenError(f"status {answer.status}: {answer.err[-3000:] or answer.out[-300:]}")
    if "Traceback" in answer.err or "memory ran out" in answer.err:
        raise BrokenError(answer.err[-3000:])
    inert(answer.err)
    if answer.status in (2, 4, 5) and not answer.out:
        told = answer.err.splitlines()
        if not told or not told[-1].startswith("benchcore: "):
            raise BrokenError(f"status {answer.status} without a sentence: {answer.err[:300]!r}")
        is_sentence(told[-1])


def inert(text: str, *, coloured: bool = False) -> None:
    """Nothing in a text acts on a terminal, but for our own colours."""
    found = ACTING.search(COLOURS.sub("", text) if coloured else text)
    if found:
        around = text[max(found.start() - 40, 0) : found.end() + 40]
        raise BrokenError(f"the output has {found[0]!r}: {around!r}")


def is_sentence(text: str) -> None:
    """One line of a bearable length that ends like a sentence."""
    inert(text)
    if (
        "\n" in text
        or not text.strip()
        or len(text) > LONGEST_SENTENCE
        or text[-1] not in ".\u2026"
    ):
        raise BrokenError(f"no clean sentence ({len(text)} characters): {text[:300]!r}")


def refused(error: UsageError | InvalidRunError) -> None:
    """An error as the command line prints it is a sentence."""
    is_sentence(cli.sentence(error))


def trace_of(error: BaseException) -> str:
    """The end of a traceback, for the report of a failure."""
    return "".join(traceback.format_exception(error))[-4000:]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What waits for longer ends with a TimeoutError."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
