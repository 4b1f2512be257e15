"""Whatever the build lacks, it ends in one sentence that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from setuptools.errors import PlatformError

from build_support import toolchain

ROOT = Path(__file__).resolve().parents[2]


def build(tmp_path: Path, **environment: str) -> str:
    """Runs a build that must fail; returns its one line of error."""
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_ext", "--build-lib", str(tmp_path / "lib")],
        cwd=ROOT,
        env={**os.environ, "DLIB_NET_CACHE": str(tmp_path / "cache"), "DLIB_NET_CUDA": "0",
             **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "lib").exists()
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    return errors[0]


OFFLINE = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_RETRIES": "0",
    "PIP_DEFAULT_TIMEOUT": "2",
}


def test_a_compiler_that_is_not_there(tmp_path):
    assert "name one in CXX" in build(tmp_path, CXX="/no/such/g++")
    assert "install g++ 9 or newer" in build(tmp_path, PATH=str(tmp_path))


def test_a_compiler_that_does_not_know_the_processor(tmp_path):
    assert "-march=abacus" in build(tmp_path, DLIB_NET_MARCH="abacus")


def test_an_index_that_can_not_be_reached(tmp_path):
    message = build(
        tmp_path, **OFFLINE, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_FIND_LINKS=""
    )
    assert "could not fetch dlib 20.0.1" in message
    assert "DLIB_SOURCE" in message


def test_an_index_with_another_archive(tmp_path):
    package = tmp_path / "dlib-20.0.1"
    package.mkdir()
    (package / "setup.py").write_text("raise SystemExit('must not run')")
    links = tmp_path / "links"
    links.mkdir()
    with tarfile.open(links / "dlib-20.0.1.tar.gz", "w:gz") as tar:
        tar.add(package, "dlib-20.0.1")
    message = build(tmp_path, **OFFLINE, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(links))
    assert "sha256" in message


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/no/such/place", "does not exist"),
        (str(ROOT / "LICENSE"), "no readable source archive"),
        (str(ROOT / "tests"), "no dlib/all/source.cpp"),
    ],
)
def test_a_source_that_is_none(tmp_path, source, words):
    assert words in build(tmp_path, DLIB_SOURCE=source)


def test_unknown_settings(tmp_path):
    assert "give auto, 0 or 1" in build(tmp_path, DLIB_NET_CUDA="maybe")


def test_cuda_without_its_tools(monkeypatch, tmp_path):
    monkeypatch.setenv("DLIB_NET_CUDA", "1")
    monkeypatch.setattr(toolchain, "find_nvcc", lambda: None)
    with pytest.raises(PlatformError, match="make cuda-tools"):
        toolchain.cuda()

    nvcc = tmp_path / "nvcc"
    nvcc.write_text("#!/bin/sh\necho 'Cuda compilation tools, release 13.0, V13.0.88'\n")
    nvcc.chmod(0o755)
    monkeypatch.setattr(toolchain, "find_nvcc", lambda: str(nvcc))
    monkeypatch.setattr(toolchain, "site_packages", lambda: [tmp_path])
    with pytest.raises(PlatformError, match=r"cudnn\.h was not found .* install a PyTorch"):
        toolchain.cuda()

    monkeypatch.setenv("DLIB_NET_CUDA", "auto")
    monkeypatch.setattr(toolchain, "gpu_architectures", lambda: ("90",))
    tools, line = toolchain.cuda()
    assert tools is None
    assert line.startswith("CPU backend only: cudnn.h was not found")
    monkeypatch.setattr(toolchain, "gpu_architectures", lambda: ())
    assert "no NVIDIA driver" in toolchain.cuda()[1]


def test_architectures_come_from_the_environment_or_the_gpu(monkeypatch, tmp_path):
    parts = {"cudnn": "cudnn.h", "cu13": "cublas_v2.h curand.h cusolverDn.h cusparse.h"}
    libraries = {"cudnn": "libcudnn.so.9", "cu13": "libcublas.so.13 libcudart.so.13 "
                 "libcurand.so.10 libcusolver.so.12"}  # fmt: skip
    for folder, names in parts.items():
        for kind, files in (("include", names), ("lib", libraries[folder])):
            place = tmp_path / "nvidia" / folder / kind
            place.mkdir(parents=True)
            for name in files.split():
                (place / name).touch()
    nvcc = tmp_path / "nvcc"
    nvcc.write_text("#!/bin/sh\necho 'Cuda compilation tools, release 13.0, V13.0.88'\n")
    nvcc.chmod(0o755)
    monkeypatch.setenv("DLIB_NET_CUDA", "1")
    monkeypatch.setattr(toolchain, "find_nvcc", lambda: str(nvcc))
    monkeypatch.setattr(toolchain, "site_packages", lambda: [tmp_path])
    monkeypatch.setattr(toolchain, "gpu_architectures", lambda: ("86",))
    assert toolchain.cuda()[0].architectures == ("86",)
    monkeypatch.setenv("DLIB_NET_CUDA_ARCHITECTURES", "8.0;90")
    assert toolchain.cuda()[0].architectures == ("80", "90")
    monkeypatch.setenv("DLIB_NET_CUDA_ARCHITECTURES", "hopper")
    with pytest.raises(PlatformError, match="give numbers like 80;90"):
        toolchain.cuda()
    monkeypatch.delenv("DLIB_NET_CUDA_ARCHITECTURES")
    monkeypatch.setattr(toolchain, "gpu_architectures", lambda: ())
    assert toolchain.cuda()[0].architectures == toolchain.FALLBACK_ARCHITECTURES
