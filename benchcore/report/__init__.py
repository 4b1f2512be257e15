"""Documents in; text, Markdown, CSV, HTML, SVG and PNG out."""

from collections.abc import Callable

from benchcore.report.csv import render as render_csv
from benchcore.report.html import render as render_html
from benchcore.report.markdown import render as render_markdown
from benchcore.report.png import render as render_png
from benchcore.report.svg import render as render_svg
from benchcore.report.text import render as render_text
from benchcore.result import Document

RENDERERS: dict[str, Callable[[Document], str]] = {
    "text": render_text,
    "markdown": render_markdown,
    "csv": render_csv,
    "html": render_html,
    "svg": render_svg,
}
"""The formats that are text."""

SELF_ENCODED = ("html", "svg", "png")
"""Formats that say themselves how their bytes are to be read, whatever the terminal's locale."""


def encoded(document: Document, form: str) -> bytes:
    """The report as a file holds it. Raises UsageError where PNG can't be drawn."""
    return render_png(document) if form == "png" else RENDERERS[form](document).encode()
