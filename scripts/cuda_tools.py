"""Fetches nvcc from the package index, of the CUDA version of the installed PyTorch.

With --if-needed it does so only where an NVIDIA driver shows a GPU, the CUDA backend is wanted and
no nvcc is found.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from build_support import toolchain


def main() -> None:
    """Installs the compiler's wheels next to PyTorch's."""
    if "--if-needed" in sys.argv:
        wanted = os.environ.get("DLIB_NET_CUDA", "auto") != "0"
        if not wanted or not toolchain.gpu_architectures() or toolchain.find_nvcc():
            return
    import torch

    release = torch.version.cuda
    if release is None:
        sys.exit("error: this PyTorch has no CUDA; install one with CUDA to build the CUDA backend")
    suffix = "" if int(release.split(".")[0]) >= 13 else f"-cu{release.split('.')[0]}"
    names = ["nvidia-cuda-nvcc", "nvidia-cuda-cccl"]
    if not suffix:  # from CUDA 13 on the compiler comes in parts
        names += ["nvidia-cuda-crt", "nvidia-nvvm"]
    # Pinned to PyTorch's release: a newer compiler makes code that its runtime can't load.
    packages = [f"{name}{suffix}=={release}.*" for name in names]
    print(f"fetching nvcc {release} from the package index", flush=True)
    command = [sys.executable, "-m", "pip", "install", "-q", *packages]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(
            "error: pip could not fetch nvcc; install the CUDA toolkit and put nvcc on the PATH, "
            "or build without CUDA: DLIB_NET_CUDA=0"
        )


if __name__ == "__main__":
    main()
