import statistics
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore import estimates
from benchcore.estimates import holm, of_difference, of_mean

logs = st.lists(st.floats(-3, 3), min_size=2, max_size=8)
chances = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(logs)
def test_the_variance_is_that_of_exact_fractions(values):
    # The mean is rounded to half a unit in its last place.
    rounding = (max(map(abs, values)) * np.finfo(float).eps) ** 2 * len(values)
    exact = statistics.variance(values)
    assert estimates.variance(values) == pytest.approx(exact, rel=1e-6, abs=rounding)


@given(st.floats(-3, 3), st.integers(2, 12))
def test_equal_values_have_none(value, count):
    assert estimates.variance([value] * count) == 0


def test_welch_by_hand():
    # Variances 1 and 20/3 over 3 and 4 values: squared error 2, degrees 4 / (1/18 + 25/27).
    found = of_difference([2, 4, 6, 8], [1, 2, 3], "m")
    assert found.mean == 3
    assert found.standard_error == pytest.approx(sqrt(2))
    assert found.degrees == pytest.approx(4 / (1 / 18 + 25 / 27))


@given(logs, logs)
def test_welch_mirrors_and_has_degrees_between_its_bounds(after, before):
    there, back = of_difference(after, before, "m"), of_difference(before, after, "m")
    assert there.mean == pytest.approx(-back.mean)
    assert there.half_width == pytest.approx(back.half_width)
    least = min(len(after), len(before)) - 1
    assert least * (1 - 1e-9) <= there.degrees <= (len(after) + len(before) - 2) * (1 + 1e-9)


@given(st.floats(-1, 1), st.integers(2, 9), st.integers(2, 9))
def test_a_constant_difference_is_certain(shift, many, few):
    found = of_difference([shift] * many, [0.0] * few, "m")
    assert found.half_width == 0
    assert found.chance_above(shift - 1e-6) == 0
    assert found.chance_above(shift + 1e-6) == 1


@given(logs, st.floats(-1, 1))
def test_a_chance_and_an_interval_say_the_same(values, bound):
    found = of_mean(values, "m")
    clears = found.mean - found.half_width > bound
    if abs(found.mean - found.half_width - bound) > 1e-9:
        assert (found.chance_above(bound) < estimates.ONE_SIDED) == clears
    if found.standard_error:
        assert found.chance_above(bound) + found.chance_below(bound) == pytest.approx(1)


def test_one_value_has_no_interval_and_proves_nothing():
    for found in (of_mean([0.3], "m"), of_difference([0.3], [0.1, 0.2], "m")):
        assert found.half_width is None
        assert found.interval().low is None
        assert found.chance_above(-9) == 1


def test_holm_in_the_usual_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(chances)
def test_holm_lies_between_the_raw_and_bonferroni(raw):
    adjusted = holm(raw)
    for before, after in zip(raw, adjusted, strict=True):
        assert before <= after <= min(1.0, len(raw) * max(raw)) or after == 1
    by_raw = [after for _, after in sorted(zip(raw, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)
    assert min(adjusted) == pytest.approx(min(1.0, len(raw) * min(raw)))


def test_launches_that_would_be_enough():
    # Five launches with half-width 0.02 have a spread of 0.02 * sqrt(5) / 2.776 = 0.0161.
    count = estimates.launches_for(0.02, launches=5, target=0.01)
    assert count == 13
    assert estimates.launches_for(0.02, launches=5, target=0.0201) == 5
    assert estimates.launches_for(0.02, launches=5, target=1e-5) is None


def test_intervals_are_ratios():
    interval = of_mean([log(2), log(2)], "m").interval()
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((2, 2, 2))


def test_series_that_move_together_are_told_from_those_that_do_not():
    random = np.random.default_rng(0)
    for count in (4, 5, 12):
        alone = random.standard_normal((2000, 2, count))
        together = sum(estimates.move_together(*pair.tolist()) for pair in alone)
        assert 5 <= together <= 40  # 1 % of 2000 is 20
        for series in alone[:50, 0]:
            assert estimates.move_together(series.tolist(), (series + 0.1).tolist())
            assert not estimates.move_together(series.tolist(), (-series).tolist())


@pytest.mark.parametrize(
    ("some", "others"),
    [([], []), ([1.0, 2.0], [1.0, 2.0]), ([1.0] * 5, [1.0] * 5), ([1.0, 2.0, 3.0], [1.0, 2.0])],
)
def test_too_little_to_tell_moves_apart(some, others):
    assert not estimates.move_together(some, others)
