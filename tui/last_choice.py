"""What was chosen last, kept as TOML that `--config` reads too.

`tui.toml` in the user's state directory (XDG_STATE_HOME, by default ~/.local/state), beside the
noise floors of `benchcore selftest`. Losing it costs a few keystrokes, so nothing in here raises.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from benchcore import config, noise
from benchcore.errors import UsageError
from benchcore.plan import Request

FILE = "tui.toml"


def path() -> Path:
    """Where it is kept."""
    return noise.folder().parent / FILE


def recall() -> Request:
    """The last choice; an empty one if there is none, or the file is damaged."""
    try:
        return config.read_config(path())
    except (UsageError, OSError):
        return Request()


def remember(request: Request) -> str | None:
    """Keep a choice for the next time; a sentence where that can't be done."""
    try:
        target = path()
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(f".{os.getpid()}")
        fresh.write_text(to_toml(request), encoding="utf-8")
        fresh.replace(target)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        return f"The choice can't be kept for the next time in {path()}: {what}."
    return None


def to_toml(request: Request) -> str:
    """One key a line; what the request leaves open is left out."""
    values: dict[str, Any] = msgspec.structs.asdict(request)
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    return "".join(f"{line}\n" for line in lines)


def _toml(value: Any) -> str:
    # A TOML basic string is a JSON string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
