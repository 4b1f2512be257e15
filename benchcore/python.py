"""The command of a Python process that imports from where this one does, and from nowhere else."""

import sys
from pathlib import Path


def command(module: str, *words: str) -> list[str]:
    """Run a module. Who calls `benchcore` in a folder of somebody else's runs none of its files.

    `python -m` alone would look for everything, `random` included, in the current folder first. A
    process that was itself begun so, and may have found this package there, stays with it.
    """
    return [sys.executable, *([] if _begun_here() else ["-P"]), "-m", module, *words]


def _begun_here() -> bool:
    try:
        here = str(Path.cwd())
    except OSError:  # it has been deleted, and holds nothing
        return False
    return not sys.flags.safe_path and sys.path[:1] in ([""], [here])
