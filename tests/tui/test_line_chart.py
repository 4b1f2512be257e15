"""A document's charts in characters, cell by cell."""

import math
from functools import partial

import drawing
import pytest

from benchcore.report.charts import Chart, Point, Series
from tui.canvas import Canvas
from tui.widgets.line_chart import LineChart, _thinned, draw_chart

TIME = Chart(
    "resnet50, inference",
    "Time",
    "ms",
    True,
    (
        Series("dlib", 0, (Point(1, 4.0, 3.0, 5.0), Point(4, 9.0), None)),
        Series("torch", 1, (Point(1, 3.0), None, Point(8, 20.0, 12.0, 24.0))),
    ),
)
RATE = Chart(
    "resnet50, training step",
    "Throughput",
    "images/s",
    False,
    (Series("dlib", 0, (Point(1, 250.0), Point(2, 400.0), Point(4, 900.0))),),
)


def drawn(chart: Chart, columns: int, rows: int, ascii: bool = False) -> Canvas:
    canvas = Canvas(columns, rows, ascii)
    draw_chart(canvas, chart)
    return canvas


def test_a_logarithmic_chart_in_braille():
    assert drawing.rows(drawn(TIME, 60, 15)) == [
        "resnet50, inference: Time (ms)",
        "  │                                                   ⢀",
        "20┤                                                   ■",
        "  │                                                   ⢸",
        "  │                                                   ⠸",
        "10┤                                  ⢀●",
        "  │                         ⣀⣀⡠⠤⠤⠒⠒⠉⠉⠁",
        "  │               ⢀⣀⣀⠤⠤⠔⠒⠊⠉⠉",
        " 5┤    ⢸ ⣀⣀⡠⠤⠔⠒⠒⠉⠉⠁",
        "  │    ●⠉",
        "  │    ⠈■",
        "  └─────┬──────────────────────────────┬──────────────┬─────",
        "        1                              4              8",
        "                    batch size (log scale)",
        "● dlib  ■ torch",
    ]


def test_a_logarithmic_chart_in_ascii():
    assert drawing.rows(drawn(TIME, 60, 15, ascii=True)) == [
        "resnet50, inference: Time (ms)",
        "  |",
        "20+                                                   o",
        "  |                                                   |",
        "  |                                                   |",
        "10+                              .....*",
        "  |                    ..........",
        " 5+    |     ..........",
        "  |    *.....",
        "  |    |o",
        "  |",
        "  +-----+------------------------------+--------------+-----",
        "        1                              4              8",
        "                    batch size (log scale)",
        "* dlib  o torch",
    ]


def test_a_linear_chart_begins_at_zero():
    assert drawing.rows(drawn(RATE, 40, 9)) == [
        "Throughput (images/s)",
        "1,000┤                           ⢀⣀●",
        "  750┤                      ⣀⡠⠤⠒⠊⠁",
        "  500┤               ⣀⣀●⠤⠔⠊⠉",
        "  250┤    ●⠤⠔⠒⠒⠒⠒⠉⠉⠉⠉",
        "    0┤",
        "     └────┬────────────┬───────────┬────",
        "          1            2           4",
        "● dlib",
    ]
    assert drawing.rows(drawn(RATE, 40, 9, ascii=True))[1:6] == [
        "1,000+                          ...*",
        "  750+                    ......",
        "  500+           .....*...",
        "  250+    *......",
        "    0+",
    ]


def test_a_contender_has_its_pen():
    cells = drawn(TIME, 60, 15).cells()
    assert cells[5][38] == ("●", 0)
    assert cells[2][54] == ("■", 1)
    assert cells[14][8] == ("■", 1)


def test_the_widget_through_a_resize():
    chart = LineChart()
    seen = drawing.played(chart, lambda: chart.show(RATE), (20, 5), (20, 4), (40, 9))
    assert seen == [
        [
            "Throughput (images/…",
            "1,000┤        ⣀⣀⠤⠔●",
            "    0┤ ●⠒⠒⠊⠉⠉●",
            "       1     2    4",
            "● dlib",
        ],
        ["", "     too small", "", ""],
        drawing.rows(drawn(RATE, 40, 9)),
    ]


def test_the_widget_in_ascii():
    chart = LineChart(ascii=True)
    assert drawing.played(chart, lambda: chart.show(TIME), (20, 5)) == [
        [
            "Time (ms)",
            "20+      ....*    o",
            " 5+ o....",
            "    1        4",
            "* dlib  o torch",
        ]
    ]


def test_without_a_chart_it_says_so():
    empty = Chart("g", "t", "ms", False, (Series("dlib", 0, (None, None)),))
    odd = Chart("g", "t", "ms", True, (Series("dlib", 0, (Point(1, 0.0), Point(2, math.nan))),))
    for shown, words in (
        (None, "no chart"),
        (empty, "no figure to draw"),
        (odd, "no figure to draw"),
    ):
        chart = LineChart()
        (lines,) = drawing.played(chart, partial(chart.show, shown), (30, 5))
        assert [line.strip() for line in lines] == ["", "", words, "", ""]


def test_a_chart_can_go_again():
    chart = LineChart()

    def play() -> None:
        chart.show(TIME)
        chart.show(None)

    (lines,) = drawing.played(chart, play, (30, 5))
    assert lines[2].strip() == "no chart"


def test_an_interval_that_is_no_number_is_left_out():
    odd = Chart("g", "t", "ms", True, (Series("a", 0, (Point(1, 4.0, math.nan, math.inf),)),))
    chart = LineChart(ascii=True)
    (lines,) = drawing.played(chart, lambda: chart.show(odd), (40, 9))
    assert sum(line.count("*") for line in lines) == 2, "the point and the legend"


def test_one_point_and_equal_values():
    one = Chart("g", "t", "ms", False, (Series("a", 0, (Point(16, 5.0),)),))
    assert drawing.rows(drawn(one, 24, 6, ascii=True)) == [
        "g: t (ms)",
        "6+          *",
        " |",
        "0+",
        "            16",
        "* a",
    ]
    equal = Chart("g", "t", "ms", True, (Series("a", 0, (Point(1, 5.0), Point(2, 5.0))),))
    lines = drawing.rows(drawn(equal, 40, 9, ascii=True))
    assert [line.count("*") for line in lines] == [0, 0, 0, 2, 0, 0, 0, 0, 1]


def test_a_long_legend_takes_more_rows_before_it_is_cut():
    series = tuple(
        Series(f"contender {n}", n, (Point(1, 1.0 + n), Point(2, 2.0 + n))) for n in range(9)
    )
    many = Chart("g", "t", "ms", False, series)
    lines = drawing.rows(drawn(many, 60, 20, ascii=True))
    assert lines[-3:] == [
        "* contender 0  o contender 1  + contender 2  x contender 3",
        "# contender 4  @ contender 5  % contender 6  & contender 7",
        "* contender 8",
    ]
    assert drawing.rows(drawn(many, 30, 5, ascii=True))[-1] == "* c...  o c...  + c...  +6"


def test_hostile_names():
    hostile = Chart(
        drawing.HOSTILE, drawing.HOSTILE, drawing.HOSTILE, False,
        (Series(drawing.HOSTILE, 3, (Point(1, 2.0),)),),
    )  # fmt: skip
    for ascii in (False, True):
        drawing.check(drawn(hostile, 80, 10, ascii))
    chart = LineChart()
    (lines,) = drawing.played(chart, lambda: chart.show(hostile), (80, 10))
    assert lines == drawing.rows(drawn(hostile, 80, 10))
    assert lines[-1].startswith("◆ \ufffd[31m[bold red]x[/]")


@pytest.mark.parametrize(
    ("count", "most", "kept"),
    [(5, 5, [0, 1, 2, 3, 4]), (5, 4, [0, 2, 4]), (5, 2, [0, 4]), (6, 4, [0, 5]), (1, 3, [0])],
)
def test_thinned_ticks_keep_both_ends(count, most, kept):
    assert list(_thinned(tuple(map(float, range(count))), most)) == kept
