"""What docs/why.md and README.md say of documents in words of their own, held against them."""

import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchcore.architecture import RESNET50, RESNET50_DLIB, state_shapes
from benchcore.compare import compare
from benchcore.products import products
from docs_support import documents
from docs_support.cell_words import launch_medians_ms
from docs_support.kept import kept

ROOT = Path(__file__).parents[2]
RUNS = {run.name: run.document for run in documents.read_all(ROOT)[0]}
INFER = RUNS["2026-11-26-h100-profile-infer"]
TRAIN = RUNS["2026-11-26-h100-profile-train"]
CURED = RUNS["2026-11-26-h100-cured-quick"]
NAMES = ["a", "b", "c", "d-train", "e", "f", "g", "h", "i", "j-train", "j-infer"]
DEFAULT = {
    letter: RUNS[f"2026-11-26-h100-{name}-default"]
    for letter, name in zip("abcdefghijk", NAMES, strict=True)
}
DEFAULT |= {
    name[0]: RUNS[f"2026-11-27-h100-{name}-default"]
    for name in ("l-train", "o-infer", "p-infer", "q-train")
}
DEFAULT["r"] = RUNS["2026-11-27-h100-r-default"]
OTHER_NETWORK = [
    RUNS[f"2026-11-27-h100-{name}-default"] for name in ("m-dlib-infer", "n-dlib-train")
]
A, B, C, D, E, F, G, H, L = (DEFAULT[letter] for letter in "abcdefghl")
OTHERS = [
    RUNS[f"2026-11-26-h100-{name}-quick"]
    for name in ("i-contenders", "j-contenders-infer", "j-contenders-train")
]
LATER_CURED, CURED_TRAIN, CURED_TRAIN_QUICK, CURED_OTHER = (
    RUNS[f"2026-11-27-h100-cured-{name}"]
    for name in ("default", "profile-train", "train-quick", "profile-dlib-infer")
)
OTHER_INFER = RUNS["2026-11-27-h100-profile-dlib-infer"]
OTHER_QUICK = RUNS["2026-11-27-h100-p-dlib-quick"]
TWELFTH = [LATER_CURED, CURED_TRAIN, CURED_TRAIN_QUICK, OTHER_INFER, CURED_OTHER, OTHER_QUICK]
TWELFTH.append(RUNS["2026-11-27-h100-p-contenders-quick"])
OTHER_TRAIN_QUICK = RUNS["2026-11-27-h100-r-dlib-train-quick"]
QUICK = RUNS["2026-11-24-h100-quick"]
WHY = (ROOT / "docs" / "why.md").read_text()
README = (ROOT / "README.md").read_text()


def cell(document, batch, mode="infer"):
    return next(c for c in document.cells if (c.batch, c.mode) == (batch, mode))


def memory(document, batch, contender, mode="infer"):
    return cell(document, batch, mode).contenders[contender].memory


def grown_mib(document, batch, mode="infer"):
    held = memory(document, batch, "dlib", mode)
    return held.steady_mib - held.model_mib


def test_the_commands_are_those_of_the_documents():
    rows = re.findall(r"^\| (\w+) \| `(.+?)`.* \| \[.+?\]\(results/(.+?)\.json\) \|$", WHY, re.M)
    assert " ".join(name for name, *_ in rows) == (
        "infer train cured b a c d e f g h i j k l m n o p q r cured2 cured3 cured4 other "
        "cured5 quick2 quick3 others1 others2 others3 others4 quick"
    )
    for _, command, name in rows[:-1]:
        words = iter(RUNS[name].command)
        kept_words = [word for word in words if word != "--jsonl" and not _skipped(word, words)]
        assert sorted(command.split()) == sorted(kept_words)


def _skipped(word, words):
    """Whether it is --output, whose value is then gone too."""
    return word == "--output" and next(words) is not None


def test_machines_and_times_are_as_told():
    later = list(DEFAULT.values())[2:]
    several = [INFER, TRAIN, CURED, B, A, QUICK, *later, *OTHERS, *OTHER_NETWORK, *TWELFTH]
    several.append(OTHER_TRAIN_QUICK)
    machines = [run.environment["machine_id"] for run in several]
    assert len(set(machines[:4])) == 1
    assert machines[7] == machines[8]
    assert machines[9] == machines[10]
    assert machines[12] == machines[20]
    assert len({machines[place] for place in (13, 14, 21, 22)}) == 1
    assert len({machines[place] for place in (15, 23, 24)}) == 1
    assert len({machines[place] for place in (17, 18, *range(25, 32))}) == 1
    assert machines[19] == machines[32]
    assert len(set(machines)) == 13
    first, last = map(datetime.fromisoformat, (INFER.created, B.ended))
    assert last - first < timedelta(minutes=30)
    assert [run.status for run in (A, B)] == ["interrupted"] * 2
    assert [[c.launches for c in run.cells] for run in (A, B)] == [[8, 9], [8, 8]]
    assert [[c.launches for c in run.cells] for run in (C, D, E)] == [
        [5, 4, 6, 7, 8],
        [3, 5, 6],
        [7],
    ]
    assert [[c.launches for c in run.cells] for run in (F, G, H)] == [[5, 5], [5, 4, 8], [10, 5]]
    assert [[c.launches for c in run.cells] for run in later[-8:]] == [
        *([5, 5], [8, 6], [10], [6, 9]),
        *([4], [8, 7], [4], [5, 5]),
    ]
    assert [len(run.cells) for run in TWELFTH] == [1, 2, 2, 2, 2, 4, 1]
    assert [[c.launches for c in run.cells] for run in OTHER_NETWORK] == [[10, 5, 4, 5], [7, 4]]
    assert [len(run.cells) for run in OTHERS] == [2, 1, 2]
    unslowed = [
        (run, c.batch)
        for run in (*later, *OTHERS, *OTHER_NETWORK, *TWELFTH, OTHER_TRAIN_QUICK)
        for c in run.cells
        if "slow_core" not in c.flags
    ]
    assert unslowed == [(OTHER_INFER, 8), (OTHER_TRAIN_QUICK, 64)]
    assert not any("slow_core" in c.flags for run in (A, B) for c in run.cells)
    single = (INFER, TRAIN, CURED, QUICK, *OTHERS, *TWELFTH[1:], OTHER_TRAIN_QUICK)
    assert {c.launches for run in single for c in run.cells} == {1}
    assert [c.launches for c in LATER_CURED.cells] == [10]


def test_processes_in_training_differ_as_told():
    def spread(batch, contender):
        times_ms = launch_medians_ms(cell(D, batch, "train").contenders[contender])
        return max(times_ms) / min(times_ms) - 1

    assert round(spread(8, "dlib"), 2) == 0.10
    assert round(spread(32, "dlib"), 2) == 0.15
    assert [round(100 * spread(batch, "torch")) for batch in (2, 8, 32)] == [7, 21, 2]


def test_changes_between_machines_are_as_told():
    runs = {"train": TRAIN, **DEFAULT}
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
        if run is not INFER and c.network == RESNET50
    ]
    pairs = Counter((mode, batch) for mode, batch, _ in set(measured))
    told = Counter(({"inference": "infer"}.get(mode, "train"), batch) for mode, batch, *_ in rows)
    # Of n machines each pair has its row, where one of them measured it once.
    assert told == {one: n * (n - 1) // 2 for one, n in pairs.items() if n > 1}


def test_first_and_last_default_documents_agree_in_all_cells_but_one():
    """Two documents of a cell, of different machines, as `benchcore compare` would be given."""
    found = {}
    for run in DEFAULT.values():
        for one in run.cells:
            if one.network == RESNET50:
                found.setdefault((one.mode, one.batch), []).append(one.factors["dlib"].time)
    pairs = {key: (times[0], times[-1]) for key, times in found.items() if len(times) > 1}
    apart = [key for key, (a, b) in pairs.items() if max(a.low, b.low) > min(a.high, b.high)]
    assert (len(pairs), apart) == (11, [("infer", 1)])
    assert "overlap in 10 of 11 cells, in all but batch 1" in WHY


def test_pinned_host_memory_fits_the_surplus():
    row = r"^\| (inference|training) (\d+) \| (\w) \| (\d+) \| ([\d.]+) \| (\d+) \|$"
    rows = re.findall(row, WHY, re.M)
    assert len(rows) == 9
    for mode, batch, name, keeps, share, surplus in rows:
        mode = "infer" if mode == "inference" else "train"
        held = memory(DEFAULT[name], int(batch), "dlib", mode)
        total_mib = kept(mode, int(batch), 224, 224).total_mib
        driver_mib = held.sources["cuda_driver_growth"]["steady_mib"]
        found_mib = driver_mib - (held.steady_mib - held.context_mib)
        assert (f"{total_mib:.0f}", f"{total_mib / 512:.1f}") == (keeps, share)
        assert f"{found_mib:.0f}" == surplus
        assert found_mib == pytest.approx(total_mib / 512, abs=2)
        torch = memory(DEFAULT[name], int(batch), "torch", mode)
        growth_mib = torch.steady_mib - torch.context_mib
        assert torch.sources["cuda_driver_growth"]["steady_mib"] == growth_mib


def test_other_contenders_are_as_told():
    def ms(run, batch, name, mode="infer"):
        return cell(run, batch, mode).contenders[name].wall.median_ms

    small, large, train = OTHERS
    for run, batch, mode, told in ((large, 128, "infer", 2.53), (train, 32, "train", 2.36)):
        names = ("dlib", "torch-default")
        dlib_ms, default_ms = (ms(run, batch, name, mode) for name in names)
        assert round(dlib_ms / default_ms, 2) == told
        assert f"{dlib_ms:.1f} with {default_ms:.1f} ms" in WHY
    fast = ("torch-cudagraph", "torch-compile", "torch-channels-last")
    words = [f"`{name}` takes {ms(large, 128, name):.1f} ms" for name in fast[:1]]
    words += [f"`{name}` {ms(large, 128, name):.1f} ms" for name in fast[1:]]
    words += [f"{ms(small, 1, 'torch-cudagraph'):.2f} ms against {ms(small, 1, 'torch'):.2f} ms"]
    words += [f"dlib takes {ms(small, 1, 'dlib'):.2f} ms"]
    for run, batch in ((large, 128), (small, 32)):
        pair = (ms(run, batch, "dlib"), ms(run, batch, "dlib-fused"))
        words.append(f"{pair[0]:.1f} ms to {pair[1]:.1f} ms at batch {batch}")
    assert [word for word in words if word not in WHY] == []
    for run, batch, mode in ((small, 1, "infer"), (train, 2, "train")):
        outcomes = {
            name: verdict.outcome for name, verdict in cell(run, batch, mode).verdict.items()
        }
        undecided = {name for name, outcome in outcomes.items() if outcome == "INCONCLUSIVE"}
        assert {name for name in outcomes if name.startswith("torch-")} <= undecided


def test_a_slowed_core_costs_pytorch_and_hardly_dlib_at_batch_1():
    def longer(name):
        quiet, *slowed = (cell(run, 1).contenders[name].wall.median_ms for run in (A, C, F))
        return " and ".join(f"{100 * (ms / quiet - 1):.0f}" for ms in slowed)

    words = f"PyTorch takes {longer('torch')} % longer than in *a*, dlib {longer('dlib')} %"
    assert words in WHY


def test_dlib_is_slower_in_every_cell_that_is_decided():
    for run in (INFER, TRAIN):
        for one in run.cells:
            assert one.verdict["dlib"].outcome == "SLOWER"
    for run in (*DEFAULT.values(), *OTHER_NETWORK):
        outcomes = {one.verdict["dlib"].outcome for one in run.cells}
        assert outcomes <= {"SLOWER", "INCONCLUSIVE"}


def test_the_other_network_is_as_told():
    infer, train = OTHER_NETWORK
    factors = [
        cell(run, batch, mode).factors["dlib"].time.estimate
        for run, batch, mode in (
            (infer, 32, "infer"),
            (infer, 128, "infer"),
            (train, 32, "train"),
        )
    ]
    assert all(1 + 1 / 3 < factor < 1.4 for factor in factors)
    macs = [
        sum(product.macs for product in products(network, 224, 224))
        for network in (RESNET50_DLIB, RESNET50)
    ]
    assert macs[0] / macs[1] == pytest.approx(4 / 5, abs=0.01)
    below = [
        (c.network, c.mode, c.batch)
        for run in (*DEFAULT.values(), *OTHER_NETWORK)
        for c in run.cells
        if c.factors["dlib"].time.estimate < 1
    ]
    assert below == [("resnet50-dlib", "train", 2)]


def test_batch_8_of_the_other_network_is_a_direct_convolution():
    traced = cell(OTHER_INFER, 8).profile.contenders
    families = traced["dlib"].algorithms
    assert {name: share.launches for name, share in families.items()} == {
        "direct": 7,
        "implicit GEMM": 42,
    }
    assert families["direct"].time_ms > 0.6 * cell(OTHER_INFER, 8).contenders["dlib"].wall.median_ms
    assert not any(one.startswith("direct") for one in traced["torch"].algorithms)
    assert "direct" not in cell(CURED_OTHER, 8).profile.contenders["dlib"].algorithms
    assert not cell(OTHER_INFER, 8).profile.gaps["dlib"].adds_up
    assert cell(CURED_OTHER, 8).verdict["dlib"].outcome == "INCONCLUSIVE"


def test_the_longer_key_in_training_is_as_told():
    for one in CURED_TRAIN.cells:
        assert one.profile.gaps["dlib"].adds_up
    assert cell(CURED_TRAIN, 2, "train").verdict["dlib"].outcome == "FASTER"
    assert cell(CURED_TRAIN_QUICK, 8, "train").verdict["dlib"].outcome == "INCONCLUSIVE"
    factors = [f"{cell(run, 32, 'train').factors['dlib'].time.estimate:.2f}" for run in (D, L)]
    assert factors == ["1.32"] * 2
    assert "have 1.32 over six and nine processes" in WHY
    families = cell(TRAIN, 32, "train").profile.contenders["dlib"].algorithms
    assert families["FFT"].launches == 158
    times_ms = launch_medians_ms(cell(LATER_CURED, 32).contenders["dlib"])
    assert len(times_ms) == 10
    assert max(times_ms) < 13.5


def test_cured_documents_are_of_one_changed_dlib_and_the_others_of_none():
    def origin(run):
        return run.environment["dlib"]["backends"]["cuda"]["dlib_origin"]

    cured = [CURED, LATER_CURED, CURED_TRAIN, CURED_TRAIN_QUICK, CURED_OTHER]
    assert len({origin(run) for run in cured}) == 1
    assert "algorithm cache keyed by whole shape" in origin(CURED)
    released = [run for run in (INFER, TRAIN, *DEFAULT.values(), *TWELFTH) if run not in cured]
    assert not any("changed" in origin(run) for run in released)


def test_verdicts_given_anew_say_so():
    for run in (F, G):
        assert any("scripts/judge_again.py" in note for note in run.notes)
        assert run.noise_floor.log_half_width < 0.02
    assert not any("judge_again" in note for note in H.notes)


def test_rows_add_up_and_convolutions_are_nine_tenths():
    for one in INFER.cells:
        gap = one.profile.gaps["dlib"]
        assert gap.sum_ms / gap.measured_ms == pytest.approx(1, abs=0.01)
        assert gap.rows_ms["convolution"] / gap.measured_ms > 0.9
    assert not cell(TRAIN, 2, "train").profile.gaps["dlib"].adds_up
    assert cell(TRAIN, 32, "train").profile.gaps["dlib"].adds_up


def test_convolutions_have_five_keys():
    shapes = [
        (name, shape[2])
        for name, shape in state_shapes(RESNET50).items()
        if name.endswith("weight") and len(shape) == 4
    ]
    strided = re.compile(r"layer[234]\.0\.(conv2|downsample\.0)\.weight|conv1\.weight")
    keys = Counter((side, bool(strided.fullmatch(name))) for name, side in shapes)
    assert keys == {(1, False): 33, (3, False): 13, (3, True): 3, (1, True): 3, (7, True): 1}
    # The launches of batch 32 and 128 fit them: 33 and the first, 3 and 3, and 13 by FFT.
    for batch in (32, 128):
        dlib = cell(INFER, batch).profile.contenders["dlib"]
        families = dlib.algorithms
        assert families["implicit GEMM"].launches == 34
        assert families["xmma implicit GEMM"].launches == 6
        filters = [k for k in dlib.kernels if "fft2d_r2c_32x32<float, false, 1u, true>" in k.name]
        assert [kernel.launches for kernel in filters] == [13]
        torch = cell(INFER, batch).profile.contenders["torch"]
        flipped = [kernel for kernel in torch.kernels if "flip_filter" in kernel.name]
        assert [kernel.launches for kernel in flipped] == [8]
        assert torch.algorithms["xmma implicit GEMM"].launches == 44
    assert list(cell(INFER, 1).profile.contenders["torch"].algorithms) == ["xmma implicit GEMM"]


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
    assert fast / cell(CURED, 32).contenders["dlib"].wall.median_ms == pytest.approx(1, abs=0.02)
    assert "16.7 ms in five of eight processes of *b* and 12.7 ms in three" in README


def test_wrong_peaks_are_those_of_the_search():
    for run, batch, name in ((INFER, 32, "torch"), (CURED, 128, "dlib-fused")):
        held = memory(run, batch, name)
        assert held.step_peak_mib == held.search_peak_mib > held.steady_mib + 1000
    assert f"{cell(INFER, 32).factors['dlib'].memory.estimate:.3f}" == "1.270"
    assert f"{cell(CURED, 128).factors['dlib-fused'].memory.estimate:.3f}" == "6.532"
    assert "The factors 1.270 and 6.532" in WHY
    assert memory(B, 32, "torch").step_peak_mib == 1390


def test_memory_in_words_is_as_measured_and_counted():
    assert f"{100 * kept('infer', 128, 224, 224).total_mib / grown_mib(INFER, 128):.0f}" == "83"
    assert f"{100 * kept('train', 32, 224, 224).total_mib / grown_mib(TRAIN, 32, 'train'):.0f}" == (
        "79"
    )
    assert "explains 83 % of the growth at batch 128 in inference and 79 % at batch 32" in WHY
    rests = [
        f"{grown_mib(run, batch) - kept('infer', batch, 224, 224).total_mib:.0f}"
        for batch in (128, 32)
        for run in (INFER, CURED)
    ]
    assert rests == ["1737", "571", "1383", "255"]
    assert "rest of 1737 MiB at batch 128 falls to 571, that of 1383 MiB at batch 32 to 255" in WHY
    assert grown_mib(INFER, 128) - grown_mib(CURED, 128) == 1166
    assert "8221 of the 9958 MiB" in WHY
    assert "7332 of 9230 MiB" in WHY


def test_costs_in_words_are_the_documents():
    gap = cell(TRAIN, 32, "train").profile.gaps["dlib"].rows_ms
    assert f"{gap['fill'] + gap['addition']:.1f}" == "2.3"
    dlib, torch = (cell(QUICK, 128, "train").contenders[name] for name in ("dlib", "torch"))
    loss = [one.stages["loss"].median_ms for one in (dlib, torch)]
    assert f"{loss[0] - loss[1]:.1f}" == "1.7"
    assert f"{dlib.wall.median_ms - torch.wall.median_ms:.0f}" == "69"
    macs = [product.macs for product in products(RESNET50, 224, 224)]
    assert f"{100 * macs[0] / sum(macs):.1f}" == "2.9"
    launches = cell(TRAIN, 32, "train").profile.contenders["dlib"].rows["optimiser"].launches
    assert launches == 215
    growths = dlib.memory.sources["cuda_driver_growth"]["steady_mib"]
    held = dlib.memory.steady_mib - dlib.memory.context_mib
    assert growths - held == 58


def test_both_sides_compute_the_same_in_every_document():
    for run in (INFER, TRAIN, CURED, A, B, QUICK):
        for one in run.cells:
            for result in one.contenders.values():
                if result.status == "ok":
                    assert result.settings["convolution_math"] == "strict fp32"
                    assert result.settings["input_gradient"] is (one.mode == "train")
