"""Loads the native backends, with the shared libraries they need, and names devices."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from dlib_net.errors import DlibError

# Searched in the NVIDIA wheels, dependencies first. The CUDA backend names them without a path,
# so whichever copy the process loaded first, PyTorch's or this one, serves both.
_CUDA_LIBRARIES = (
    "libcudart.so.*",
    "libcublasLt.so.*",
    "libcublas.so.*",
    "libcurand.so.*",
    "libnvJitLink.so.*",
    "libcusparse.so.*",
    "libcusolver.so.*",
    "libcudnn.so.*",
)


def parse_device(device: object) -> tuple[str, int]:
    """ "cpu", "cuda" or "cuda:1" to (kind, index). Raises DlibError for anything else."""
    text = str(device)
    kind, _, index = text.partition(":")
    if (kind == "cpu" and not index) or (kind == "cuda" and (not index or index.isdecimal())):
        if text == kind or index:
            return kind, int(index or 0)
    raise DlibError(f'device {text!r} is not understood; give "cpu", "cuda" or "cuda:N"')


def backend(kind: str) -> ModuleType:
    """The native module for "cpu" or "cuda". Raises DlibError that says why it can't be used."""
    try:
        return _load(kind)
    except ImportError as error:
        raise DlibError(_why(kind, error)) from None


@cache
def _load(kind: str) -> ModuleType:
    if kind == "cpu":
        _preload("scipy_openblas32", ("lib/libscipy_openblas.so",))
    elif importlib.util.find_spec("dlib_net._cuda") is not None:
        _preload("nvidia", tuple(f"*/lib/{name}" for name in _CUDA_LIBRARIES))
        _preload("scipy_openblas32", ("lib/libscipy_openblas.so",))
    module = importlib.import_module(f"dlib_net._{kind}")
    _check_processor(module)
    return module


def _preload(package: str, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        # A library that the process has already, under the same name, is not loaded twice.
        if _loaded(Path(pattern).name.split(".so")[0] + ".so"):
            continue
        for folder in sys.path:
            found = sorted((Path(folder) / package).glob(pattern))
            if found:
                ctypes.CDLL(str(found[0]))
                break


def _loaded(name: str) -> bool:
    return any(Path(path).name.startswith(name) for path in loaded_libraries())


def loaded_libraries() -> list[str]:
    """Paths of the shared libraries that this process has mapped."""
    paths = set()
    for line in Path("/proc/self/maps").read_text().splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and ".so" in parts[5]:
            paths.add(parts[5])
    return sorted(paths)


def _check_processor(module: ModuleType) -> None:
    """A build for a newer processor would end in an illegal instruction."""
    needed = set(module.BUILD.get("processor", []))
    if not needed:
        return
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            missing = needed - set(line.split(":", 1)[1].split())
            if missing:
                raise ImportError(
                    f"it was built for a processor with {', '.join(sorted(missing))}, which this "
                    "one lacks; build it here, or with DLIB_NET_MARCH=x86-64-v2"
                )
            return


def _why(kind: str, error: ImportError) -> str:
    text = str(error)
    if "No module named" in text:
        remedy = (
            "build it with make, or pip install ."
            if kind == "cpu"
            else "build with DLIB_NET_CUDA=1 on a machine with nvcc and a PyTorch with CUDA"
        )
        return f"device {kind!r}: this installation has no {kind} backend; {remedy}"
    return f"device {kind!r}: {text}"


def available_devices() -> list[str]:
    """The devices that networks can be created on here, such as ["cpu", "cuda:0"]."""
    devices = []
    for kind in ("cpu", "cuda"):
        try:
            module = backend(kind)
        except DlibError:
            continue
        count = module.count_devices()
        devices += ["cpu"] if kind == "cpu" else [f"cuda:{i}" for i in range(count)]
    return devices


def check_device(kind: str, index: int) -> ModuleType:
    """The backend of a device that exists. Raises DlibError otherwise."""
    module = backend(kind)
    count = module.count_devices()
    if index >= count:
        raise DlibError(f"device 'cuda:{index}' does not exist; this machine has {count} GPU(s)")
    return module


def synchronize(device: object = "cpu") -> None:
    """Waits until all work queued on the device has ended. Raises DlibError if it failed."""
    kind, index = parse_device(device)
    check_device(kind, index).synchronize(index)
