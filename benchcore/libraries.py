"""Which numerical libraries a process has mapped: evidence that two processes run the same."""

import re
from pathlib import Path

LIBRARIES = re.compile(
    r"/(lib(?:cudnn|cublas|cublasLt|cudart|openblas|scipy_openblas|mkl|gomp|iomp5)[^/]*)$"
)


def numerical_libraries() -> list[str]:
    """Paths of the BLAS, cuDNN, cuBLAS, CUDA runtime and OpenMP libraries in this process."""
    paths = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    return sorted(path for path in paths if LIBRARIES.search(path))
