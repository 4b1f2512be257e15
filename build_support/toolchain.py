"""Finds compilers, BLAS and CUDA, and says in one sentence what is missing."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from setuptools.errors import PlatformError

# Without a GPU to ask: the data-centre generations that CUDA 12 and 13 both compile for.
FALLBACK_ARCHITECTURES = ("80", "90")


@dataclass(frozen=True)
class Compiler:
    """A command and what identifies it, its resolved target included."""

    command: str
    identity: str


def cxx(options: tuple[str, ...]) -> Compiler:
    """The C++ compiler ($CXX, or the first of g++, c++, clang++ that is there)."""
    wanted = os.environ.get("CXX")
    for name in [wanted] if wanted else ["g++", "c++", "clang++"]:
        path = shutil.which(name.split()[0])
        if path is None:
            continue
        # -v shows the version and what -march=native stands for on this processor.
        probe = [path, *options, "-x", "c++", "-std=c++17", "-E", "-v", os.devnull]
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            stable = re.sub(r"/tmp/\S+", "", done.stderr)
            return Compiler(path, stable)
        raise PlatformError(
            f"the compiler {path} does not take {' '.join(options)} -std=c++17; "
            "install g++ 9 or newer, or name another one in CXX"
        )
    raise PlatformError(
        f"no C++ compiler was found ({wanted or 'g++, c++, clang++'}); install g++ 9 or newer, "
        "or name one in CXX"
    )


def version_line(compiler: str) -> str:
    """The first line of `compiler --version`."""
    done = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or ["unknown"])[0]


def site_packages() -> list[Path]:
    """Where wheels lie: also the environment's own, seen from pip's isolated build."""
    paths = [*sys.path, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return list(dict.fromkeys(Path(path) for path in paths if path))


def openblas() -> Path:
    """The shared library of the scipy-openblas32 wheel."""
    for site in site_packages():
        library = site / "scipy_openblas32" / "lib" / "libscipy_openblas.so"
        if library.is_file():
            return library
    raise PlatformError("OpenBLAS was not found; pip install scipy-openblas32")


@dataclass(frozen=True)
class Cuda:
    """What the CUDA backend is built with."""

    nvcc: str
    identity: str
    includes: tuple[Path, ...]
    libraries: tuple[Path, ...]
    architectures: tuple[str, ...]


def cuda() -> tuple[Cuda | None, str]:
    """The CUDA tools if they are to be used, and a line that says what was found.

    DLIB_NET_CUDA: 0 never, 1 always (raises PlatformError if something is missing), auto (the
    default) where an NVIDIA driver, nvcc and cuDNN are present.
    """
    wish = os.environ.get("DLIB_NET_CUDA", "auto").lower()
    if wish not in ("auto", "0", "1"):
        raise PlatformError(f"DLIB_NET_CUDA={wish} is not understood; give auto, 0 or 1")
    if wish == "0":
        return None, "CPU backend only: DLIB_NET_CUDA=0"
    found = gpu_architectures()
    if wish == "auto" and not found:
        return None, (
            "CPU backend only: no NVIDIA driver with a GPU was found "
            "(DLIB_NET_CUDA=1 builds the CUDA backend all the same)"
        )
    try:
        tools = _cuda_tools(found)
    except PlatformError as missing:
        if wish == "1":
            raise
        return None, f"CPU backend only: {missing}"
    return tools, (
        f"CPU and CUDA backends: {version_line(tools.nvcc)}, {_release(tools.identity)}, for "
        f"compute capability {', '.join(tools.architectures)}"
    )


def _cuda_tools(found: tuple[str, ...]) -> Cuda:
    nvcc = find_nvcc()
    if nvcc is None:
        raise PlatformError(
            "nvcc was not found; install the CUDA toolkit, name nvcc in CUDACXX, or run "
            "make cuda-tools, which fetches it from the package index"
        )
    version = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=False)
    release = _release(version.stdout)
    major = release.removeprefix("CUDA ").split(".")[0]
    headers = ("cudnn.h", "cublas_v2.h", "curand.h", "cusolverDn.h", "cusparse.h")
    includes = [_part("include", header).parent for header in headers]
    names = {
        "cudnn": "libcudnn.so.*",
        "cublas": f"libcublas.so.{major}",
        "cudart": f"libcudart.so.{major}*",
        "curand": "libcurand.so.*",
        "cusolver": "libcusolver.so.*",
    }
    libraries = [_part("lib", pattern) for pattern in names.values()]
    wanted = os.environ.get("DLIB_NET_CUDA_ARCHITECTURES", "").replace(",", ";").replace(".", "")
    listed = tuple(part.strip() for part in wanted.split(";") if part.strip())
    if any(not re.fullmatch(r"\d{2,3}[af]?", part) for part in listed):
        raise PlatformError(
            f"DLIB_NET_CUDA_ARCHITECTURES={wanted} is not understood; give numbers like 80;90"
        )
    return Cuda(
        nvcc,
        version.stdout,
        tuple(dict.fromkeys(includes)),
        tuple(libraries),
        listed or found or FALLBACK_ARCHITECTURES,
    )


def find_nvcc() -> str | None:
    """nvcc: named in CUDACXX, on the PATH, from a wheel, or in the usual folder."""
    candidates = [os.environ.get("CUDACXX"), shutil.which("nvcc")]
    for site in site_packages():
        candidates += map(str, site.glob("nvidia/*/bin/nvcc"))
    for home in (os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH"), "/usr/local/cuda"):
        candidates.append(f"{home}/bin/nvcc" if home else None)
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    return None


def _release(text: str) -> str:
    match = re.search(r"release (\d+\.\d+)", text)
    return f"CUDA {match.group(1)}" if match else "CUDA of unknown version"


def _part(kind: str, pattern: str) -> Path:
    """A header or library of the NVIDIA wheels that PyTorch brings."""
    for site in site_packages():
        for found in sorted(site.glob(f"nvidia/*/{kind}/{pattern}")):
            return found
    raise PlatformError(
        f"{pattern} was not found among the installed NVIDIA wheels; install a PyTorch with CUDA "
        "whose major CUDA version is that of nvcc, then build again with --no-build-isolation"
    )


def gpu_architectures() -> tuple[str, ...]:
    """Compute capabilities of the GPUs that the driver shows; empty without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return ()
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return ()
    found = set()
    for index in range(count.value):
        major, minor = ctypes.c_int(), ctypes.c_int()
        # 75 and 76: CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR (cuda.h)
        driver.cuDeviceGetAttribute(ctypes.byref(major), 75, index)
        driver.cuDeviceGetAttribute(ctypes.byref(minor), 76, index)
        found.add(f"{major.value}{minor.value}")
    return tuple(sorted(found))
