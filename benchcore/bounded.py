"""Files of others, read whole but not without end: what is too large to be shown is refused."""

from pathlib import Path

from benchcore.errors import UsageError

LARGEST_MIB = 64
"""A run of 28 cells on a GPU leaves a document of 1.4 MB with all its samples."""

MOST_GROUPS = 1_000_000
"""Lists and records: an empty one takes 3 bytes in a file, and 72 once it has been read."""


def read(path: Path, name: str) -> bytes:
    """The content of a file, which the sentence of a UsageError calls `name`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MIB * 2**20 + 1)
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}.") from None
    except ValueError:  # a null byte, or half a character
        raise UsageError(f"{name!r} is the name of no file.") from None
    if len(content) > LARGEST_MIB * 2**20:
        raise UsageError(f"{name} is larger than {LARGEST_MIB} MiB; it is not read.")
    if content.count(b"[") + content.count(b"{") > MOST_GROUPS:
        raise UsageError(f"{name} holds more than {MOST_GROUPS:,} lists and records.")
    return content
