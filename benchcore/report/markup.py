"""HTML and SVG from Python calls, in which no text can become markup.

Only `text` and `element` make `Markup`, and both escape; the type checker sees the rest.
"""

from collections.abc import Iterable
from html import escape
from typing import NewType

from benchcore.report.plain import plain

Markup = NewType("Markup", str)
"""Text that is safe inside an element."""

EMPTY = Markup("")

_VOID = frozenset({"meta", "path", "rect", "line"})
"""Elements without content, which both HTML and XML allow to end themselves."""


def text(value: object) -> Markup:
    """Any value as text."""
    return Markup(escape(plain(str(value)), quote=False))


def join(pieces: Iterable[Markup], between: str = "") -> Markup:
    """Pieces one after the other; `between` is ours."""
    return Markup(between.join(pieces))


def element(name: str, /, *content: Markup, **attributes: object) -> Markup:
    """One element. `class_` is `class` and `aria_label` is `aria-label`; None leaves one out."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(plain(str(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{words}/>")
    return Markup(f"<{name}{words}>{''.join(content)}</{name}>")
