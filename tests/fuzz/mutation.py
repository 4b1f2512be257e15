"""Broken JSON: hypothesis draws what is done to real documents, and where.

Every mutation is small data (what, where, with which value), so that a seed repeats it on any
machine. Places are numbers that are scaled to the input, so that they fit whatever it has become.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from values import NUMBERS, WORDS, Raw, any_values

PLACES = st.integers(0, 2**32 - 1)
"""Scaled to a length by `scaled`."""

MOST_MUTATIONS = 3


@dataclass(frozen=True)
class Change:
    """One thing done to a tree of JSON."""

    kind: str
    place: int
    other: int
    number: Any
    word: str
    value: Any


GENTLE = ("number", "number", "word", "word", "repeat", "drop item", "rename")
"""These mostly leave a document that can be read."""

ROUGH = ("replace", "replace", "drop", "add", "wrap", "as text", "flip", "swap")


def changes(kinds: Sequence[str]) -> SearchStrategy[list[Change]]:
    """A few changes of some kinds."""
    one = st.builds(
        Change,
        kind=st.sampled_from(kinds),
        place=PLACES,
        other=PLACES,
        number=st.sampled_from(NUMBERS) | st.floats(allow_nan=False, allow_infinity=False),
        word=st.sampled_from(WORDS) | st.text(max_size=30),
        value=any_values,
    )
    return st.lists(one, min_size=1, max_size=MOST_MUTATIONS)


def any_changes() -> SearchStrategy[list[Change]]:
    """Two thirds of them gentle."""
    return changes(GENTLE) | changes(GENTLE) | changes((*GENTLE, *ROUGH))


def scaled(place: int, length: int) -> int:
    """A place in something of this length; small numbers, which are drawn often, lie far apart."""
    return (place * 2_654_435_761 + 1_013_904_223) % 2**32 * length >> 32


def changed_json(text: str, done: Sequence[Change]) -> bytes:
    """The JSON text after the changes."""
    root = {"": json.loads(text)}
    for change in done:
        nodes = _nodes(root)
        if nodes:
            parent, key = nodes[scaled(change.place, len(nodes))]
            _APPLY[change.kind](parent, key, change, nodes)
    return written(next(iter(root.values()), None))  # even that may have been dropped


def _nodes(root: Any) -> list[tuple[Any, Any]]:
    """Each value's container and its key in it."""
    found: list[tuple[Any, Any]] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        items = parent.items() if isinstance(parent, dict) else enumerate(parent)
        for key, value in list(items):
            found.append((parent, key))
            if isinstance(value, dict | list):
                waiting.append(value)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    """Another number, whole where the old one was."""
    fitting = [(p, k) for p, k in nodes if _is_number(p[k])]
    if fitting:
        parent, key = fitting[scaled(change.place, len(fitting))]
        whole = isinstance(parent[key], int) and abs(change.number) < 1e40
        parent[key] = int(change.number) if whole else change.number


def _word(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    fitting = [(p, k) for p, k in nodes if isinstance(p[k], str)]
    if fitting:
        parent, key = fitting[scaled(change.place, len(fitting))]
        parent[key] = change.word


def _flip(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    parent[key] = not parent[key] if isinstance(parent[key], bool) else None


def _swap(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    """By copies, as a tree that holds itself can't be written."""
    other, place = nodes[scaled(change.other, len(nodes))]
    parent[key] = _copied(other[place])


def _repeat(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    if isinstance(parent, list):
        parent.insert(key, _copied(parent[key]))
    else:
        parent[change.word] = _copied(parent[key])


def _drop_item(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    if isinstance(parent, list):
        del parent[key]


def _rename(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    if isinstance(parent, dict):
        parent[change.word] = parent.pop(key)


def _replace(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    parent[key] = change.value


def _drop(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    del parent[key]


def _add(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    if isinstance(parent, list):
        parent.insert(key, change.value)
    else:
        parent[change.word] = change.value


def _wrap(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    parent[key] = [parent[key]]


def _as_text(parent: Any, key: Any, change: Change, nodes: list[tuple[Any, Any]]) -> None:
    parent[key] = str(parent[key])


_APPLY: dict[str, Callable[..., None]] = {
    "number": _number,
    "word": _word,
    "flip": _flip,
    "swap": _swap,
    "repeat": _repeat,
    "drop item": _drop_item,
    "rename": _rename,
    "replace": _replace,
    "drop": _drop,
    "add": _add,
    "wrap": _wrap,
    "as text": _as_text,
}


def _copied(value: Any) -> Any:
    """A deep copy of a tree in which only dictionaries and lists change."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def written(tree: Any) -> bytes:
    """The tree as JSON, in ASCII; `Raw` as it is."""
    raw: list[str] = []

    def token(value: Raw) -> str:
        raw.append(value.text)
        return f"\ue000{len(raw) - 1}\ue000"

    text = json.dumps(tree, default=token)
    for number, piece in enumerate(raw):
        text = text.replace(f'"\\ue000{number}\\ue000"', piece)
    return text.encode()
