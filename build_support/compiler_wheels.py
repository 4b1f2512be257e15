"""Which wheels hold nvcc for a CUDA release, as pip's requirements.

The release that PyTorch is built with decides: a newer compiler makes code that its runtime can't
load. Releases that this was tested with are pinned by version and SHA-256, others by release alone.
"""

from __future__ import annotations

# Of each wheel: its version, then the SHA-256 of the builds for x86_64 and for aarch64.
PINNED = {
    "13.0": {
        "nvidia-cuda-nvcc": (
            "13.0.88",
            "56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03",
            "c7ff28f86a24effdc6c034fa15230c549a273e4771b10a7fec14996f8cf3307f",
        ),
        "nvidia-cuda-cccl": (
            "13.0.85",
            "e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649",
            "6f0203e29fed809ee2b7fe9b1344df66ecab990c37d6a2e0e189b26d6c97ed7c",
        ),
        "nvidia-cuda-crt": (
            "13.0.88",
            "2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4",
            "ee2ea2a97073e02ee62bb27841f437332be2c248e3eac013df07997ada39c003",
        ),
        "nvidia-nvvm": (
            "13.0.88",
            "c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0",
            "c4376a291d72d22a315d9d2f69bdae8f8cd83a627f75bad395cee49a0fe65dc1",
        ),
    }
}


def requirements(release: str) -> tuple[list[str], bool]:
    """Lines of a requirements file for a CUDA release such as "13.0", and whether they have hashes.

    With hashes they are complete but for the CUDA runtime, which PyTorch brings.
    """
    if release in PINNED:
        return [
            f"{name}=={version} " + " ".join(f"--hash=sha256:{digest}" for digest in digests)
            for name, (version, *digests) in PINNED[release].items()
        ], True
    major = int(release.split(".")[0])
    if major < 13:
        names = [f"{name}-cu{major}" for name in ("nvidia-cuda-nvcc", "nvidia-cuda-cccl")]
    else:  # from CUDA 13 on the compiler comes in parts
        names = ["nvidia-cuda-nvcc", "nvidia-cuda-cccl", "nvidia-cuda-crt", "nvidia-nvvm"]
    return [f"{name}=={release}.*" for name in names], False
