"""What lies in docs/results/: runs and other documents, told apart by what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchcore import result
from benchcore.errors import UsageError
from benchcore.result import Document

FOLDER = "docs/results"

RUN_KEY = "schema_version"
"""Every run states it; what other programs write has a form of its own and no version."""


@dataclass(frozen=True)
class Run:
    """The document of a run."""

    path: str
    """From the root of the repository."""
    document: Document

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem


@dataclass(frozen=True)
class Other:
    """A document of any other program."""

    path: str
    content: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem


def read_all(root: Path) -> tuple[list[Run], list[Other]]:
    """Every document, either kind newest first. Raises UsageError for one that can't be read."""
    paths = sorted((root / FOLDER).glob("*.json"), reverse=True)
    found = [read(root, path.relative_to(root).as_posix()) for path in paths]
    runs = [one for one in found if isinstance(one, Run)]
    # The sort is stable: of two that began in the same second, the names decide.
    runs.sort(key=lambda run: run.document.created, reverse=True)
    return runs, [one for one in found if isinstance(one, Other)]


def read(root: Path, path: str) -> Run | Other:
    """The document at a path from the root. Raises UsageError."""
    try:
        encoded = (root / path).read_bytes()
        content = msgspec.json.decode(encoded)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not JSON: {error}.") from None
    if not isinstance(content, dict) or not content:
        raise UsageError(f"{path} is no document: it holds no names.")
    if RUN_KEY in content:
        return Run(path, result.decode(encoded, path))
    return Other(path, content)
