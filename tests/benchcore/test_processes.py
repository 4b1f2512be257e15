"""Whether a contender's processes differ: the policy, and the sentence in reports."""

import random
from math import exp
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_documents import cell, small

from benchcore import report, result
from benchcore.processes import block_medians_ms, groups_ms
from benchcore.report import summary
from benchcore.report.process_words import processes_differ
from benchcore.samples import Block

RESULTS = Path(__file__).parents[2] / "docs/results"

TIMES_MS = st.floats(1e-3, 1e8)


def around(*levels_ms, scatter=0.002):
    """Four blocks of a process at each level, which scatter by that to either side."""
    offsets = (-scatter, scatter / 2, scatter, 0.0)
    return [[ms * exp(offset) for offset in offsets] for ms in levels_ms]


def shaped(launches_ms):
    return [
        Block(launch=launch, round=round_, position=0, started_s=0.0, wall_ms=[ms], enqueue_ms=[])
        for launch, blocks in enumerate(launches_ms)
        for round_, ms in enumerate(blocks)
    ]


def contender(launches_ms, **changes):
    measured = cell(4).contenders["dlib"]
    return msgspec.structs.replace(measured, samples=shaped(launches_ms), **changes)


def sizes(groups):
    return [len(group) for group in groups]


def test_two_groups_are_told_apart():
    groups = groups_ms(around(16.6, 12.7, 12.72, 16.7, 16.72, 16.65))
    assert sizes(groups) == [2, 4]
    assert groups[0] == pytest.approx([12.7, 12.72], rel=0.005)


def test_one_process_may_be_a_group():
    assert sizes(groups_ms(around(10.0, 12.0, 10.05, 9.95))) == [3, 1]


@pytest.mark.parametrize("levels", [(10.0, 10.3, 10.6, 10.9, 11.2), (10.0, 12.0)])
def test_without_clear_groups_there_is_one(levels):
    (group,) = groups_ms(around(*levels))
    assert len(group) == len(levels)


def test_what_is_within_five_percent_is_the_same():
    assert groups_ms(around(10.0, 10.0, 10.49)) is None
    assert groups_ms(around(10.0, 10.0, 10.51)) is not None


def test_blocks_that_scatter_as_much_hide_the_difference():
    # From the lowest block to the highest is twice the scatter: much more is four times it.
    assert groups_ms(around(10.0, 10.0, 12.0, 12.0, scatter=0.04)) is not None
    assert groups_ms(around(10.0, 10.0, 12.0, 12.0, scatter=0.05)) is None


def test_one_spoilt_process_doesnt_hide_the_others():
    launches = around(10.0, 10.0, 12.0, 12.0)
    launches[1][0] *= 3
    assert sizes(groups_ms(launches)) == [2, 2]


def test_nothing_is_said_of_one_process_or_of_few_blocks():
    assert groups_ms([]) is None
    assert groups_ms(around(10.0)) is None
    assert groups_ms([[10.0, 10.0], [20.0, 20.0]]) is None


def test_a_launch_that_was_cut_short_counts():
    launches = around(10.0, 10.0, 20.0)
    launches[2] = launches[2][:1]
    assert sizes(groups_ms(launches)) == [2, 1]


def test_noise_of_blocks_alone_never_fires():
    draw = random.Random(1)
    for sd in (0.005, 0.03, 0.1):
        for launches in (5, 8, 20):
            for _ in range(100):
                blocks = [[10 * exp(draw.gauss(0, sd)) for _ in range(4)] for _ in range(launches)]
                assert groups_ms(blocks) is None


@given(st.lists(TIMES_MS, min_size=1, max_size=8), st.integers(1, 20))
def test_identical_processes_never_differ(blocks, count):
    assert groups_ms([blocks] * count) is None


@given(st.lists(st.lists(TIMES_MS, min_size=1, max_size=6), max_size=12))
def test_groups_are_all_processes_in_order(launches):
    groups = groups_ms(launches)
    if groups is not None:
        flat = [ms for group in groups for ms in group]
        assert len(flat) == len(launches)
        assert flat == sorted(flat)
        assert len(groups) <= 2
        assert all(groups)


@given(st.lists(st.lists(st.floats(allow_nan=False), max_size=4), max_size=6))
def test_a_document_with_any_times_has_a_sentence_or_none(launches):
    said = processes_differ("dlib", contender(launches))
    assert said is None or said.startswith("dlib's ")


def test_repeated_blocks_and_impossible_times_dont_count():
    blocks = shaped([[10.0, 0.0, 11.0], [-1.0], []])
    blocks.append(msgspec.structs.replace(blocks[0], wall_ms=[99.0], superseded=True))
    blocks.append(msgspec.structs.replace(blocks[0], wall_ms=[]))
    assert block_medians_ms(blocks) == [[10.0, 11.0]]


def test_the_sentence_has_the_larger_group_first():
    said = processes_differ("dlib", contender(around(8.0, 8.0, 0.25, 8.0)))
    assert said == "dlib's 4 processes differ: 3 at 8 ms, 1 at 0.25 ms."


def test_the_sentence_has_the_range_where_there_are_no_groups():
    said = processes_differ("dlib", contender(around(900.0, 1200.0, 1500.0, scatter=0.0)))
    assert said == "dlib's 3 processes differ: from 900 to 1500 ms."


def test_nothing_is_said_of_a_contender_without_a_time():
    launches = around(8.0, 8.0, 4.0)
    assert processes_differ("dlib", contender(launches, status="oom", reason="Full.")) is None
    assert processes_differ("dlib", None) is None
    assert processes_differ("dlib", contender(around(8.0, 8.01, 8.0))) is None


def test_tables_and_summary_say_it():
    found = cell(4)
    changed = contender(around(7.2, 7.2, 9.6, 7.2))
    contenders = {**found.contenders, "dlib": changed}
    differing = msgspec.structs.replace(found, contenders=contenders)
    document = msgspec.structs.replace(small(), cells=[cell(1), differing])
    said = "dlib's 4 processes differ: 3 at 7.2 ms, 1 at 9.6 ms."
    for form in ("text", "markdown"):
        assert f"Batch 4: {said}" in report.RENDERERS[form](document)
    assert "processes differ: 3 at 7.2 ms, 1 at 9.6 ms." in report.RENDERERS["html"](document)
    assert (
        "In 1 of 2 cells dlib's processes differ by more than 5 %; the tables of factors say how."
    ) in summary.sentences(document)
    assert not any("processes differ" in sentence for sentence in summary.sentences(small()))


def test_dlibs_two_speeds_on_an_h100():
    document = result.read(RESULTS / "2026-11-26-h100-b-default.json")
    found = next(one for one in document.cells if one.batch == 32)
    said = [processes_differ(name, found.contenders[name]) for name in ("dlib", "torch")]
    assert said == ["dlib's 8 processes differ: 5 at 16.7 ms, 3 at 12.7 ms.", None]
    text = " ".join(report.RENDERERS["text"](document).split())
    assert f"Batch 32: {said[0]} Batch 32: The factor compares neighbouring blocks; " in text
    assert "the quotient of the medians is 1.404, since processes differ." in text
    assert "the quotient of the medians is 2.284, since they scatter." in text
