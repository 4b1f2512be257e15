"""A table that stays quick with thousands of rows: only lines on the screen are ever laid out.

The headings stay in sight, sections interrupt the rows, and the row under the cursor is told by a
mark as well as by its background.
"""

from collections.abc import Hashable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from benchcore.report.plain import plain
from tui.sheet import Row, Section, Sheet
from tui.widgets.columns import Columns

MARK_WIDTH = 2
"""Characters before the columns, for the mark of the cursor's row."""


class TableView(ScrollView, can_focus=True):
    """Shows a Sheet. Enter, or a click on the row under the cursor, chooses it."""

    about: ClassVar[str] = (
        "Arrow keys, PgUp, PgDn, Home and End move the cursor, Enter opens the row. A click on a "
        "heading sorts by it, a second one the other way round."
    )

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--heading",
        "table--section",
        "table--cursor",
        "table--better",
        "table--worse",
        "table--same",
        "table--open",
        "table--invalid",
        "table--provisional",
        "table--missing",
    }

    DEFAULT_CSS = """
    TableView {
        height: 1fr;
        & > .table--heading { text-style: bold; color: $foreground; }
        & > .table--section { text-style: bold; color: $text-muted; }
        & > .table--cursor { background: $block-cursor-blurred-background; }
        &:focus > .table--cursor { background: $primary-muted; }
        &:ansi > .table--cursor { background: ansi_default; text-style: reverse; }
        & > .table--better { color: $text-success; text-style: bold; }
        & > .table--worse { color: $text-error; text-style: bold; }
        & > .table--same { text-style: bold; }
        & > .table--open { color: $text-warning; }
        & > .table--invalid { color: $text-accent; text-style: bold; }
        & > .table--provisional { text-style: italic; color: $text-muted; }
        & > .table--missing { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Row above", show=False),
        Binding("down,j", "move(1)", "Row below", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "end(-1)", "First row", show=False),
        Binding("end", "end(1)", "Last row", show=False),
        Binding("enter", "choose", "Open the row", show=False),
    ]

    class Chosen(Message):
        """The row was opened."""

        def __init__(self, key: Hashable) -> None:
            super().__init__()
            self.key = key

    class Moved(Message):
        """The cursor is on another row, or the same row has new content."""

        def __init__(self, key: Hashable) -> None:
            super().__init__()
            self.key = key

    class HeadingPressed(Message):
        """A column's heading was clicked."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, gap: int = 1, mark: str = ">", id: str | None = None) -> None:
        super().__init__(id=id)
        self._gap = gap
        self._mark = mark
        self._sheet = Sheet()
        self._columns = Columns(self._sheet, gap)
        self._cursor: int | None = None
        self._strips: dict[int, Strip] = {}

    def show(self, sheet: Sheet) -> None:
        """Replace the content; the cursor stays on its row if that is still there."""
        if sheet == self._sheet:
            return
        before = self.key
        self._sheet = sheet
        self._columns = Columns(sheet, self._gap)
        self._strips.clear()
        self._cursor = self._line_of(before)
        self._resize_content()
        self.refresh()
        if self.key is not None:
            self.post_message(self.Moved(self.key))

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._sheet

    @property
    def key(self) -> Hashable | None:
        """What the row under the cursor stands for."""
        line = None if self._cursor is None else self._sheet.lines[self._cursor]
        return line.key if isinstance(line, Row) else None

    def go_to(self, key: Hashable) -> None:
        """Put the cursor on a row."""
        line = self._line_of(key)
        if line is not None:
            self._put(line)

    def set_gap(self, gap: int) -> None:
        """Blanks between columns: one where the screen is narrow."""
        if self._gap != gap:
            self._gap = gap
            self._columns = Columns(self._sheet, gap)
            self._strips.clear()
            self._resize_content()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen; the headings are not scrolled away."""
        width = self.size.width
        left = self.scroll_offset.x
        head = self._columns.head
        if not self._sheet.lines:
            text = plain(self._sheet.empty) if y == 0 else ""
            return Strip([Segment(text, self.rich_style)]).adjust_cell_length(
                width, self.rich_style
            )
        line = y if y < head else y + self.scroll_offset.y
        strip = self._strips.get(line)
        if strip is None:
            strip = self._strips[line] = self._laid_out(line)
        strip = strip.crop(left, left + width).adjust_cell_length(width)
        style = self.rich_style
        if line - head == self._cursor:
            style += self._style("cursor")
        return strip.apply_style(style)

    def action_move(self, rows: int) -> None:
        """By so many rows, over sections."""
        lines = [n for n, line in enumerate(self._sheet.lines) if isinstance(line, Row)]
        if not lines:
            return
        now = lines.index(self._cursor) if self._cursor in lines else 0
        self._put(lines[min(max(now + rows, 0), len(lines) - 1)])

    def action_page(self, direction: int) -> None:
        """By a screenful."""
        self.action_move(direction * max(self.size.height - self._columns.head - 1, 1))

    def action_end(self, direction: int) -> None:
        """To the first or the last row."""
        self.action_move(direction * len(self._sheet.lines))

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self.key))

    def on_resize(self, event: events.Resize) -> None:
        """Scroll bars depend on the size."""
        del event
        self._resize_content()

    def on_click(self, event: events.Click) -> None:
        """Move there; a click on the row under the cursor opens it."""
        y = event.y
        if y < self._columns.head:
            column = self._columns.at(event.x + self.scroll_offset.x - MARK_WIDTH)
            if column is not None:
                self.post_message(self.HeadingPressed(column))
            return
        line = y - self._columns.head + self.scroll_offset.y
        if not 0 <= line < len(self._sheet.lines) or isinstance(self._sheet.lines[line], Section):
            return
        if line == self._cursor:
            self.action_choose()
        else:
            self._put(line)

    def _line_of(self, key: Hashable | None) -> int | None:
        first = None
        for number, line in enumerate(self._sheet.lines):
            if isinstance(line, Row):
                if line.key == key:
                    return number
                first = number if first is None else first
        return first

    def _put(self, line: int) -> None:
        if line == self._cursor:
            return
        # The mark is part of the line, so both lines are laid out anew.
        for changed in (line, self._cursor):
            if changed is not None:
                self._strips.pop(changed + self._columns.head, None)
        self._cursor = line
        top = 0 if not any(isinstance(item, Row) for item in self._sheet.lines[:line]) else line
        visible = self.size.height - self._columns.head
        if visible > 0:
            region = Region(self.scroll_offset.x, top, 1, line - top + 1)
            offset_y = self.scroll_offset.y
            if region.y < offset_y:
                self.scroll_to(y=region.y, animate=False)
            elif line >= offset_y + visible:
                self.scroll_to(y=line - visible + 1, animate=False)
        self.refresh()
        if self.key is not None:
            self.post_message(self.Moved(self.key))

    def _resize_content(self) -> None:
        lines = self._columns.head + len(self._sheet.lines)
        self.virtual_size = Size(MARK_WIDTH + self._columns.width, lines)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"table--{name}", partial=True)

    def _laid_out(self, line: int) -> Strip:
        head = self._columns.head
        if line < head:
            words = " " * MARK_WIDTH + self._columns.heading(line)
            return Strip([Segment(words, self._style("heading"))])
        if line - head >= len(self._sheet.lines):
            return Strip.blank(self.size.width)
        content = self._sheet.lines[line - head]
        if isinstance(content, Section):
            return Strip([Segment(plain(content.title), self._style("section"))])
        mark = self._mark if line - head == self._cursor else ""
        segments = [Segment(mark.ljust(MARK_WIDTH))]
        for number, cell in enumerate(content.cells):
            style = self._style(cell.role) if cell.role else None
            segments.append(Segment(self._columns.aligned(number, cell.text), style))
            segments.append(Segment(self._columns.gap))
        return Strip(segments)
