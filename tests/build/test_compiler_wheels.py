"""nvcc's wheels: of PyTorch's release, by hash where that release is pinned."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from build_support.compiler_wheels import PINNED, requirements
from scripts import cuda_tools


@pytest.mark.parametrize("release", PINNED)
def test_a_pinned_release_has_the_hashes_of_both_processors(release):
    lines, have_hashes = requirements(release)
    assert have_hashes
    for line in lines:
        assert re.fullmatch(
            rf"nvidia-[a-z-]+=={re.escape(release)}\.\d+( --hash=sha256:[0-9a-f]{{64}}){{2}}", line
        )
    hashes = re.findall(r"[0-9a-f]{64}", " ".join(lines))
    assert len(set(hashes)) == 2 * len(lines)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("12.8", ["nvidia-cuda-nvcc-cu12==12.8.*", "nvidia-cuda-cccl-cu12==12.8.*"]),
        ("13.7", ["nvidia-cuda-nvcc==13.7.*", "nvidia-cuda-cccl==13.7.*",
                  "nvidia-cuda-crt==13.7.*", "nvidia-nvvm==13.7.*"]),
    ],
)  # fmt: skip
def test_another_release_is_pinned_by_its_number(release, expected):
    assert requirements(release) == (expected, False)


@pytest.mark.parametrize(("release", "hashed"), [("13.0", True), ("12.8", False)])
def test_pip_is_told_to_require_the_hashes(monkeypatch, capsys, release, hashed):
    asked = []

    def pip(command, check):
        with Path(command[-1]).open() as stream:
            asked.append((command, stream.read()))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(sys, "argv", ["cuda_tools.py"])
    monkeypatch.setattr(torch.version, "cuda", release)
    monkeypatch.setattr(subprocess, "run", pip)
    cuda_tools.main()
    ((command, lines),) = asked
    assert ("--require-hashes" in command) == hashed == ("--hash=sha256:" in lines)
    assert f"=={release}" in lines
    assert ("without hashes" in capsys.readouterr().out) != hashed
