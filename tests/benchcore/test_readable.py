"""A cell that no reader would take costs a contender, not the document."""

import msgspec
import pytest
from sample_documents import cell, small

from benchcore import orders, result
from benchcore.readable import REASON, readable


def with_contender(name, **changes):
    found = cell(4)
    contenders = {
        **found.contenders,
        name: msgspec.structs.replace(found.contenders[name], **changes),
    }
    return msgspec.structs.replace(found, contenders=contenders)


def kept(broken):
    """The cell, read from a document again."""
    document = msgspec.structs.replace(small(), cells=[readable(broken, "torch")])
    return result.decode(result.encode(document), "x").cells[0]


def test_what_can_be_read_stays_as_it_is():
    assert readable(cell(4), "torch") == cell(4)


@pytest.mark.parametrize(
    "changes", [{"num_parameters": -5}, {"num_parameters": 2**70}, {"images_per_s": 1e300}]
)
def test_an_absurd_figure_costs_its_contender_and_what_is_compared_with_it(changes):
    found = kept(with_contender("dlib", **changes))
    assert found.contenders["dlib"].status == "crashed"
    assert found.contenders["dlib"].reason == REASON
    assert found.contenders["torch"] == cell(4).contenders["torch"]
    assert found.factors == {}
    assert found.verdict == {}


def test_without_a_reference_there_is_no_factor():
    found = kept(with_contender("torch", num_parameters=-1))
    assert found.contenders["dlib"] == cell(4).contenders["dlib"]
    assert (found.factors, found.verdict) == ({}, {})


def test_a_factor_that_is_absurd_costs_all_of_the_cell():
    whole = cell(4)
    time = msgspec.structs.replace(whole.factors["dlib"].time, estimate=-1.0)
    factor = msgspec.structs.replace(whole.factors["dlib"], time=time)
    found = kept(msgspec.structs.replace(whole, factors={"dlib": factor}))
    assert {one.status for one in found.contenders.values()} == {"crashed"}


@pytest.mark.parametrize(
    "answer",
    [
        b'{"type":"measured","wall_ms":[0],"enqueue_ms":[0]}',
        b'{"type":"measured","wall_ms":[1e300],"enqueue_ms":[0]}',
        b'{"type":"measured","wall_ms":[1],"enqueue_ms":[1],"device_ms":[-1]}',
        b'{"type":"burst_measured","wall_ms":0}',
        b'{"type":"failed","status":"ok","reason":""}',
    ],
)
def test_such_answers_are_none(answer):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(answer, type=orders.Answer)


@pytest.mark.parametrize("settings", [{str(n): n for n in range(301)}, [[]]])
def test_settings_have_a_limit(settings):
    if isinstance(settings, list):
        settings = {"deep": settings}
        for _ in range(60):
            settings = {"deep": settings}
    with pytest.raises(ValueError, match="settings"):
        orders.Ready(
            num_parameters=1,
            instantiate_ms=1.0,
            version="1",
            input_sha256="",
            weights_sha256="",
            precision="fp32",
            settings=settings,
            libraries=[],
        )
