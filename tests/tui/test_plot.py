"""Axes and legends: which words are drawn where, and which are left out."""

import drawing
import pytest

from tui.canvas import Canvas
from tui.plot import Plot, draw_legend, flowed


def plotted(ascii: bool = False) -> Plot:
    return Plot(Canvas(20, 5, ascii), 4, 1, 3)


def test_a_plot_has_its_corners():
    plot = plotted()
    assert (plot.columns, plot.width_dots, plot.left) == (16, 32, 8)
    assert (plot.top_dot, plot.bottom_dot) == (4, 11)
    assert [plot.x(share) for share in (-1, 0, 0.5, 1, 2)] == [8, 8, 24, 39, 39]
    assert [plot.y(share) for share in (0, 1)] == [11, 4]


@pytest.mark.parametrize(
    ("ascii", "rows"),
    [
        (False, ["", "  7┤      ■", "   │", "   └┬──────────────┬", "    0             15"]),
        (True, ["", "  7+      o", "   |", "   ++--------------+", "    0             15"]),
    ],
)
def test_axes_with_labels_that_would_touch(ascii, rows):
    plot = plotted(ascii)
    across, down = plot.canvas.dots_across, plot.canvas.dots_down
    plot.draw_values([("7", down), ("6", 2 * down - 1)])
    plot.draw_below([("0", 4 * across), ("1", 5 * across), ("15", 19 * across)], line=True)
    plot.mark(10 * across, down, 1)
    assert drawing.rows(plot.canvas) == rows


def test_words_beneath_the_middle_need_all_their_room():
    plot = plotted()
    plot.draw_centred("sixteen letters.", 3)
    plot.draw_centred("seventeen letters", 4)
    assert drawing.rows(plot.canvas)[3:] == ["    sixteen letters.", ""]


def test_a_piece_has_the_pen_of_its_entry():
    canvas = Canvas(8, 2)
    draw_legend(canvas, flowed([("aa",), ("bb",), ("cc",)], 6, 1), [5, 6, 7], 1, 1)
    assert canvas.runs()[1] == [(" aa  ", 5), ("+2 ", None)]


def test_a_legend_gets_shorter_in_steps():
    entries = [("dlib 12 MiB, peak 34", "dlib 12 MiB", "dlib"), ("t 5 MiB, peak 6", "t 5 MiB", "t")]
    texts = [[piece.text for piece in flowed(entries, width, 1)] for width in (37, 36, 20, 7, 6, 2)]
    assert texts == [
        ["dlib 12 MiB, peak 34", "t 5 MiB, peak 6"],
        ["dlib 12 MiB", "t 5 MiB"],
        ["dlib 12 MiB", "t 5 MiB"],
        ["dlib", "t"],
        ["+2"],
        ["+2"],
    ]
    many = [(f"contender {n}",) for n in range(30)]
    pieces = flowed(many, 40, 2)
    assert pieces[-1].number is None
    assert pieces[-1].text == f"+{30 - len(pieces) + 1}"
    assert {piece.row for piece in pieces} == {0, 1}
