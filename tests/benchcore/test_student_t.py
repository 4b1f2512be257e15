from math import atan, cos, lgamma, pi, sin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore.student_t import incomplete_beta, quantile, upper_tail


@pytest.mark.parametrize(
    ("degrees", "expected"),
    # Two-sided 95 % points from any printed table of Student's distribution.
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)],
)
def test_quantiles_are_the_printed_ones(degrees, expected):
    assert quantile(0.975, degrees) == pytest.approx(expected, abs=6e-4)


def test_many_degrees_are_the_normal_distribution():
    assert quantile(0.975, 1e7) == pytest.approx(1.959964, abs=1e-5)
    assert quantile(0.999, 1e7) == pytest.approx(3.090232, abs=1e-5)


def finite_series(t, degrees):
    """P(-t < T < t): Abramowitz and Stegun 26.7.3 (odd) and 26.7.4 (even), whole degrees only."""
    theta = atan(t / sqrt(degrees))
    term, total = (cos(theta), 0.0) if degrees % 2 else (1.0, 0.0)
    for k in range(degrees % 2, degrees, 2):
        total += term
        term *= cos(theta) ** 2 * (k + 1) / (k + 2)
    return 2 / pi * (theta + sin(theta) * total) if degrees % 2 else sin(theta) * total


@given(st.integers(1, 60), st.floats(0, 30))
def test_whole_degrees_agree_with_the_finite_series(degrees, t):
    assert 1 - 2 * upper_tail(t, degrees) == pytest.approx(finite_series(t, degrees), abs=1e-12)


@pytest.mark.parametrize("degrees", [1.5, 2.5, 4.0755, 8.37, 24.9, 77.7])
@pytest.mark.parametrize("t", [0.3, 1.0, 2.5, 6.0])
def test_real_degrees_agree_with_the_integral_of_the_density(degrees, t):
    x = (np.arange(20_000) + 0.5) * t / 20_000
    scale = np.exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(degrees * pi)
    area = np.sum(scale * (1 + x**2 / degrees) ** (-(degrees + 1) / 2)) * t / 20_000
    assert 0.5 - upper_tail(t, degrees) == pytest.approx(area, abs=1e-9)


@given(st.floats(1, 1e4), st.floats(0.5, 0.99999))
def test_quantile_inverts_the_tail(degrees, probability):
    t = quantile(probability, degrees)
    assert upper_tail(t, degrees) == pytest.approx(1 - probability, rel=1e-6)
    assert upper_tail(-t, degrees) == pytest.approx(probability)


def test_small_tails_keep_their_digits():
    # Cauchy: P(T > t) = atan(1 / t) / pi.
    assert upper_tail(1e9, 1) == pytest.approx(1e-9 / pi, rel=1e-9)


@given(st.floats(0, 1), st.floats(0.2, 50))
def test_incomplete_beta_in_its_closed_forms(x, a):
    assert incomplete_beta(x, a, 1) == pytest.approx(x**a, abs=1e-12)
    assert incomplete_beta(x, 1, a) == pytest.approx(1 - (1 - x) ** a, abs=1e-12)


def test_incomplete_beta_by_hand():
    assert incomplete_beta(0.3, 2, 3) == pytest.approx(0.3483)  # P(at least 2 of 4 at 0.3)
    assert incomplete_beta(0.25, 0.5, 0.5) == pytest.approx(1 / 3)  # 2 / pi * asin(sqrt(x))


@pytest.mark.parametrize(("probability", "degrees"), [(0.4, 3), (1.0, 3), (0.9, 0.5)])
def test_what_has_no_quantile_is_refused(probability, degrees):
    with pytest.raises(ValueError, match="no quantile"):
        quantile(probability, degrees)
