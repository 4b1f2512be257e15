"""What docs/why.md says of factors on several machines and in several processes."""

import re
from collections import Counter

import pytest
from why_documents import LETTERS, NAMED, README, WHY, cell, of_one_network

from benchcore.architecture import RESNET50
from benchcore.compare import compare
from docs_support.cell_words import launch_medians_ms

A, B, C, D, F = (NAMED[letter] for letter in "abcdf")
DEFAULT = of_one_network(LETTERS, RESNET50)


def test_changes_between_machines_are_as_told():
    runs = {"train": NAMED["train"], **DEFAULT}
    rows = re.findall(r"^\| (\w+) (\d+) \| (\w+), (\w) \| (.+?) \| (\w+) \|$", WHY, re.M)
    apart = []
    for mode, batch, earlier, later, told, finding in rows:
        one = (int(batch), {"inference": "infer"}.get(mode, "train"))
        (found,) = [
            change.contenders["dlib"]
            for change in compare(runs[earlier], runs[later]).cells
            if (change.network, change.batch, change.mode) == (RESNET50, *one)
        ]
        low, high = (100 * (bound - 1) for bound in (found.factor.low, found.factor.high))
        assert (told, finding) == (f"{low:+.1f} to {high:+.1f} %", found.finding)
        pair = [cell(runs[name], *one).factors["dlib"].time for name in (earlier, later)]
        if max(factor.low for factor in pair) > min(factor.high for factor in pair):
            apart.append((batch, earlier, later))
    assert apart == [("1", "a", "c"), ("1", "a", "f"), ("128", "h", "i"), ("2", "train", "q")]
    assert len(rows) == 28
    assert "overlap in 24 of the 28 rows" in WHY
    measured = [
        (c.mode, str(c.batch), run.environment["machine_id"])
        for run in runs.values()
        for c in run.cells
        if c.network == RESNET50
    ]
    pairs = Counter((mode, batch) for mode, batch, _ in set(measured))
    told = Counter(({"inference": "infer"}.get(mode, "train"), batch) for mode, batch, *_ in rows)
    # Of n machines each pair has its row, where one of them measured it once.
    assert told == {one: n * (n - 1) // 2 for one, n in pairs.items() if n > 1}


def test_first_and_last_default_documents_agree_as_told():
    """Two documents of a cell, of different machines, as `benchcore compare` is given them."""
    found = {}
    for run in DEFAULT.values():
        for one in run.cells:
            if one.network == RESNET50:
                found.setdefault((one.mode, one.batch), []).append(run)
    pairs = {key: (runs[0], runs[-1]) for key, runs in found.items() if len(runs) > 1}
    apart, changed, slowed = [], [], []
    for (mode, batch), pair in pairs.items():
        times = [cell(run, batch, mode).factors["dlib"].time for run in pair]
        if max(time.low for time in times) > min(time.high for time in times):
            apart.append((mode, batch))
        (both,) = [
            change.contenders
            for change in compare(*pair).cells
            if (change.network, change.mode, change.batch) == (RESNET50, mode, batch)
        ]
        if not both["dlib"].factor.low <= 1 <= both["dlib"].factor.high:
            changed.append((mode, batch))
            slowed.append(100 * (both["torch"].time.estimate - 1))
    assert (len(pairs), apart) == (11, [("infer", 1)])
    assert "overlap in 10 of 11 cells, in all but batch 1" in WHY
    assert sorted(changed) == [("infer", 1), ("infer", 4), ("train", 8)]
    words = "where PyTorch, which a slowed core feeds, itself changed by {:.0f} to {:.0f} %"
    assert words.format(min(slowed), max(slowed)) in WHY


def test_processes_in_training_differ_as_told():
    def spread(batch, contender):
        times_ms = launch_medians_ms(cell(D, batch, "train").contenders[contender])
        return max(times_ms) / min(times_ms) - 1

    assert round(spread(8, "dlib"), 2) == 0.10
    assert round(spread(32, "dlib"), 2) == 0.15
    assert [round(100 * spread(batch, "torch")) for batch in (2, 8, 32)] == [7, 21, 2]


def test_dlib_has_two_speeds():
    medians = sorted(launch_medians_ms(cell(B, 32).contenders["dlib"]))
    assert [f"{value:.1f}" for value in medians] == ["12.7"] * 3 + ["16.6"] * 2 + ["16.7"] * 3
    medians = sorted(launch_medians_ms(cell(A, 8).contenders["dlib"]))
    assert [f"{value:.1f}" for value in medians] == ["9.0"] * 4 + ["9.8"] * 5
    for one in (cell(B, 32), cell(A, 8)):
        launches = {}
        for block in one.contenders["dlib"].samples:
            middle = sorted(block.wall_ms)[len(block.wall_ms) // 2]
            launches.setdefault(block.launch, []).append(middle)
        assert all(max(blocks) / min(blocks) < 1.01 for blocks in launches.values())
    fast = min(launch_medians_ms(cell(B, 32).contenders["dlib"]))
    assert fast / cell(NAMED["cured"], 32).contenders["dlib"].wall.median_ms == pytest.approx(
        1, abs=0.02
    )
    assert "16.7 ms in five of eight processes of *b* and 12.7 ms in three" in README


def test_a_slowed_core_costs_pytorch_and_hardly_dlib_at_batch_1():
    def longer(name):
        quiet, *slowed = (cell(run, 1).contenders[name].wall.median_ms for run in (A, C, F))
        return " and ".join(f"{100 * (ms / quiet - 1):.0f}" for ms in slowed)

    words = f"PyTorch takes {longer('torch')} % longer than in *a*, dlib {longer('dlib')} %"
    assert words in WHY


def test_dlib_is_slower_in_every_cell_that_is_decided():
    for run in (NAMED["infer"], NAMED["train"]):
        for one in run.cells:
            assert one.verdict["dlib"].outcome == "SLOWER"
    for run in (NAMED[letter] for letter in LETTERS):
        outcomes = {one.verdict["dlib"].outcome for one in run.cells}
        assert outcomes <= {"SLOWER", "INCONCLUSIVE"}
