"""The benchmark of 2020 as a document, and the word that stands for it on the command line."""

from importlib import resources
from pathlib import Path

from benchcore import result
from benchcore.result import Document

NAME = "2020"
"""Where a document is asked for and no file has this name."""

FILE = "2020-gtx-1080-ti.json"


def published() -> Document:
    """The tables of 2020, with their source and what they can't tell in the notes."""
    return result.decode(resources.files(__name__).joinpath(FILE).read_bytes(), FILE)


def read(path: Path) -> Document:
    """The document in a file, or the one of 2020. Raises UsageError."""
    if str(path) == NAME and not path.exists():
        return published()
    return result.read(path)
