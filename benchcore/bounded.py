"""Files of others, read whole but not without end: what is too large to be shown is refused."""

import os
import re
import stat
from pathlib import Path

from benchcore.errors import UsageError

LARGEST_MIB = 64
"""A run of 28 cells on a GPU leaves a document of 1.4 MB with all its samples."""

MOST_GROUPS = 1_000_000
"""Lists and records: an empty one takes 3 bytes in a file, and 72 once it has been read."""

MOST_VALUES = 5_000_000
"""Numbers and words: a number takes 2 bytes in a file, and 32 once it has been read. A run of nine
contenders over thirty cells in the default profile has about two million."""

KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What is no regular file: a pipe without a writer never ends, and a device need not either."""

OWN_DESCRIPTOR = re.compile(r"/dev/(stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
"""Names of what a shell has opened for this process, such as `<(command)`."""


def read(path: Path, name: str, largest_kib: int = LARGEST_MIB * 1024) -> bytes:
    """The content of a file, which the sentence of a UsageError calls `name`.

    A pipe is read only where a shell made it for this process: then the user who waits for its
    writer is the one who started it.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
        own_pipe = kind == stat.S_IFIFO and OWN_DESCRIPTOR.fullmatch(str(path)) is not None
        if kind in KINDS and not own_pipe:
            raise UsageError(f"{name} is {KINDS[kind]}; give a regular file.")
        content = _content(path, largest_kib * 1024)
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}.") from None
    except ValueError:  # a null byte, or half a character
        raise UsageError(f"{name!r} is the name of no file.") from None
    if len(content) > largest_kib * 1024:
        size = f"{largest_kib // 1024} MiB" if largest_kib >= 1024 else f"{largest_kib} KiB"
        raise UsageError(f"{name} is larger than {size}; it is not read.")
    if content.count(b"[") + content.count(b"{") > MOST_GROUPS:
        raise UsageError(f"{name} holds more than {MOST_GROUPS:,} lists and records.")
    if content.count(b",") > MOST_VALUES:
        raise UsageError(f"{name} holds more than {MOST_VALUES:,} values.")
    return content


def _content(path: Path, most: int) -> bytes:
    """A byte more than the most at most."""
    # Opened without waiting, or a pipe that took the file's place meanwhile would hold us.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most + 1)
