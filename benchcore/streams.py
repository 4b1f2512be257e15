"""Standard output and error as they may be: closed, full, or read by someone who has left."""

import contextlib
import io
import os
import select
import stat
import sys
from pathlib import Path
from typing import TextIO

from benchcore.errors import UsageError

READER_LIMIT_MS = 1000
"""So long a full pipe waits for its reader, once; after that, until there is room, not at all."""


class Forgiving:
    """Standard error that never ends a run or holds it up: what can't be written is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._patience_ms = READER_LIMIT_MS
        self._room, self._is_pipe = select.poll(), False
        with contextlib.suppress(OSError):  # it is none of the system's
            if stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode):
                self._room.register(stream, select.POLLOUT)
                self._is_pipe = True

    def write(self, text: str) -> int:
        """As much as the stream takes."""
        if not self._has_room():
            return len(text)
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Without complaint."""
        if not self._has_room():
            return
        try:
            self._stream.flush()
        except OSError:
            # Python would try again at exit and fail; let it succeed into nothing.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def _has_room(self) -> bool:
        found = not self._is_pipe or bool(self._room.poll(self._patience_ms))
        self._patience_ms = READER_LIMIT_MS if found else 0
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def prepare() -> None:
    """Make standard error safe to use, and refuse to measure for a closed standard output."""
    if sys.stdin is None:  # else a worker's pipe may get its number
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    if not isinstance(sys.stderr, Forgiving):
        sys.stderr = Forgiving(sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what its encoding hasn't
    if sys.stdout is None:
        raise UsageError("standard output is closed; redirect it to a file.")


def check_room() -> None:
    """Refuse to measure for a standard output that could not take a byte. Raises UsageError."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:
        return  # it is none of the system's
    try:
        os.write(descriptor, b"")  # enough for /dev/full to complain
        space = os.fstatvfs(descriptor)
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError as error:
        raise UsageError(unwritable(error)) from None
    if regular and space.f_blocks and not space.f_bfree:
        raise UsageError("standard output can't be written: its disk is full.")


def say(text: str) -> None:
    """Print for a reader who may have left: that hides no verdict, which is the exit status.

    Raises other OSErrors of standard output.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()


def unwritable(error: OSError) -> str:
    """The sentence about a standard output that fails."""
    return f"standard output can't be written: {error.strerror}."


def drop_stdout() -> None:
    """Nobody takes our output any more; Python's last flush must not fail either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
