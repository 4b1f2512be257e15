"""Fetches nvcc from the package index, of the CUDA version of the installed PyTorch.

With --if-needed it does so only where an NVIDIA driver shows a GPU, the CUDA backend is wanted and
no nvcc is found.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from build_support import compiler_wheels, toolchain


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
    lines, have_hashes = compiler_wheels.requirements(release)
    word = "pinned by SHA-256" if have_hashes else f"the newest of {release}, without hashes"
    print(f"fetching nvcc {release} from the package index: {word}", flush=True)
    command = [sys.executable, "-m", "pip", "install", "-q"]
    command += ["--no-deps", "--require-hashes"] if have_hashes else []
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("\n".join(lines) + "\n")
        done = subprocess.run([*command, "-r", str(wanted)], check=False)
    if done.returncode != 0:
        sys.exit(
            "error: pip could not fetch nvcc; install the CUDA toolkit and put nvcc on the PATH, "
            "or build without CUDA: DLIB_NET_CUDA=0"
        )


if __name__ == "__main__":
    main()
