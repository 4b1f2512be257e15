"""Values of any shape, such as the environment, as groups of rows of words."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST_SHOWN = 1000
"""Items of a list of plain values; the document has all."""

GENERAL = "general"
"""The group of what has none."""


def groups(values: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """For each name that holds further names, its rows; all others come first, as one group."""
    found: dict[str, list[tuple[str, str]]] = {}
    single = {name: value for name, value in values.items() if not _holds_names(value)}
    if single:
        found[GENERAL] = list(rows(single))
    for name, value in values.items():
        if name not in single:
            found.setdefault(name, []).extend(rows(value))
    return found


def rows(value: Any) -> Iterator[tuple[str, str]]:
    """Names joined by dots, each with its value; a list of plain values is one value.

    Without recursion: a document may be nested deeper than Python's stack.
    """
    waiting = [("", value)]
    while waiting:
        name, found = waiting.pop()
        if not _holds_names(found):
            yield name, _words(found)
            continue
        inner = found.items() if isinstance(found, Mapping) else enumerate(found)
        waiting += reversed([(f"{name}.{key}" if name else f"{key}", item) for key, item in inner])


def _holds_names(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value)


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        words = [_words(item) for item in value[:MOST_SHOWN]]
        if len(value) > MOST_SHOWN:
            words.append(f"and {len(value) - MOST_SHOWN:,} more")
        return ", ".join(words) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
