"""Environment variables: which are recorded, and which of them change speed."""

from typing import Any

SPEED_PREFIXES = (
    *("CUDNN_", "CUBLAS_", "CUBLASLT_", "NVIDIA_TF32", "CUDA_VISIBLE_DEVICES"),
    *("CUDA_DEVICE_", "CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING", "CUDA_AUTO_BOOST"),
    *("CUDA_FORCE_", "CUDA_MPS_", "PYTORCH_", "TORCH_", "TORCHINDUCTOR_", "TRITON_"),
    *("OMP_", "MKL_", "OPENBLAS_", "KMP_", "GOMP_", "ONEDNN_", "DNNL_", "ATEN_"),
    *("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD"),
)
"""oneDNN limited to SSE4.1, for instance, makes PyTorch on a CPU 1.7 times slower."""

NO_MATTER = (
    *("_DIR", "_HOME", "_PATH", "_ROOT", "_VERSION"),
    *("_VERBOSE", "_LOGS", "_LOG_LEVEL", "_STACKTRACES"),
)
"""Ends of names that say where something lies, repeat a version or print more."""

PREFIXES = (*SPEED_PREFIXES, "CUDA_", "DLIB_")
"""The others say where things lie and what was built; no other variable is recorded."""


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of those that change speed and are not the same in two environments.

    Nothing where one of them records none at all; a null is not known.
    """
    sides = [_of_speed(environment.get("variables")) for environment in (before, after)]
    if None in sides:
        return []
    old, new = (side or {} for side in sides)
    unset = ""
    pairs = {name: (old.get(name, unset), new.get(name, unset)) for name in {*old, *new}}
    return sorted(name for name, pair in pairs.items() if None not in pair and pair[0] != pair[1])


def _of_speed(recorded: Any) -> dict[str, Any] | None:
    if not isinstance(recorded, dict):
        return None
    return {
        name: value
        for name, value in recorded.items()
        if name.startswith(SPEED_PREFIXES) and not name.endswith(NO_MATTER)
    }
