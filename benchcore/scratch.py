"""A run's own temporary folder; what killed runs left of theirs is removed by the next one.

The folder is locked as long as its run lives, and the kernel drops the lock with the process.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "benchcore-run-"

YOUNG_S = 60.0
"""A younger folder may be one that its run has made and not locked yet."""


@contextmanager
def scratch() -> Iterator[Path]:
    """The folder, gone afterwards. Raises OSError if none can be made."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        descriptor = _locked(Path(name))
        try:
            yield Path(name)
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _sweep(parent: Path) -> None:
    """Remove this user's folders that no run holds. What can't be looked at stays."""
    with suppress(OSError):
        for folder in parent.glob(f"{PREFIX}*"):
            if not _is_old(folder):
                continue
            descriptor = _locked(folder)
            if descriptor is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(descriptor)


def _is_old(folder: Path) -> bool:
    """Whether it is a folder of this user, no link to one, and made a while ago."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return own and time.time() - found.st_mtime > YOUNG_S


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder; None if somebody else does, or nobody can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
