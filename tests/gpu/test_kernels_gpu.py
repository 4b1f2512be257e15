"""Kernels by class on a real GPU: run with `pytest -m gpu` (scripts/gpu_check.sh does)."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gpu

MOST_OTHER = 0.02
"""Of an iteration, for kernels that no rule knows."""


def profiled(*words):
    """The only cell's profile of a run in processes of its own."""
    command = [sys.executable, "-m", "benchcore", "profile", "--device", "cuda:0", *words]
    command += ["--image-size", "224", "--format", "json", "--allow-busy"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["profile"]["unknown_because"] == {}
    return cell["profile"]


@pytest.mark.parametrize(("mode", "batch"), [("infer", "1"), ("train", "8")])
def test_every_kernel_has_a_class_and_the_rows_add_up(mode, batch):
    profile = profiled("--mode", mode, "--batch", batch)
    for name, one in profile["contenders"].items():
        rows = {kind: share["time_ms"] for kind, share in one["rows"].items()}
        assert rows.get("other", 0.0) <= MOST_OTHER * one["untraced_ms"], name
        assert sum(rows.values()) == pytest.approx(one["untraced_ms"])
        assert one["source"] == "cupti"
        assert one["rows"]["convolution"]["launches"] >= 53
        assert one["host"]["launch"]["calls"] > 100
        # Kernels can't be longer than the iterations that they make, but for the clock's jitter.
        assert rows["idle"] > -0.02 * one["untraced_ms"], name
    gap = profile["gaps"]["dlib"]
    assert gap["adds_up"], gap


def test_all_of_pytorchs_variants_have_known_kernels():
    names = "torch-default,torch-channels-last,torch-amp-bf16,torch-cudagraph,torch"
    profile = profiled("--batch", "8", "--contenders", names)
    for name, one in profile["contenders"].items():
        other = one["rows"].get("other", {"time_ms": 0.0})["time_ms"]
        unknown = [kernel["name"] for kernel in one["kernels"] if kernel["kind"] == "other"]
        assert other <= MOST_OTHER * one["untraced_ms"], (name, unknown)
