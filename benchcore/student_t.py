"""Student's t distribution for any real number of degrees of freedom >= 1.

Welch's interval has a fractional number of degrees, for which no finite series exists; the
regularised incomplete beta function covers them all.
"""

from functools import lru_cache
from math import exp, lgamma, log, log1p

PRECISION = 1e-15
"""Where the continued fraction stops: one rounding error of a double."""

MOST_TERMS = 1000
"""Of the fraction, which needs about the square root of the larger parameter."""

RESOLUTION = 1e-13
"""Of a quantile, relative above 1: far below what any interval is printed with."""

TINY = 1e-300
"""Stands for a zero denominator (modified Lentz)."""


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for 0 <= x <= 1 and a, b > 0.

    The continued fraction of the NIST Digital Library of Mathematical Functions, 8.17.22, which
    converges fast below (a + 1) / (a + b + 2); above it through the symmetry of 8.17.4.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    return front * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """1/(1+ d1/(1+ d2/(1+ ...))) with the d of DLMF 8.17.23, by the modified Lentz method."""
    value, c, d = TINY, TINY, 0.0
    for term in range(MOST_TERMS):
        m, odd = divmod(term, 2)
        if term == 0:
            numerator = 1.0
        elif odd:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + numerator * d) or TINY)
        c = (1 + numerator / c) or TINY
        value *= c * d
        if abs(c * d - 1) < PRECISION:
            break
    return value


def upper_tail(t: float, degrees: float) -> float:
    """P(T > t), precise also where it is small."""
    square = t * t
    if square < degrees:  # Here 1 - square / (degrees + square) would lose a small t.
        half = (1 - incomplete_beta(square / (degrees + square), 0.5, degrees / 2)) / 2
    else:
        half = incomplete_beta(degrees / (degrees + square), degrees / 2, 0.5) / 2
    return half if t >= 0 else 1 - half


@lru_cache(maxsize=1024)
def quantile(probability: float, degrees: float) -> float:
    """The t with P(T <= t) = `probability`, for 0.5 <= probability < 1.

    Raises ValueError for other probabilities and for degrees below 1.
    """
    if not (0.5 <= probability < 1 and degrees >= 1):
        raise ValueError(f"no quantile for probability {probability} and {degrees} degrees")
    low, high = 0.0, 1.0
    while upper_tail(high, degrees) > 1 - probability:
        low, high = high, 2 * high
    while high - low > RESOLUTION * max(1.0, high):
        middle = (low + high) / 2
        if upper_tail(middle, degrees) > 1 - probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2
