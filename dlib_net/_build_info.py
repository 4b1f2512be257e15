"""What the backends were built with and which libraries the process runs: the fairness facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlib_net._backends import backend, loaded_libraries
from dlib_net.errors import DlibError

_SHARED = ("libcudnn.so", "libcublas.so", "libcudart.so", "libscipy_openblas.so")


def build_info() -> dict[str, Any]:
    """Facts for a result document.

    "backends": for each of cpu and cuda either the facts of its build (dlib's version and origin,
    compiler, options, CUDA architectures) and, under "libraries", the versions that the libraries
    report at run time, or {"unavailable": reason}.
    "loaded": the paths under which each library that both frameworks use is mapped into this
    process now. "one_copy_each": True if no such library is mapped twice.
    """
    backends: dict[str, Any] = {}
    for kind in ("cpu", "cuda"):
        try:
            module = backend(kind)
        except DlibError as error:
            backends[kind] = {"unavailable": str(error)}
        else:
            backends[kind] = {**module.BUILD, "libraries": module.library_versions()}
    loaded = {
        name: [path for path in loaded_libraries() if Path(path).name.startswith(name)]
        for name in _SHARED
    }
    return {
        "backends": backends,
        "loaded": {name: paths for name, paths in loaded.items() if paths},
        "one_copy_each": all(len(paths) <= 1 for paths in loaded.values()),
    }
