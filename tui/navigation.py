"""Where a screen can lead: what the application offers to its screens, and nothing else of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchcore.plan import Request
from benchcore.result import Document
from tui.settings import Settings


class Navigator(Protocol):
    """The application, as its screens know it."""

    settings: Settings

    def back(self) -> None:
        """Leave the screen for the one below it; below the first is the one for choosing."""

    def open_setup(self) -> None:
        """Choose what to measure."""

    def begin_run(self, request: Request) -> None:
        """Measure what was chosen, in a new document."""

    def resume_run(self, path: Path) -> None:
        """Go on with the interrupted run that the document holds."""

    def open_document(self, document: Document, path: Path | None) -> None:
        """Show a result; `path` is where it is kept, None if it is in no file."""

    def open_history(self) -> None:
        """The documents of the session's folder, and the one of 2020."""

    def open_comparison(self, paths: Sequence[Path]) -> None:
        """Lay two or more documents side by side, the oldest first."""
