"""The table widget: what is on the screen, cell by cell, and where the cursor goes."""

import pytest
import samples
from samples import piloted, seen
from textual.app import App

from tui.sheet import Cell, Column, Row, Section, Sheet
from tui.widgets.table_view import TableView

COLUMNS = (Column("batch"), Column("dlib", "Time (ms)", least=6), Column("torch", "Time (ms)"))


def row(number, *texts):
    return Row(number, tuple(Cell(text, order=text) for text in (str(number), *texts)))


SMALL = Sheet(
    COLUMNS,
    (Section("one"), row(1, "1.50", "10.25"), row(2, "-", "oom"), Section("two"), row(8, "9", "8")),
)
LONG = Sheet(COLUMNS, tuple(row(number, "1", "2") for number in range(1000)))


class TableApp(App):
    CSS = "TableView { scrollbar-size: 0 0; }"

    def __init__(self, sheet):
        super().__init__()
        self.sheet, self.heard = sheet, []

    def compose(self):
        yield TableView()

    def on_mount(self):
        self.table = self.query_one(TableView)
        self.table.show(self.sheet)
        self.table.focus()

    def on_table_view_chosen(self, event):
        self.heard.append(("chosen", event.key))

    def on_table_view_moved(self, event):
        self.heard.append(("moved", event.key))

    def on_table_view_heading_pressed(self, event):
        self.heard.append(("heading", event.column))


@piloted
async def test_exact_cells_through_a_resize():
    app = TableApp(SMALL)
    async with app.run_test(size=(30, 8)) as pilot:
        whole = [
            "        - Time (ms) --",
            "  batch   dlib torch",
            "one",
            ">     1   1.50 10.25",
            "      2      -   oom",
            "two",
            "      8      9     8",
            "",
        ]
        whole[0] = "        Time (ms) -"  # replaced below by what is right for the widths
        lines = seen(app).split("\n")
        assert lines[1:] == whole[1:]
        assert lines[0] == " " * 8 + " Time (ms) ".center(12, "-")
        await pilot.resize_terminal(30, 4)
        assert seen(app).split("\n")[2:] == ["one", ">     1   1.50 10.25"]
        app.table.set_gap(3)
        await pilot.resize_terminal(40, 4)
        assert seen(app).split("\n")[3] == ">     1     1.50   10.25"


@piloted
async def test_keys_go_over_sections_and_choose():
    app = TableApp(SMALL)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("down", "down", "down", "up", "enter", "end", "home")
        await pilot.pause()
        keys = [key for kind, key in app.heard if kind == "moved"]
        assert keys == [1, 2, 8, 2, 8, 1]
        assert ("chosen", 2) in app.heard


@piloted
async def test_the_mouse_moves_chooses_and_sorts():
    app = TableApp(SMALL)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.click(TableView, offset=(4, 6))
        assert app.table.key == 8
        await pilot.click(TableView, offset=(4, 6))
        await pilot.click(TableView, offset=(4, 2))  # a section is nothing to go to
        await pilot.click(TableView, offset=(10, 1))
        await pilot.click(TableView, offset=(38, 1))  # beside the columns
        await pilot.click(TableView, offset=(4, 9))  # below the rows
        await pilot.pause()
        assert app.table.key == 8
        assert app.heard[-2:] == [("chosen", 8), ("heading", 1)]


@piloted
async def test_a_thousand_rows_scroll_with_the_cursor_and_the_headings_stay():
    app = TableApp(LONG)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("end")
        await pilot.pause()
        lines = seen(app).split("\n")
        assert "batch" in lines[1]
        assert lines[-1].startswith(">   999")
        await pilot.press("pageup")
        await pilot.pause()
        assert app.table.key == 990
        await pilot.press("home")
        await pilot.pause()
        assert seen(app).split("\n")[2].startswith(">     0")
        assert len(app.table._strips) < 60  # what was never seen was never laid out


@piloted
async def test_new_content_keeps_the_cursor_where_its_row_is():
    app = TableApp(SMALL)
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.go_to(8)
        app.table.show(Sheet(COLUMNS, (row(8, "7", "7"), row(9, "1", "1"))))
        await pilot.pause()
        assert app.table.key == 8
        app.table.show(Sheet(COLUMNS, (row(3, "7", "7"),)))
        assert app.table.key == 3
        app.table.show(Sheet(COLUMNS, (), empty="Nothing [b]here."))
        await pilot.pause()
        assert app.table.key is None
        assert seen(app).split("\n")[0] == "Nothing [b]here."
        await pilot.press("down", "enter", "pagedown", "end")


@pytest.mark.parametrize("text", [samples.HOSTILE, "x" * 5000, "", "\u4e16\u754c" * 40])
@piloted
async def test_whatever_a_document_says_stays_in_its_cell(text):
    app = TableApp(Sheet((Column(text),), (Section(text), Row(1, (Cell(text),)))))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.pause()
        shown = seen(app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@piloted
async def test_the_cursor_leaves_a_verdict_its_colour():
    sheet = Sheet(COLUMNS, (Row(1, (Cell("1"), Cell("2"), Cell("SLOWER", "worse"))),))
    app = TableApp(sheet)
    async with app.run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        (segment,) = [s for s in app.table.render_line(2) if s.text == "SLOWER"]
        marked = segment.style
        (other,) = [s for s in app.table.render_line(2) if s.text.strip() == "1"]
        assert marked.color != other.style.color
        assert marked.bgcolor == other.style.bgcolor
