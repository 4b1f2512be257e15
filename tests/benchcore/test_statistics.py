from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore import statistics

times = st.floats(0.01, 1e5)


@given(st.lists(st.lists(times, min_size=2, max_size=5), min_size=1, max_size=4), st.floats(0.1, 9))
def test_a_constant_factor_is_found_exactly(launches, factor):
    scaled = [[factor * ms for ms in blocks] for blocks in launches]
    interval = statistics.ratio_of_launches(scaled, launches)
    assert interval.estimate == pytest.approx(factor)
    assert interval.low == pytest.approx(factor)
    assert interval.high == pytest.approx(factor)


@given(
    st.lists(st.tuples(times, times), min_size=2, max_size=6).map(
        lambda pairs: ([[a for a, _ in pairs]], [[b for _, b in pairs]])
    )
)
def test_swapping_the_sides_inverts_the_interval(sides):
    there = statistics.ratio_of_launches(*sides)
    back = statistics.ratio_of_launches(*reversed(sides))
    assert there.estimate * back.estimate == pytest.approx(1)
    assert there.low <= there.estimate <= there.high
    assert there.low * back.high == pytest.approx(1)


def test_launches_are_the_unit_when_there_are_several():
    interval = statistics.ratio_of_launches([[2.0, 2.0], [4.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]])
    assert interval.method == "student-t over launches"
    assert interval.estimate == pytest.approx(exp((log(2) + log(4)) / 2))
    half = 12.706 * (log(4) - log(2)) / 2
    assert statistics.log_half_width(interval) == pytest.approx(half, rel=1e-3)


def test_one_round_has_no_interval():
    interval = statistics.ratio_of_launches([[3.0]], [[2.0]])
    assert (interval.estimate, interval.low, interval.high) == (1.5, None, None)
    assert statistics.log_half_width(interval) is None


def test_unequal_rounds_pair_up_to_the_shorter():
    assert statistics.ratio_of_launches([[2.0, 2.0]], [[1.0]]).estimate == pytest.approx(2)
    with pytest.raises(ValueError, match="no round"):
        statistics.ratio_of_launches([[]], [[]])


def test_own_width_needs_launches():
    assert statistics.own_half_width([[1.0, 2.0, 1.0]]) is None
    assert statistics.own_half_width([[1.0, 1.0], [], [1.0]]) == 0
    half = 12.706 * log(2) / 2
    assert statistics.own_half_width([[1.0, 1.0], [2.0, 2.0]]) == pytest.approx(half, rel=1e-3)


def test_throughput_is_a_rate_with_its_interval():
    estimate, low, high = statistics.throughput([[100.0, 100.0], [400.0, 400.0]])
    assert estimate == pytest.approx(200)
    assert low * high == pytest.approx(200**2)
    _, low, high = statistics.throughput([[100.0, 110.0, 120.0]])
    assert 0 < low < 110 < high
    assert statistics.throughput([[100.0]]) == (pytest.approx(100), None, None)


@pytest.mark.parametrize(
    ("after", "before", "method", "known"),
    [
        ([[0.1], [0.2]], [[0.0], [0.1]], "welch over launches", True),
        ([[0.1, 0.2]], [[0.0], [0.1]], "welch over rounds, since one side has one launch", True),
        ([[0.1, 0.2]], [[0.0, 0.1]], "welch over rounds, since one side has one launch", True),
        ([[0.1]], [[0.0, 0.1]], "one round, no interval", False),
    ],
)
def test_a_change_says_what_it_is_over(after, before, method, known):
    found = statistics.change(after, before)
    assert found.method == method
    assert (found.half_width is not None) == known
    with pytest.raises(ValueError, match="no block"):
        statistics.change(after, [])


@given(st.lists(st.lists(times, min_size=1, max_size=90), min_size=1, max_size=5))
def test_summary_is_ordered_and_prints_only_known_percentiles(blocks):
    summary = statistics.summarise(blocks)
    values = np.concatenate(blocks)
    order = (summary.min_ms, summary.p25_ms, summary.median_ms, summary.p75_ms, summary.max_ms)
    assert list(order) == sorted(order)
    assert summary.count == values.size
    assert (summary.p90_ms is not None) == (values.size >= statistics.P90_MIN_SAMPLES)
    assert (summary.p99_ms is not None) == (values.size >= statistics.P99_MIN_SAMPLES)
    assert (summary.ci95_ms is None) == (len(blocks) == 1)


def test_outliers_are_labelled_and_kept():
    # Quartiles 2 and 4: the fences are at -1 and 7, and at -4 and 10.
    summary = statistics.summarise([[1.0, 2.0, 3.0, 4.0, 8.0], [2.0, 3.0, 4.0, 11.0, 3.0, 2.0]])
    assert (summary.p25_ms, summary.p75_ms) == (2, 4)
    assert (summary.mild_outliers, summary.severe_outliers) == (1, 1)
    assert (summary.count, summary.max_ms, summary.mad_ms) == (11, 11, 1)


def test_no_summary_of_nothing():
    for blocks in ([], [[]], [[1.0], []]):
        with pytest.raises(ValueError, match="at least one block"):
            statistics.summarise(blocks)


def test_the_interval_of_a_time_is_over_launches():
    blocks = [[10.0], [10.2], [14.0], [14.2]]
    within = statistics.summarise(blocks)
    between = statistics.summarise(blocks, [0, 0, 1, 1])
    assert within.median_ms == between.median_ms
    for summary in (within, between):
        assert sum(summary.ci95_ms) / 2 == pytest.approx(12.1)
    # Student's t of one degree, 12.706, times half the distance of the two means.
    assert between.ci95_ms[1] - 12.1 == pytest.approx(12.706 * 2.0, rel=1e-3)
    assert within.ci95_ms[1] - 12.1 < 5
