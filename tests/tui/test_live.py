"""What the screens know of a run, event by event."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchcore.events import (
    BlockFinished,
    BlockRepeated,
    BlockStarted,
    CellFinished,
    CellStarted,
    ContenderFailed,
    MemoryMeasured,
    PhaseStarted,
    RemainingEstimated,
    RunFinished,
    RunStarted,
    Sampled,
)
from tui.live import LiveRun
from tui.memory_history import MOST_SAMPLES, WHOLE_DEVICE, MemoryHistory
from tui.steps import Steps, words


def after(events, until=None):
    """A LiveRun that was told all events up to the first of a kind, inclusive; one a second."""
    live = LiveRun()
    for second, event in enumerate(events):
        live.take(event, float(second))
        if until is not None and isinstance(event, until):
            break
    return live


def test_a_whole_run(recording):
    live = after(recording)
    document = live.recorder.document()
    assert document.status == "complete"
    assert live.finished is not None
    assert live.done == len(live.cells) == len(document.cells) == 4
    assert live.progress == 1
    assert live.remaining_s(1e6) is None
    assert live.elapsed_s(1e6) == len(recording) - 1
    assert [cell.result for cell in live.cells] == document.cells
    assert any("refused" in line.text for line in live.log)


def test_progress_never_goes_back_and_a_cell_ends_at_its_share(recording):
    live, before, share = LiveRun(), 0.0, 0.0
    for event in recording:
        live.take(event, 0.0)
        assert before <= live.progress <= 1
        before = live.progress
        if live.current is not None:
            share = max(share, live.cell_progress)
        if isinstance(event, CellFinished):
            assert live.progress == pytest.approx(live.done / 4)
    assert share > 0.8


def test_what_happens_is_said_in_words(recording):
    live, said = LiveRun(), []
    for event in recording:
        live.take(event, 0.0)
        if live.now not in said:
            said.append(live.now)
    assert said[:3] == [
        "Looking at the machine",
        "Making the machine ready",
        "Preparing weights and images",
    ]
    for expected in (
        "Memory of dlib",
        "Loading torch",
        "Building dlib",
        "Verifying torch",
        "Warming up dlib",
        "Block 1 of 8: dlib",
        "Block 8 of 8: dlib",
        "Parts of a training step: torch",
        "Complete",
    ):
        assert expected in said


def test_provisional_figures_come_from_blocks_and_the_memory_pass(recording):
    live = after(recording, BlockFinished)
    cell = live.current
    assert cell is not None
    assert cell.result is None
    assert set(cell.memory) == {"dlib", "torch"}
    (name,) = cell.medians_ms
    assert cell.typical_ms(name) == cell.medians_ms[name][0]
    assert cell.typical_ms("nobody") is None


def test_the_graph_begins_anew_with_each_cell(recording):
    live = after(recording, Sampled)
    assert live.memory.series
    begun = [n for n, event in enumerate(recording) if isinstance(event, CellStarted)]
    live = after(recording[: begun[1] + 1])
    assert live.memory.series == {}
    assert live.memory.marks == []
    assert live.memory.from_s == live.memory.until_s > 0


def test_the_remaining_time_is_a_guess_first_then_an_estimate(recording):
    live = LiveRun()
    live.take(recording[0], 0.0)
    assert live.remaining_s(0.0) is None
    live.guess(100.0, 0.0)
    live.guess(50.0, 10.0)
    assert live.remaining_s(40.0) == 60
    live.take(RemainingEstimated(remaining_s=30), 50.0)
    assert live.remaining_s(60.0) == 20


def test_a_guess_that_was_too_short_gives_way_to_the_pace(recording):
    live = LiveRun()
    begun = next(n for n, event in enumerate(recording) if isinstance(event, CellFinished))
    for event in recording[:begun]:
        live.take(event, 0.0)
    live.guess(40.0, 0.0)
    share = live.progress
    assert 0.15 < share < 0.25
    by_share_s = 100.0 * (1 - share) / share
    assert by_share_s / 2 < live.remaining_s(100.0) <= by_share_s


def test_an_estimate_that_runs_out_is_no_end(recording):
    live = LiveRun()
    begun = [n for n, event in enumerate(recording) if isinstance(event, CellFinished)]
    for event in recording[: begun[1] + 1]:
        live.take(event, 0.0)
    live.take(RemainingEstimated(remaining_s=10), 100.0)
    assert live.remaining_s(105.0) == pytest.approx(105 / 2)
    assert live.remaining_s(200.0) == pytest.approx(100)
    live.end(200.0)
    assert live.remaining_s(201.0) is None


def test_a_failure_is_kept_with_its_cell_and_said(recording):
    begun = [n for n, event in enumerate(recording) if isinstance(event, CellStarted)]
    live = after(recording[: begun[0] + 1])
    failed = ContenderFailed(contender="dlib", status="crashed", reason="It fell.")
    live.take(failed, 3.0)
    assert live.current is not None
    assert live.current.failed == {"dlib": "crashed"}
    assert live.log[-1].text == "dlib crashed: It fell."


@pytest.mark.parametrize("status", ["interrupted", "timeout"])
def test_an_early_end(recording, status):
    live = after(recording, BlockFinished)
    live.take(RunFinished(status=status), 99.0)
    assert live.over
    assert live.under_way  # it stays to be seen, and is not in the document
    assert "finished cells are kept" in live.now
    assert live.recorder.document().status == status


def test_events_outside_of_a_cell_do_no_harm(recording):
    live = LiveRun()
    live.take(recording[0], 0.0)
    live.take(BlockFinished(contender="a", launch=0, round=0, iterations=1, median_ms=1), 0.0)
    live.take(PhaseStarted(contender="a", phase="memory"), 0.0)
    assert live.progress == 0


def test_a_repeated_block_says_why_it_waits():
    again = BlockRepeated(contender="torch", reason="throttled", pause_s=2.0)
    assert words(again) == "A block was throttled; again in 2 s"
    block = BlockStarted(contender="dlib", launch=2, number=3, blocks=8, burst=True)
    assert words(block) == "Throughput block 3 of 8, launch 3: dlib"
    assert words(PhaseStarted(contender="dlib", phase="timing")) is None


def test_more_launches_than_planned_stay_below_the_whole(recording):
    assert isinstance(recording[0], RunStarted)
    steps = Steps(recording[0].plan)
    for number in range(500):
        steps.take(BlockStarted(contender="dlib", launch=number, number=1, blocks=8))
        assert 0 <= steps.share < 1


def test_where_only_the_device_is_known_it_has_a_series():
    history = MemoryHistory()
    history.add(Sampled(at_s=1, memory_mib={"": 5.0}, memory_source="nvml_device_growth"))
    assert history.series[WHOLE_DEVICE].values_mib == [5.0]
    assert "whole GPU" in history.source


@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_thinning_keeps_order_and_peaks(values):
    history = MemoryHistory()
    many = (values * (MOST_SAMPLES // len(values) + 2))[: MOST_SAMPLES + 7]
    for place, value in enumerate(many):
        history.add(Sampled(at_s=float(place), memory_mib={"a": value}, memory_source="resident"))
    series = history.series["a"]
    assert len(series.times_s) == len(series.values_mib) <= MOST_SAMPLES
    assert series.times_s == sorted(series.times_s)
    assert max(series.values_mib) == max(many)


def test_memory_is_kept_as_it_was_measured(recording):
    told = [event for event in recording if isinstance(event, MemoryMeasured)]
    live = after(recording)
    kept = [memory for cell in live.cells for memory in cell.memory.values()]
    assert kept == [event.memory for event in told]
