"""The labels of a graph's axes, and the part of time that is shown."""

import math

import drawing
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.time_axes import Window, time_label, time_ticks, value_ticks


@pytest.mark.parametrize(
    ("from_s", "until_s", "shown"),
    [
        (3, 9, (3, 9)),
        (3, 3.5, (3, 4)),
        (3, -7, (3, 4)),
        (math.nan, math.inf, (0, 1)),
        (-1e300, 1e300, (-1e9, 1e9)),
    ],
)
def test_a_window_is_a_second_long_or_longer(from_s, until_s, shown):
    window = Window.of(from_s, until_s)
    assert (window.from_s, window.until_s) == shown
    assert (window.share(shown[0]), window.share(shown[1])) == (0, 1)


def test_labels_are_as_close_together_as_they_have_room():
    ticks = [time_ticks(Window(0, 60), columns) for columns in (8, 40)]
    assert [[label for label, _ in each] for each in ticks] == [
        ["0 s", "1 min"],
        ["0 s", "15 s", "30 s", "45 s", "1 min"],
    ]


@pytest.mark.parametrize(
    ("at_s", "label"),
    [(0, "0 s"), (30, "30 s"), (60, "1 min"), (90, "1:30 min"), (3600, "1 h"), (5400, "1:30 h"),
     (3605, "1:00:05 h"), (-30, "-30 s")],
)  # fmt: skip
def test_time_labels(at_s, label):
    assert time_label(at_s) == label


@drawing.steady
@given(st.floats(0, 1e15), st.integers(0, 6))
def test_the_axis_of_values_begins_at_zero_and_holds_the_highest(highest, steps):
    ticks = value_ticks(highest, steps)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= max(steps, 1) + 1


@drawing.steady
@given(st.floats(-1e9, 1e9), st.floats(1, 1e9), st.integers(4, 200))
def test_times_are_inside_and_have_room(begin, span, columns):
    window = Window(begin, begin + span)
    ticks = time_ticks(window, columns)
    assert all(window.from_s - 1e-6 <= at_s <= window.until_s + 1e-6 for _, at_s in ticks)
    assert sum(len(label) + 2 for label, _ in ticks) <= columns + 30
