"""Documents in; text, Markdown, CSV, HTML, SVG and PNG out."""

from collections.abc import Callable
from importlib import import_module

from benchcore.result import Document


def _renderer(form: str) -> Callable[[Document], str]:
    """The `render` of the format's module, imported at its first call.

    Whoever needs a small part of this package need not wait for the whole of it.
    """

    def render(document: Document) -> str:
        text: str = import_module(f"{__name__}.{form}").render(document)
        return text

    return render


RENDERERS = {form: _renderer(form) for form in ("text", "markdown", "csv", "html", "svg")}
"""The formats that are text."""

SELF_ENCODED = ("html", "svg", "png")
"""Formats that say themselves how their bytes are to be read, whatever the terminal's locale."""


def encoded(document: Document, form: str) -> bytes:
    """The report as a file holds it. Raises UsageError where PNG can't be drawn."""
    if form != "png":
        return RENDERERS[form](document).encode()
    from benchcore.report import png

    return png.render(document)
