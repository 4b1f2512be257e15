"""Small pieces of text that several screens show."""

from collections.abc import Iterable
from textwrap import wrap

from benchcore.progress import duration
from benchcore.report.plain import plain

BAR = "█", "░"
ASCII_BAR = "#", "."
SPARKS = "▁▂▃▄▅▆▇█"
ASCII_SPARKS = "_.-=+*%#"


def bar(share: float, width: int, *, ascii: bool = False) -> str:
    """A bar of `width` characters of which `share` (0 to 1) is full; only a whole is all full."""
    full, empty = ASCII_BAR if ascii else BAR
    filled = int(min(max(share, 0.0), 1.0) * width)
    return full * filled + empty * (width - filled)


def sparkline(values: list[float], width: int, *, ascii: bool = False) -> str:
    """The last `width` values as heights between their least and largest."""
    marks = ASCII_SPARKS if ascii else SPARKS
    shown = values[-width:] if width > 0 else []
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high <= low:
        return marks[len(marks) // 2] * len(shown)
    return "".join(marks[round((v - low) / (high - low) * (len(marks) - 1))] for v in shown)


def clock(seconds: float) -> str:
    """`1:05`, `1:02:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def left(seconds: float | None, *, guess: bool) -> str:
    """What to say of the time that is left."""
    if seconds is None:
        return "time left unknown"
    if seconds < 1:
        return "about to end"
    return f"{'perhaps' if guess else 'about'} {duration(seconds)} left"


def wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Each line broken at `width`, what follows indented by two more than its beginning."""
    found: list[str] = []
    for line in map(plain, lines):
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        found += wrap(line, width, subsequent_indent=indent, drop_whitespace=True) or [""]
    return found
