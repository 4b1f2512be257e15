"""The parts in a short form: nothing is wrong, and no descriptor and no thread is lost.

How memory grows shows only in the long form: in so few calls it is all the allocator's wobble.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import dlib_net
from benchcore import proof
from benchmarks.endurance import __main__ as command
from benchmarks.endurance import failures, passes, stress
from benchmarks.endurance.cells import cells
from benchmarks.endurance.flat import Slope
from benchmarks.endurance.part import Part

ROOT = Path(__file__).resolve().parents[2]


def run_apart(code: str) -> str:
    """What a process of its own prints: its limits and its allocator are not this one's."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dies(device):
    os.kill(os.getpid(), signal.SIGKILL)


def raises(device):
    raise ValueError(f"no {device}")


def leaks(device):
    return Part("leaking", "1 call", 1.0, [Slope("threads", "threads a call", 1.0, 0.5)])


def counted(part: Part) -> dict[str, bool]:
    assert part.wrong == []
    return {slope.what: slope.within for slope in part.slopes if slope.what != "resident memory"}


@pytest.mark.parametrize(
    ("part", "count"), [(passes.forwards, 40), (passes.steps, 6), (passes.networks, 6), (cells, 4)]
)
def test_nothing_is_lost(monkeypatch, part, count):
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    assert counted(part("cpu", count)) == {"descriptors": True, "threads": True}


def test_eight_threads_for_five_seconds():
    part = stress.stress("cpu", 5)
    assert part.wrong == []
    assert "training steps" in part.did


def test_the_stress_tells_foreign_logits_lost_steps_and_threads_that_die():
    with stress.Stress("cpu") as run:
        run._expected[0] = run._expected[0] + 1
        run._infer_shared(0)
        run._trained.train_step(passes.images(2), stress.LABELS, lr=stress.RATE)
        run._read_state()
        run.check_training()
        run._own[1].close()
        run._infer_own(1)
    foreign, state, end, closed = run.wrong
    assert "thread 0 got logits that are not its own" in foreign
    assert "of the largest from them" in foreign
    assert "a state that no step leaves" in state
    assert "ended in another state" in end
    assert "closed" in closed


def test_on_cuda_rounding_is_no_foreign_pass_but_a_lost_step_is_told():
    with stress.Stress("cpu", exact=False) as run:
        run._expected[0] = run._expected[0] * np.float32(1 + 1e-5)
        run._infer_shared(0)
        run._train()
        run.check_training()
        assert run.wrong == []
        run._expected[0] = run._expected[3]
        run._infer_shared(0)
        run._trained.train_step(passes.images(2), stress.LABELS, lr=stress.RATE)
        run.check_training()
    foreign, end = run.wrong
    assert "thread 0 got logits that are not its own" in foreign
    assert "ended in another state" in end


def test_the_logits_of_the_threads_are_far_apart():
    """Or rounding could not be told from another thread's pass."""
    with stress.Stress("cpu") as run:
        for first, second in combinations(run._expected, 2):
            if first.shape == second.shape:
                assert stress.difference(first, second) > 100 * proof.LOGIT_BOUND
            else:
                assert stress.difference(first, second) == np.inf


@pytest.mark.parametrize(
    ("found", "held"), [([2.0], True), ([12.0], True), ([12.5], False), ([np.nan], False)]
)
def test_chance_reaches_ten_times_as_far_as_a_second_run(found, held):
    one, other = ({"loss": np.array(value)} for value in ([2.0], [3.0]))
    assert stress.by_chance({"loss": np.array(found)}, one, other) is held


@pytest.mark.parametrize(
    ("mode", "name"),
    [("infer", "a wrong shape"), ("train", "a label of 1000"), ("train", "NaN")],
)
def test_after_a_failed_call_all_is_as_in_a_fresh_network(mode, name):
    (failure,) = [one for one in failures.failures(mode, "cpu") if one[0] == name]
    assert list(failures._check("resnet50", mode, "cpu", failure)) == []


def test_a_failure_that_leaves_traces_is_told():
    def moves_parameters(net):
        net.train_step(passes.images(2, failures.SIDE_PX), [1, 2], lr=0.01)
        net.forward(np.zeros((0, 3, 64, 64), np.float32))

    failure = ("an empty batch", dlib_net.LabelError, moves_parameters)
    raised, changed, differs = failures._check("resnet50", "train", "cpu", failure)
    assert "it raised ShapeError" in raised
    assert "changed the state" in changed
    assert "differs from that of a fresh network" in differs
    harmless = ("nothing", dlib_net.LabelError, lambda net: None)
    assert list(failures._check("resnet50", "infer", "cpu", harmless)) == [
        "it raised nothing, not LabelError."
    ]


def test_memory_that_runs_out_leaves_no_trace():
    done = run_apart(
        "import ctypes\n"
        "from benchmarks.endurance import failures\n"
        "ctypes.CDLL(None).mallopt(failures.M_MMAP_THRESHOLD, 128 * 1024)\n"
        "name = 'no memory after 8 MiB in a step'\n"
        "found = [failures._check('resnet50', 'train', 'cpu', failure)\n"
        "         for failure in failures.failures('train', 'cpu') if failure[0] == name]\n"
        "print(len(found), [s for said in found for s in said], "
        "list(failures._no_memory_for_a_network()))\n"
    )
    assert done == "1 [] []\n"


def run_command(monkeypatch, capsys, *words: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["endurance", *words])
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    try:
        status = command.main()
    except SystemExit as ended:
        return int(ended.code), capsys.readouterr().err.splitlines()[-1]
    return status, capsys.readouterr().out


def test_the_command_goes_on_when_a_part_dies_and_keeps_all(monkeypatch, capsys, tmp_path):
    parts = {"dying": (dies, ()), "raising": (raises, ()), "leaking": (leaks, ()),
             "networks": (passes.networks, (1,))}  # fmt: skip
    monkeypatch.setattr(command, "PARTS", parts)
    path = tmp_path / "endurance.json"
    status, out = run_command(
        monkeypatch, capsys, "--parts", ",".join(parts), "--jobs", "1", "--json", str(path)
    )
    assert status == 1
    assert out.endswith("NOT as it should be\n")
    document = json.loads(path.read_text())
    assert document["passed"] is False
    found = {part["name"]: part for part in document["endurance"]}
    assert list(found) == list(parts)
    assert [part["passed"] for part in found.values()] == [False, False, False, True]
    assert "BrokenProcessPool" in found["dying"]["wrong"][0]
    assert found["raising"]["wrong"] == ["It ended early: ValueError: no cpu"]
    assert {line.split(" in ")[0] for line in out.splitlines()} >= {
        "ok   networks: 1 networks created and destroyed",
        "BAD  leaking: 1 call",
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--parts", "forwards,sleep"), "--parts has 'sleep'; give some of "),
        (("--jobs", "0"), "--jobs is 0; it is a number above 0."),
        (("--device", "abacus"), "--device: device 'abacus' is not understood"),
        (("--json", "/no/such/folder/x.json"), "can't be written: No such file"),
    ],
)
def test_wrong_options_are_told_before_anything_runs(monkeypatch, capsys, words, says):
    status, line = run_command(monkeypatch, capsys, *words)
    assert status == 2
    assert says in line
