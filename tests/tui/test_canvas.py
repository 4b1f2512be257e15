"""The grid: dots, lines and words, and that nothing leaves it."""

import math

import drawing
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.canvas import FRAME, GLYPHS, Canvas, cells_of, fitted, glyph, harmless

anywhere = st.floats(allow_nan=True, allow_infinity=True)


def test_each_dot_of_a_cell():
    for (x, y), bit in {
        (0, 0): 0, (0, 1): 1, (0, 2): 2, (1, 0): 3, (1, 1): 4, (1, 2): 5, (0, 3): 6, (1, 3): 7
    }.items():  # fmt: skip
        canvas = Canvas(1, 1)
        canvas.point(x, y, 4)
        assert canvas.cells() == [[(chr(0x2800 + (1 << bit)), 4)]]


def test_a_line_in_braille():
    canvas = Canvas(6, 3)
    canvas.line(0, 11, 11, 0, 0)
    assert drawing.rows(canvas) == ["    ⡠⠊", "  ⡠⠊", "⡠⠊"]
    canvas = Canvas(6, 2)
    canvas.line(0, 0, 11, 7, 0)
    assert drawing.rows(canvas) == ["⠑⠢⣀", "   ⠉⠢⢄"]


def test_a_line_in_ascii():
    canvas = Canvas(8, 4, ascii=True)
    canvas.line(0, 3, 7, 0, 0)
    canvas.line(0, 0, 3, 3, 1)
    assert drawing.rows(canvas) == ["o     **", " o  **", "  o*", "** o"]


def test_a_steep_line_is_connected():
    canvas = Canvas(3, 6, ascii=True)
    canvas.line(0, 5, 2, 0, 2)
    assert drawing.rows(canvas) == ["  +", "  +", " +", " +", " +", "+"]


@pytest.mark.parametrize("ascii", [False, True])
def test_a_line_is_the_same_from_both_ends(ascii):
    there, back = Canvas(9, 5, ascii), Canvas(9, 5, ascii)
    there.line(1, 4, 8, 1, 0)
    back.line(8, 1, 1, 4, 0)
    assert there.cells() == back.cells()


def test_bars_whole_and_dotted():
    canvas = Canvas(3, 2)
    canvas.bar(0, 7, 0, 0)
    canvas.bar(2, 0, 7, FRAME, dotted=True)
    canvas.bar(5, 3, 4, 1)
    assert drawing.rows(canvas) == ["⡇⠅⢀", "⡇⠅⠈"]
    canvas = Canvas(3, 2, ascii=True)
    canvas.bar(0, 0, 1, 0)
    canvas.bar(1, 0, 1, FRAME, dotted=True)
    canvas.bar(2, 1, 1, 1, "|")
    assert drawing.rows(canvas) == ["*:", "*:|"]


def test_where_pens_meet_dots_are_kept_and_the_later_colours():
    canvas = Canvas(1, 1)
    canvas.point(0, 0, 1)
    canvas.point(1, 3, 2)
    assert canvas.cells() == [[("⢁", 2)]]


def test_words_cover_dots_and_runs_join_neighbours():
    canvas = Canvas(6, 1)
    canvas.bar(0, 0, 3, 0)
    canvas.bar(10, 0, 3, 0)
    canvas.text(1, 0, "ab", 3)
    canvas.text(3, 0, "c")
    assert canvas.runs() == [[("⡇", 0), ("ab", 3), ("c ", None), ("⡇", 0)]]


def test_a_wide_character_is_never_halved():
    canvas = Canvas(5, 3)
    canvas.text(-1, 0, "漢字漢字")
    canvas.text(0, 1, "漢字漢")
    canvas.text(1, 2, "漢")
    canvas.text(1, 1, "x")
    canvas.text(1, 2, "y")
    assert drawing.whole_rows(canvas) == [" 字漢", " x字 ", " y   "]


def test_words_outside_are_not_drawn():
    canvas = Canvas(3, 1)
    for column, row in ((0, -1), (0, 1), (3, 0), (-5, 0)):
        canvas.text(column, row, "abc")
    assert drawing.whole_rows(canvas) == ["   "]


def test_hostile_words_are_harmless():
    assert harmless("a\x1b[1m\n\u0301b") == "a\ufffd[1m b"
    assert harmless("é漢\u0301", ascii=True) == "??"
    assert harmless("é漢\ufe0f", ascii=True) == "???"  # what isn't seen is shown that it is there
    assert harmless("[bold]") == "[bold]"


def test_words_are_cut_at_the_end_only():
    assert fitted("abcdef", 6) == "abcdef"
    assert fitted("abcdef", 4) == "abc…"
    assert fitted("abcdef", 4, ascii=True) == "a..."
    assert fitted("abcdef", 1) == "a"
    assert fitted("漢字漢字", 6) == "漢字…"
    assert fitted("abc", 0) == ""


def test_pens_have_their_own_characters():
    assert len({glyph(pen) for pen in range(len(GLYPHS))} | {glyph(FRAME)}) == len(GLYPHS) + 1


@drawing.steady
@given(drawing.names, st.integers(-3, 30), st.booleans())
def test_fitted_words_fit(text, width, ascii):
    words = fitted(text, max(width, 0), ascii)
    assert cells_of(words) <= max(width, 0)


@drawing.steady
@given(
    st.integers(0, 9),
    st.integers(0, 5),
    st.booleans(),
    st.lists(st.tuples(anywhere, anywhere, anywhere, anywhere, st.integers(-1, 99)), max_size=5),
    st.lists(st.tuples(st.integers(-9, 12), st.integers(-2, 7), drawing.names), max_size=4),
)
def test_nothing_leaves_the_grid(columns, row_count, ascii, lines, words):
    canvas = Canvas(columns, row_count, ascii)
    for x0, y0, x1, y1, pen in lines:
        canvas.line(x0, y0, x1, y1, pen)
        canvas.point(x0, y1, pen)
    for column, row, text in words:
        canvas.text(column, row, text, 1)
    drawing.check(canvas)


@drawing.steady
@given(*(st.integers(0, 19) for _ in range(4)))
def test_a_line_has_its_ends_and_no_hole(x0, y0, x1, y1):
    canvas = Canvas(20, 20, ascii=True)
    canvas.line(x0, y0, x1, y1, 0)
    inked = {
        (x, y)
        for y, line in enumerate(canvas.cells())
        for x, (character, _) in enumerate(line)
        if character != " "
    }
    assert {(x0, y0), (x1, y1)} <= inked
    assert all(min(x0, x1) <= x <= max(x0, x1) for x, _ in inked)
    assert all(min(y0, y1) <= y <= max(y0, y1) for _, y in inked)
    reached, edge = {(x0, y0)}, [(x0, y0)]
    while edge:
        x, y = edge.pop()
        near = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} & inked - reached
        reached |= near
        edge += near
    assert reached == inked


def test_what_is_not_finite_is_not_drawn():
    canvas = Canvas(3, 1)
    canvas.line(0, 0, math.inf, 0, 0)
    canvas.point(math.nan, 0, 0)
    assert drawing.whole_rows(canvas) == ["   "]
    canvas.line(0, 0, 1e308, 0, 0)
    assert drawing.whole_rows(canvas) == ["⠉⠉⠉"]
