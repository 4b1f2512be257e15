"""A table of classes with bars: exact rows, and any figures at any size."""

import drawing
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore.report.table import Table
from tui.canvas import Canvas
from tui.kernel_page import Section
from tui.widgets.gap_chart import GapChart, draw_gap


def section(*bars_ms: float, kinds: tuple[str, ...] = ()) -> Section:
    """A row a bar, and one of the sum."""
    names = kinds or tuple(f"kind {number}" for number in range(len(bars_ms)))
    rows = [(name, f"{ms:+.1f}") for name, ms in zip(names, bars_ms, strict=True)]
    return Section(
        title="",
        sentences=[],
        table=Table(
            title="",
            groups=(("", 1), ("ms", 1)),
            headings=("class", "gap"),
            rows=[*rows, ("all", f"{sum(bars_ms):+.1f}")],
            remarks=[],
        ),
        bars_ms=list(bars_ms),
        contender="dlib",
        reference="torch",
    )


def drawn(shown: Section, columns: int, ascii: bool = False) -> list[str]:
    canvas = Canvas(columns, 3 + len(shown.bars_ms), ascii)
    draw_gap(canvas, shown, (0, 1))
    drawing.check(canvas)
    return drawing.rows(canvas)


def test_bars_go_to_both_sides_of_zero():
    assert drawn(section(6.0, -3.0, 0.5, 0.0), 34) == [
        "        ms",
        " class  gap    less   more",
        "kind 0 +6.0         │⠿⠿⠿⠿⠿⠿⠿⠿⠿⠿⠿⠿⠿",
        "kind 1 -3.0  ⠸⠿⠿⠿⠿⠿⠿│",
        "kind 2 +0.5         │⠿",
        "kind 3 +0.0         │",
        "   all +3.5",
    ]


def test_bars_in_ascii_have_the_characters_of_the_contenders():
    rows = drawn(section(4.0, -4.0), 34, ascii=True)
    assert rows[2].endswith("|**********")
    assert rows[3].endswith("oooooooooo|")


def test_without_room_there_is_the_table_alone():
    rows = drawn(section(4.0, -4.0), 18)
    assert rows[2:] == ["kind 0 +4.0", "kind 1 -4.0", "   all +0.0"]


@pytest.mark.parametrize("bars_ms", [(0.0, 0.0), (float("inf"), 1.0), ()])
def test_what_has_no_length_has_no_bar(bars_ms):
    assert not [row for row in drawn(section(*bars_ms), 60) if "│" in row]


def test_the_widget_is_as_high_as_its_table_and_wider_columns_are_farther_apart():
    widget = GapChart()
    seen = drawing.played(
        widget, lambda: widget.show(section(4.0, -4.0), (0, 1)), (60, 24), (110, 24)
    )
    assert [len(lines) for lines in seen] == [5, 5]
    assert seen[0][2].startswith("kind 0 +4.0  ")
    assert seen[1][2].startswith("kind 0  +4.0  ")


def test_before_it_is_told_anything_it_says_so():
    widget = GapChart()
    assert drawing.played(widget, lambda: None, (40, 4)) == [["           nothing was traced"]]


@pytest.mark.parametrize(
    "bars_ms", [(5e-324,), (-5e-324, 5e-324), (-3e307,), (8e307, -8e307), (1e307, -5e-324)]
)
def test_the_longest_bar_fills_its_side_whatever_its_size(bars_ms):
    rows = drawn(section(*bars_ms), 1000)  # the figures themselves are up to 310 characters
    assert max(row.count("⠿") for row in rows) > 300


@drawing.steady
@given(
    st.lists(st.tuples(drawing.names, st.floats(allow_nan=False)), max_size=6),
    st.integers(0, 130),
    st.integers(0, 9),
    st.booleans(),
)
def test_any_figures_at_any_size(found, columns, rows, ascii):
    shown = section(*(ms for _, ms in found), kinds=tuple(name for name, _ in found))
    canvas = Canvas(columns, rows, ascii)
    draw_gap(canvas, shown, (0, 1))
    drawing.check(canvas)
    cells = canvas.cells()
    assert all(len(line) == columns for line in cells)
