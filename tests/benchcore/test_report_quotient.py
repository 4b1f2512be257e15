"""The sentence for a factor that a reader would take for a wrong division."""

import msgspec
import pytest
from sample_documents import cell

from benchcore.report.quotient import quotient_remark


def with_factor(estimate):
    found = cell(4)
    factor = found.factors["dlib"]
    time = msgspec.structs.replace(factor.time, estimate=estimate)
    return msgspec.structs.replace(
        found, factors={"dlib": msgspec.structs.replace(factor, time=time)}
    )


def quotient():
    contenders = cell(4).contenders
    return contenders["dlib"].wall.median_ms / contenders["torch"].wall.median_ms


@pytest.mark.parametrize("off", [0.96, 1.04])
def test_a_visible_difference_is_explained(off):
    said = quotient_remark(with_factor(quotient() * off), "dlib", "torch")
    assert f"the quotient of the medians is {quotient():.3f}" in said


@pytest.mark.parametrize("off", [0.99, 1.0, 1.01])
def test_what_nobody_sees_is_not_mentioned(off):
    assert quotient_remark(with_factor(quotient() * off), "dlib", "torch") is None


def test_where_there_is_nothing_to_divide_nothing_is_said():
    assert quotient_remark(cell(4), "torch", "torch") is None
    assert quotient_remark(cell(4), "nobody", "torch") is None
    assert quotient_remark(msgspec.structs.replace(cell(4), factors={}), "dlib", "torch") is None
