"""The graph of memory over time, cell by cell."""

import math

import drawing
import pytest
from graphs import STEP, TIMES, WHOLE, drawn, view

from tui.canvas import FRAME
from tui.widgets.time_graph import GraphView, Mark, Series, TimeGraph


def test_a_graph_in_braille():
    assert drawing.rows(drawn(WHOLE, 60, 10)) == [
        "  MiB ● dlib 900 MiB, peak 900  ■ torch 600 MiB, peak 600",
        "1,000┤⠅                          ●⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤●",
        "     │⠅                          ⡇",
        "  500┤⠅                          ⡇                 ⣀⣀⣀⣀⠤⠤⠤⠤■",
        "     │⠅                         ⢸⠅ ⢀⣀⣀⣀⠤⠤⠤⠤⠒⠒⠒⠒⠉⠉⠉⠉",
        "     │⠅            ⢀⣀⣀⣀⣀⠤⠤⠤⠔⠒⠒⠒⠊⢹⠍⠉⠁",
        "    0┤⣗⣒⠶⠶⠶⠶⠒⠒⠒⠚⠛⠛⠛⠓⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠚⠅",
        "     └┬────────┬────────┬────────┬────────┬────────┬───────┬",
        "     0 s      10 s     20 s     30 s     40 s     50 s 1 min",
        "      dlib: load                 dlib: warm-up",
    ]


def test_a_graph_in_ascii():
    assert drawing.rows(drawn(WHOLE, 60, 10, ascii=True)) == [
        "  MiB * dlib 900 MiB, peak 900  o torch 600 MiB, peak 600",
        "1,000+:                          :",
        "     |:                          ***************************",
        "     |:                          *                 ooooooooo",
        "  500+:                          oooooooooooooooooo",
        "     |:        oooooooooooooooooo:",
        "    0+ooooooooo******************:",
        "     ++--------+--------+--------+--------+--------+-------+",
        "     0 s      10 s     20 s     30 s     40 s     50 s 1 min",
        "      dlib: load                 dlib: warm-up",
    ]


def test_the_ends_of_lines_are_told_apart_without_colour():
    falls = Series("dlib", 0, TIMES, [900.0 - 10 * at_s for at_s in TIMES])
    stops = Series("torch", 1, TIMES[:81], [800.0 - 10 * at_s for at_s in TIMES[:81]])
    assert drawing.rows(drawn(view(falls, stops), 40, 12))[1:7] == [
        "1,000┤●",
        "     │■⣉⡉⠒⠢⠤⣀⣀",
        "  750┤  ⠈⠉⠒⠒⠤⠤⣉⣉⠒⠒⠤⢄⣀⡀",
        "  500┤          ⠉⠑⠒⠢⠤⢌⣉⡑⠒⠤⠤⣀⣀",
        "     │                 ⠈⠉⠒⠢⠤■⠉⠑⠒⠢⠤⢄⣀",
        "  250┤                              ⠉⠉⠒●",
    ]


def test_the_end_of_a_line_never_covers_the_highest_place_of_another():
    falls = Series("torch", 1, TIMES, [1000.0 - 6 * at_s for at_s in TIMES])
    rises = Series("dlib", 0, TIMES, [580 + at_s for at_s in TIMES])
    for both in ((rises, falls), (falls, rises)):
        cells = drawn(view(*both), 40, 8).cells()
        assert [row[39] for row in cells if row[39][0] in ("●", "■")] == [("●", 0)]


def test_pens_colour_lines_and_legend():
    cells = drawn(WHOLE, 60, 10).cells()
    assert [cells[0][column] for column in (2, 6, 32)] == [("M", FRAME), ("●", 0), ("■", 1)]
    assert cells[1][40] == ("⠤", 0)
    assert cells[3][59] == ("■", 1)
    assert cells[1][6] == ("⠅", FRAME)


def test_the_widget_through_a_resize():
    graph = TimeGraph()
    seen = drawing.played(graph, lambda: graph.show(WHOLE), (24, 5), (19, 5), (20, 4), (60, 10))
    assert seen[0] == [
        "  MiB ● dlib  ■ torch",
        "1,000┤⠅        ●⠒⠒⠒⠒⠒⣒⣒■",
        "    0┤⣥⣤⠤⠤⠤⠤⠶⠶⠾⠗⠊⠉⠉⠉⠉",
        "     0 s      30 s 1 min",
        "           dlib: warm-up",
    ]
    assert seen[1] == ["", "", "     too small", "", ""]
    assert seen[2] == ["", "     too small", "", ""]
    assert seen[3] == drawing.rows(drawn(WHOLE, 60, 10))


def test_the_widget_in_ascii_shows_what_comes_later():
    graph = TimeGraph(ascii=True)

    def play() -> None:
        graph.show(view())
        graph.show(WHOLE)

    assert drawing.played(graph, play, (24, 5)) == [
        [
            "  MiB * dlib  o torch",
            "1,000+:        ******ooo",
            "    0+ooooooooooooooo",
            "     0 s      30 s 1 min",
            "           dlib: warm-up",
        ]
    ]


def test_another_theme_has_other_colours():
    graph = TimeGraph()
    colours = []

    def seen() -> None:
        row = graph.render_line(1)
        colours.append({str(part.style.color.name) for part in row if "⠤" in part.text})

    async def run() -> None:
        stage = drawing.Stage(graph)
        async with stage.run_test(size=(60, 10)) as pilot:
            graph.show(WHOLE)
            await pilot.pause()
            seen()
            stage.theme = "textual-light"
            await pilot.pause()
            seen()

    drawing.asyncio.run(run())
    assert colours == [{"#63b8f2"}, {"#0068b5"}]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "waiting for the first sample"),
        (view(), "waiting for the first sample"),
        (view(note="loading [dlib]"), "loading [dlib]"),
        (view(Series("dlib", 0, [], []), note="\x1b[1m漢"), "\ufffd[1m漢"),
        (
            view(Series("dlib", 0, [1, 2, 3], [math.nan, math.inf, -1])),
            "waiting for the first sample",
        ),
    ],
)
def test_without_samples_it_says_so(seen, words):
    graph = TimeGraph()
    (lines,) = drawing.played(graph, lambda: seen and graph.show(seen), (50, 7))
    assert [line.strip() for line in lines] == ["", "", "", words, "", "", ""]


def test_a_gap_in_the_samples_is_a_gap_in_the_line():
    gap = Series("dlib", 0, [0, 1, 2, 3, 6, 7, 8, 9], [4.0] * 8)
    assert drawing.rows(drawn(view(gap, until_s=10), 26, 5)) == [
        "MiB ● dlib 4 MiB, peak 4",
        "  5┤●⠒⠒⠒⠒⠒⠒      ⠒⠒⠒⠒⠒⠒●",
        "  0┤",
        "   0 s        5 s     10 s",
        "",
    ]
    assert drawing.rows(drawn(view(gap, until_s=10), 26, 5, ascii=True))[1:3] == [
        "  5+*******      *******",
        "  0+",
    ]


def test_one_sample():
    one = view(Series("a", 0, [5], [7.5]), until_s=10)
    assert drawing.rows(drawn(one, 26, 5))[:3] == [
        "MiB ● a 7.5 MiB, peak 7.5",
        " 10┤           ●",
        "  0┤",
    ]
    assert drawing.rows(drawn(one, 26, 5, ascii=True))[1] == " 10+           *"


def test_values_of_zero_are_on_the_axis():
    zero = view(Series("a", 0, [0, 5, 10], [0, 0, 0]), until_s=10)
    assert drawing.rows(drawn(zero, 26, 5))[:3] == [
        "MiB ● a 0 MiB, peak 0",
        "  1┤",
        "  0┤●          ⡀         ●",
    ]


def test_a_short_peak_does_not_vanish_among_many_samples():
    values = [1.0] * 100_000
    values[54_321] = 90.0
    many = Series("dlib", 0, [place / 1000 for place in range(100_000)], values)
    lines = drawing.rows(drawn(view(many, until_s=100), 40, 6, ascii=True))
    assert lines[0] == "MiB * dlib 1 MiB, peak 90"
    assert [line.count("*") for line in lines[1:4]] == [1, 1, 35]
    assert lines[1].index("*") == 4 + int(54.321 / 100 * 36)


def test_a_peak_before_the_window_is_still_named():
    seen = GraphView((Series("dlib", 0, [0, 10, 11], [500, 20, 20]),), (), 10, 12, "MiB")
    lines = drawing.rows(drawn(seen, 40, 6))
    assert lines[0] == "MiB ● dlib 20 MiB, peak 500"
    assert lines[1].startswith(" 20┤")
    nothing = GraphView((Series("dlib", 0, [0], [500]),), (), 10, 12, "MiB")
    assert drawing.rows(drawn(nothing, 40, 6))[0] == "MiB ● dlib 500 MiB, peak 500"


def test_what_is_not_finite_is_skipped():
    values = [math.nan, 5.0, math.inf, 7.0, -math.inf, math.nan, 6.0, 1e300, -4.0]
    odd = Series("dlib", 0, [place / 10 for place in range(9)], values)
    lines = drawing.rows(drawn(view(odd, until_s=60), 40, 6))
    assert lines[0] == "MiB ● dlib 6 MiB, peak 7"


def test_the_newest_label_is_shown_whole_and_others_where_they_fit():
    marks = tuple(Mark(at_s, f"phase {at_s}") for at_s in (1, 20, 22, 40, 59, 99))
    lines = drawing.rows(drawn(view(STEP, marks=marks), 60, 8))
    assert lines[-1] == "      phase 1            phase 22         phase 40  phase 59"
    long = (Mark(0, "old"), Mark(50, "a label wider than all"))
    assert drawing.rows(drawn(view(STEP, marks=long), 20, 5))[-1] == "a label wider than …"


def test_hostile_names():
    hostile = view(Series(drawing.HOSTILE, 0, [0, 30], [1, 2]), marks=(Mark(30, drawing.HOSTILE),))
    for ascii in (False, True):
        canvas = drawn(hostile, 70, 9, ascii)
        drawing.check(canvas)
    assert "\ufffd[31m[bold red]x[/]" in drawing.rows(drawn(hostile, 70, 9))[0]
    graph = TimeGraph()
    (lines,) = drawing.played(graph, lambda: graph.show(hostile), (70, 9))
    assert lines == drawing.rows(drawn(hostile, 70, 9))
