"""Bars of a contender's iterations: exact rows, and which samples count."""

import math

import drawing
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore.result import ContenderResult
from benchcore.samples import Block, Summary
from tui.canvas import Canvas
from tui.widgets.histogram import (
    ASCII_BLOCKS,
    BLOCKS,
    Distribution,
    Histogram,
    bars,
    draw_distribution,
    histogram,
)

SAMPLES = [1.0] + [2.0] * 4 + [3.0] * 8 + [4.0] * 4 + [5.0] * 2 + [9.0]


def block(*samples: float, superseded: bool = False) -> Block:
    return Block(
        launch=0,
        round=0,
        position=0,
        started_s=0.0,
        wall_ms=list(samples),
        enqueue_ms=[],
        superseded=superseded,
    )


def summary(median_ms: float) -> Summary:
    figures = dict.fromkeys(("mean_ms", "min_ms", "max_ms", "p25_ms", "p75_ms"), 1.0)
    unknown = dict.fromkeys(("p90_ms", "p95_ms", "p99_ms", "ci95_ms"))
    return Summary(median_ms=median_ms, count=1, **figures, **unknown)


def result(*blocks: Block, wall: Summary | None = None) -> ContenderResult:
    return ContenderResult(status="ok", samples=list(blocks), wall=wall)


WHOLE = result(block(*SAMPLES[:9]), block(*SAMPLES[9:]), block(77.0, superseded=True))


def drawn(columns: int, rows: int, ascii: bool = False, name: str = "dlib") -> list[str]:
    canvas = Canvas(columns, rows, ascii)
    draw_distribution(canvas, Distribution.of(name, 1, WHOLE))
    drawing.check(canvas)
    return drawing.rows(canvas)


def test_bars_of_blocks():
    assert drawn(40, 4) == [
        "        ████",
        "    ▄▄▄▄████▄▄▄▄",
        "▃▃▃▃████████████    ▆▆▆▆            ▃▃▃▃",
        "dlib: least 1, median 3, largest 9 ms",
    ]


def test_bars_in_ascii():
    assert drawn(40, 4, ascii=True) == [
        "        ####",
        "    ----####----",
        "----############    ++++            ----",
        "dlib: least 1, median 3, largest 9 ms",
    ]


def test_the_caption_gets_shorter_in_steps():
    assert [drawn(columns, 2)[1] for columns in (110, 80, 60, 36, 20)] == [
        "dlib: least 1, median 3, largest 9 ms, 20 iterations in 2 blocks; "
        "left out: 1 disturbed block",
        "dlib: least 1, median 3, largest 9 ms, 20 iterations in 2 blocks",
        "dlib: least 1, median 3, largest 9 ms",
        "least 1, median 3, largest 9 ms",
        "1 / 3 / 9 ms",
    ]


def test_superseded_blocks_and_impossible_samples_do_not_count():
    odd = result(block(1.0, math.nan, math.inf, -3.0, 0.0, 2.0), block(50.0, superseded=True))
    shown = Distribution.of("dlib", 0, odd)
    assert (shown.samples_ms, shown.blocks, shown.left_out) == ((1.0, 2.0), 1, 1)
    assert Distribution.of("dlib", 0, result(block(50.0, superseded=True))) is None


def test_the_median_is_the_documents_own():
    assert Distribution.of("dlib", 0, result(block(1, 2, 9), wall=summary(2.5))).median_ms == 2.5
    assert Distribution.of("dlib", 0, result(block(1, 2, 9))).median_ms == 2


def test_the_widget_through_a_resize():
    widget = Histogram()
    widget.styles.height = "1fr"
    seen = drawing.played(
        widget, lambda: widget.show("dlib", 1, WHOLE), (40, 4), (19, 4), (20, 1), (110, 2)
    )
    assert seen[0] == drawn(40, 4)
    assert seen[1] == ["", "     too small", "", ""]
    assert seen[2] == ["     too small"]
    assert seen[3] == drawn(110, 2)


def test_the_widget_in_ascii():
    widget = Histogram(ascii=True)
    (seen,) = drawing.played(widget, lambda: widget.show("dlib", 1, WHOLE), (20, 4))
    assert seen == drawn(20, 4, ascii=True)


@pytest.mark.parametrize("shown", [None, result()])
def test_without_samples_it_says_so(shown):
    widget = Histogram()
    (seen,) = drawing.played(widget, lambda: widget.show("dlib", 0, shown), (20, 4))
    assert seen == ["", "     no samples", "", ""]


def test_hostile_names():
    for ascii in (False, True):
        assert "[bold red]x[/]" in drawn(100, 3, ascii, drawing.HOSTILE)[-1]


def test_one_sample_and_equal_samples_are_one_bar_in_the_middle():
    assert bars([5.0], 20, 1) == [" " * 10 + "██" + " " * 8]
    assert bars([5.0] * 7, 20, 2) == [" " * 10 + "██" + " " * 8] * 2


def test_a_single_sample_among_many_is_seen():
    (row,) = bars([1.0] * 99_999 + [2.0], 60, 1)
    assert row == "█" + " " * 58 + "▁"
    (row,) = bars([1.0] * 99_999 + [2.0], 60, 1, ascii=True)
    assert row == "#" + " " * 58 + "."


@drawing.steady
@given(
    st.lists(st.floats(1e-9, 1e15), min_size=1, max_size=50),
    st.integers(1, 90),
    st.integers(1, 6),
    st.booleans(),
)
def test_bars_fill_the_grid_and_the_tallest_reaches_the_top(samples, columns, rows, ascii):
    lines = bars(samples, columns, rows, ascii)
    assert [len(line) for line in lines] == [columns] * rows
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    assert set("".join(lines)) <= set(" " + blocks)
    assert blocks[-1] in lines[0]


@drawing.steady
@given(st.lists(st.floats(1e-9, 1e15), min_size=1, max_size=50), st.integers(1, 90))
def test_each_sample_is_in_one_part(samples, parts):
    counts = histogram(samples, parts)
    assert len(counts) == parts
    assert sum(counts) == len(samples)


@drawing.steady
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20),
    drawing.names,
    st.integers(0, 90),
    st.integers(0, 12),
    st.booleans(),
)
def test_any_samples_at_any_size(samples, name, columns, rows, ascii):
    widget = Histogram()
    widget.show(name, 3, result(block(*samples)))
    canvas = Canvas(columns, rows, ascii)
    widget.draw(canvas)
    drawing.check(canvas)
