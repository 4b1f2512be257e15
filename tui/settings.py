"""What holds for a whole session, whichever screen is shown."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_FOLDER = Path("results")


@dataclass(frozen=True)
class Settings:
    """Chosen on the command line of `python -m tui`."""

    folder: Path = DEFAULT_FOLDER
    """Where runs keep their documents, exports go, and the history looks."""
    ascii: bool = False
    """Draw with ASCII characters only."""
    allow_busy: bool = False
    """Measure although others use the GPU."""
