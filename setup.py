"""Builds dlib_net's native modules; the rest of the packaging is in pyproject.toml.

Environment: DLIB_SOURCE (folder or archive of another dlib), DLIB_NET_CUDA (auto, 1, 0),
DLIB_NET_CUDA_ARCHITECTURES (such as 80;90), DLIB_NET_MARCH (native), DLIB_NET_CACHE (a folder),
DLIB_NET_SANITIZE (address, undefined), CXX, CUDACXX.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
MODULES = ("_dlpack", "_cpu", "_cuda")
sys.path.insert(0, str(ROOT))

from build_support import backends, dlib_source, toolchain  # noqa: E402
from build_support.object_cache import ObjectCache, cache_folder  # noqa: E402


class BuildNative(build_ext):
    """Compiles through the object cache; setuptools only says where the modules go."""

    def run(self) -> None:
        """Builds the modules that this machine can have."""
        if os.environ.get("DLIB_NET_ONLY_REGISTER"):  # the Makefile compiles in a step of its own
            return
        compiler = toolchain.cxx(backends.target_options())
        cuda, line = toolchain.cuda()
        print(line, flush=True)
        cache = cache_folder()
        source = dlib_source.locate(cache)
        builder = backends.Builder(
            root=ROOT,
            work=ROOT / "build" / "native",
            cache=ObjectCache(cache / "objects", ROOT),
            dlib=source,
            compiler=compiler,
        )
        targets = {name: self._target(f"dlib_net.{name}") for name in MODULES}
        builder.build(targets, cuda)
        if cuda is None:  # one of an earlier build would not fit what was built now
            targets["_cuda"].unlink(missing_ok=True)

    def _target(self, module: str) -> Path:
        return Path(self.get_ext_fullpath(module)).resolve()

    def get_outputs(self) -> list[str]:
        """The modules that were built (the CUDA backend is optional)."""
        return [name for name in super().get_outputs() if Path(name).is_file()]


setup(
    ext_modules=[Extension(f"dlib_net.{name}", sources=[]) for name in MODULES],
    cmdclass={"build_ext": BuildNative},
)
