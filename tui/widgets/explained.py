"""A widget that says what it is for: to the mouse as a tooltip, to the help as `about`."""

from typing import TypeVar

from textual.content import Content
from textual.widget import Widget

WidgetT = TypeVar("WidgetT", bound=Widget)


def explained(widget: WidgetT, about: str) -> WidgetT:
    """The widget, with a sentence or two about it."""
    widget.tooltip = Content(about)
    widget.about = about  # type: ignore[attr-defined]
    return widget
