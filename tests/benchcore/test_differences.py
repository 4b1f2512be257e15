"""What differs between the environments of two documents, and what that forbids to say."""

import pytest
from test_compare import BASE, ENVIRONMENT, cell, contender, document

from benchcore.compare import compare
from benchcore.differences import shortened
from benchcore.report.comparison import render


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cpu": {"model": "B"}}, "machines differ (cpu)"),
        ({"gpus": []}, "machines differ (gpus)"),
        ({"torch": {"version": "2.7"}}, "reference's own version differs (torch)"),
        ({"fingerprint": None}, "doesn't describe its machine"),
        ({"dlib": {"version": "20.1"}}, None),
    ],
)
def test_other_machines_and_versions_limit_what_is_said(changed, said):
    worse = cell(contender(12.6), contender(10.0))
    comparison = compare(BASE, document(worse, environment={**ENVIRONMENT, **changed}))
    found = comparison.cells[0].contenders["dlib"]
    if said is None:
        assert comparison.comparability.limits == []
        assert found.finding == "REGRESSION"
        [difference] = comparison.comparability.differences
        assert (difference.key, difference.before, difference.after) == (
            "dlib.version",
            "20.0",
            "20.1",
        )
    else:
        [limit] = comparison.comparability.limits
        assert said in limit
        assert found.finding == "INCONCLUSIVE"
        assert limit in found.reason
        assert comparison.tested == 0


def test_two_builds_of_dlib_are_told_apart():
    origins = ("release 20.0.1", "changed release 20.0.1: algorithm cache, sha256 0123")
    stock, changed = (
        {
            **ENVIRONMENT,
            "dlib": {"backends": {"cuda": {"dlib": "20.0.1", "dlib_origin": origin}}},
            "fingerprint": origin,
        }
        for origin in origins
    )
    measured = cell(contender(12.0), contender(10.0))
    comparison = compare(
        document(measured, environment=stock), document(measured, environment=changed)
    )
    [difference] = comparison.comparability.differences
    assert (difference.before, difference.after) == origins
    assert not comparison.comparability.limits
    text = " ".join(render(comparison, "a.json", "b.json").split())
    assert "not the same" in text
    assert "dlib_origin release 20.0.1 changed release 20" in text


def test_values_are_shortened_to_one_line():
    assert shortened("a\nb", 9) == "a b"
    assert shortened([1, 2, 3, 4], 9) == "[1, 2,..."
    assert shortened(None, 9) == "null"


@pytest.mark.parametrize(
    ("earlier", "later", "machines"),
    [
        ({"gpus": [{"name": "G"}]}, {"gpus": [{"name": "G", "cuda_cores": 1}]}, False),
        (
            {"cpu": {"model": "A", "governor": None}},
            {"cpu": {"model": "A", "governor": "x"}},
            False,
        ),
        ({"gpus": [{"name": "G"}]}, {"gpus": [{"name": "G"}, {"name": "G"}]}, True),
        ({"gpus": []}, {"gpus": [{"name": "G"}]}, True),
        ({"gpus": [{"name": "G"}]}, {"gpus": {"name": "G"}}, True),
        ({"torch": False}, {"torch": []}, True),
    ],
)
def test_what_one_document_does_not_record_is_no_other_machine(earlier, later, machines):
    made = [
        document(cell(contender(12.0), contender(10.0)), environment={**ENVIRONMENT, **one})
        for one in (earlier, later)
    ]
    for pair in (made, made[::-1]):
        comparison = compare(*pair)
        assert comparison.comparability.differences
        assert bool(comparison.comparability.limits) is machines


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "2.6", "l2_cache_mib": [50.0]}, None),
        ({"version": "2.6", "threads": 4}, "own settings differ (threads)"),
        ({"version": "2.7", "threads": 4}, "own version differs (torch)"),
        ({"version": None}, "doesn't say which torch"),
    ],
)
def test_only_its_version_is_the_references_version(changed, said):
    before, after = (
        document(
            cell(contender(12.0), contender(10.0)), environment={**ENVIRONMENT, "torch": group}
        )
        for group in ({"version": "2.6", "threads": 2}, {"threads": 2, **changed})
    )
    limits = compare(before, after).comparability.limits
    assert (said is None and not limits) or (len(limits) == 1 and said in limits[0])


def test_the_package_tells_the_version_too():
    pair = [
        document(
            cell(contender(12.0), contender(10.0)),
            environment={**ENVIRONMENT, "packages": {"torch": version}},
        )
        for version in ("2.6", "2.7")
    ]
    (limit,) = compare(*pair).comparability.limits
    assert "own version differs (torch)" in limit


def test_nothing_drifts_between_two_machines():
    elsewhere = {**ENVIRONMENT, "cpu": {"model": "B"}}
    slower = document(cell(contender(24.0), contender(20.0)), environment=elsewhere)
    found = compare(BASE, slower).cells[0].contenders
    assert (found["dlib"].finding, found["torch"].finding) == ("SAME", "INCONCLUSIVE")
    assert "The machines differ (cpu)" in found["torch"].reason
