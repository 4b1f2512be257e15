"""One run a document: a lock beside the file, which the kernel drops with the process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchcore.errors import UsageError


@contextmanager
def claimed(target: Path | None) -> Iterator[None]:
    """Hold `target` for this process; None, or a file system without locks, is held by nobody.

    Raises UsageError if another run holds it. A killed run leaves an empty lock file, which the
    next one takes over.
    """
    descriptor = None if target is None else _lock(target)
    try:
        yield
    finally:
        if target is not None and descriptor is not None:
            with suppress(OSError):
                _lock_path(target).unlink()
            os.close(descriptor)


def _lock_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _lock(target: Path) -> int | None:
    while True:
        try:
            # Not through a link: the file that it names is none of ours.
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(_lock_path(target), flags, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(
                f"--output: another run is writing {target} now; name another file."
            ) from None
        except OSError:
            os.close(descriptor)
            return None
        # Whoever held it may have removed the file between the two calls: then it locks nobody out.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)
