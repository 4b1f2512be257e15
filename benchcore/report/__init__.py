"""Documents in; text, Markdown and CSV out."""

from collections.abc import Callable

from benchcore.report.csv import render as render_csv
from benchcore.report.markdown import render as render_markdown
from benchcore.report.text import render as render_text
from benchcore.result import Document

RENDERERS: dict[str, Callable[[Document], str]] = {
    "text": render_text,
    "markdown": render_markdown,
    "csv": render_csv,
}
