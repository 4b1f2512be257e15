"""The built modules: nothing of dlib leaks out, and they say what they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import dlib_net
from dlib_net import _backends

MODULES = sorted(Path(dlib_net.__file__).parent.glob("_*.so"))


def test_the_modules_are_there():
    assert {path.name.split(".")[0] for path in MODULES} >= {"_cpu", "_dlpack"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name.split(".")[0])
def test_only_the_entry_point_is_exported(path):
    done = subprocess.run(
        ["nm", "-D", "--defined-only", str(path)], capture_output=True, text=True, check=True
    )
    assert [line.split()[-1] for line in done.stdout.splitlines()] == [
        f"PyInit_{path.name.split('.')[0]}"
    ]


def test_no_path_of_the_build_machine_is_in_the_modules():
    for path in MODULES:
        assert b"/dlib-net/dlib-" not in path.read_bytes()


def test_build_info_says_what_was_built_and_what_is_loaded():
    info = dlib_net.build_info()
    cpu = info["backends"]["cpu"]
    assert cpu["dlib"].count(".") == 2
    assert "-DDLIB_NO_ABORT_ON_2ND_FATAL_ERROR" in cpu["options"]
    assert "OpenBLAS" in cpu["libraries"]["openblas"]
    assert info["one_copy_each"] is True
    assert "cuda" in info["backends"]
    assert dlib_net.available_devices()[0] == "cpu"


def test_a_build_for_another_processor_is_refused_in_words(monkeypatch):
    class Foreign:
        BUILD = {"processor": ["avx", "avx9000"]}  # noqa: RUF012

    with pytest.raises(ImportError, match=r"a processor with avx9000, which this one lacks"):
        _backends._check_processor(Foreign)
    monkeypatch.setattr(_backends, "_load", _missing)
    with pytest.raises(dlib_net.DlibError, match="DLIB_NET_CUDA=1"):
        _backends.backend("cuda")


def _missing(kind):
    raise ImportError(f"No module named 'dlib_net._{kind}'")
