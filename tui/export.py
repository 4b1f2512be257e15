"""What can be exported from a screen, in which forms, and how it becomes a file of its own.

A file that exists is never replaced: the new one gets a number.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from benchcore.changes import CellChange, Comparisons, ContenderChange
from benchcore.errors import UsageError
from benchcore.recorder import replace
from benchcore.report import RENDERERS
from benchcore.report.plain import plain, spreadsheet
from benchcore.result import Document, Interval, encode

LONGEST_STEM = 100
"""Characters of a file's name before its number and suffix; file systems allow 255 bytes."""

_NOT_IN_NAMES = re.compile(r"[^\w.+-]+", re.ASCII)
_FONT = re.compile(r"@font-face\s*\{[^{}]*\}")


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """What a screen has to give away; whatever it has not is None and not offered."""

    stem: str
    """The file's name without its suffix."""
    whole: Document | None = None
    shown_markdown: str | None = None
    shown_csv: str | None = None
    shown_text: str | None = None
    shown_json: str | None = None
    screenshot_svg: str | None = None
    """Taken before the export's own screen opened."""


@dataclass(frozen=True)
class Content:
    """The text of a file, and how its name ends."""

    suffix: str
    text: str


@dataclass(frozen=True)
class Choice:
    """One thing that can be exported; `render` may take a second for a large document."""

    words: str
    render: Callable[[], Content]


def choices(exportable: Exportable) -> list[Choice]:
    """Everything that applies, the whole document first."""
    return [*_whole(exportable.whole), *_shown(exportable)]


def _whole(document: Document | None) -> Iterator[Choice]:
    if document is None:
        return
    yield Choice("The whole document as JSON", partial(_json, document))
    for form, name, suffix in (
        ("markdown", "Markdown", ".md"),
        ("csv", "CSV", ".csv"),
        ("html", "HTML", ".html"),
    ):
        yield Choice(f"The whole document as {name}", partial(_report, document, form, suffix))


def _json(document: Document) -> Content:
    return Content(".json", encode(document).decode("utf-8"))


def _report(document: Document, form: str, suffix: str) -> Content:
    return Content(suffix, RENDERERS[form](document))


def _shown(exportable: Exportable) -> Iterator[Choice]:
    svg = exportable.screenshot_svg
    for name, suffix, text in (
        ("Markdown", ".md", exportable.shown_markdown),
        ("CSV", ".csv", exportable.shown_csv),
        ("text", ".txt", exportable.shown_text),
        ("JSON", ".json", exportable.shown_json),
        ("an SVG screenshot", ".svg", None if svg is None else without_fonts(svg)),
    ):
        if text is not None:
            yield Choice(f"What is on the screen as {name}", partial(Content, suffix, text))


def export(folder: Path, stem: str, content: Content) -> Path:
    """Write the content into a new file of the folder, which is made if need be.

    Returns its absolute path. Raises UsageError, in one sentence.
    """
    base = _NOT_IN_NAMES.sub("-", stem).strip("-.")[:LONGEST_STEM] or "export"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _reserved(folder.absolute(), base, content.suffix)
    except OSError as error:
        name = plain(str(folder))
        raise UsageError(f"Nothing can be written to {name}: {error.strerror}.") from None
    try:
        replace(path, content.text.encode("utf-8"))
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, UsageError):
            raise UsageError(plain(str(error)).removeprefix("--output: ")) from None
        raise
    return path


def _reserved(folder: Path, base: str, suffix: str) -> Path:
    """An empty file of a name that nothing had, so that nobody else takes it. Raises OSError."""
    for number in count(1):
        path = folder / (f"{base}{suffix}" if number == 1 else f"{base}-{number}{suffix}")
        with suppress(FileExistsError):
            path.open("xb").close()
            return path
    raise AssertionError("counting ended")


def without_fonts(svg: str) -> str:
    """A screenshot that loads nothing when it is opened: the viewer's own font serves."""
    return _FONT.sub("", svg)


def as_markdown(text: str) -> str:
    """Aligned text as a block in which nothing is Markdown."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"


CHANGE_HEADINGS = (
    *("before", "after", "network", "mode", "batch", "image_height_px", "image_width_px"),
    *("precision", "contender", "finding", "confirmed", "reason", "status_before", "status_after"),
    *("time_change", "time_change_low", "time_change_high"),
    *("factor_change", "factor_change_low", "factor_change_high"),
    *("memory_before_mib", "memory_after_mib"),
)


def changes_csv(compared: Comparisons) -> str:
    """A comparison with one line a document, cell and contender; changes are ratios."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CHANGE_HEADINGS)
    first, *later = compared.documents
    for name, comparison in zip(later, compared.comparisons, strict=True):
        for cell in comparison.cells:
            for contender, change in cell.contenders.items():
                row = (first, name, *_change_row(cell, contender, change))
                writer.writerow(spreadsheet(v) if isinstance(v, str) else v for v in row)
    return stream.getvalue()


def _change_row(cell: CellChange, contender: str, change: ContenderChange) -> tuple[object, ...]:
    size = (cell.image_height_px, cell.image_width_px)
    return (
        *(cell.network, cell.mode, cell.batch, *size, cell.precision, contender),
        *(change.finding, change.confirmed, change.reason),
        *(change.status_before, change.status_after),
        *_ends(change.time),
        *_ends(change.factor),
        getattr(change.memory, "before_mib", None),
        getattr(change.memory, "after_mib", None),
    )


def _ends(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    if interval is None:
        return None, None, None
    return interval.estimate, interval.low, interval.high
