"""The compilations and the link of each native module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from setuptools.errors import CompileError, LinkError

from build_support.dlib_source import DlibSource
from build_support.object_cache import Compilation, ObjectCache
from build_support.toolchain import Compiler, Cuda, openblas, version_line

# The same for every object of a module: dlib's classes change with these macros. The last one
# keeps dlib's library from aborting the process at the second failed check of its life.
DLIB_MACROS = (
    "-DNDEBUG",
    "-DDLIB_DISABLE_ASSERTS",
    "-DDLIB_NO_GUI_SUPPORT",
    "-DDLIB_USE_BLAS",
    "-DDLIB_NO_ABORT_ON_2ND_FATAL_ERROR",
)
# dlib's symbols stay inside the module, so that other copies of dlib can share the process.
HIDDEN = ("-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden", "-fno-gnu-unique")
VERSION_SCRIPT = "{ global: PyInit_*; local: *; };\n"

# The wheel's OpenBLAS prefixes its names; these are the ones that dlib calls.
CBLAS_NAMES = (
    *("sgemm", "saxpy", "sscal", "strsm", "sdot", "sgemv", "sger"),
    *("dgemm", "daxpy", "dscal", "dtrsm", "ddot", "dgemv", "dger"),
)
CBLAS = tuple(f"-Dcblas_{name}=scipy_cblas_{name}" for name in CBLAS_NAMES)

CUDA_SOURCES = (
    "cublas_dlibapi.cpp",
    "cuda_data_ptr.cpp",
    "cuda_dlib.cu",
    "cudnn_dlibapi.cpp",
    "curand_dlibapi.cpp",
    "cusolver_dlibapi.cu",
    "gpu_data.cpp",
)


def target_options() -> tuple[str, ...]:
    """-march of the CPU code: this processor's, as dlib's and OpenBLAS's own builds adapt too."""
    return (f"-march={os.environ.get('DLIB_NET_MARCH', 'native')}",)


def sanitizer_options(*, of_networks: bool = False) -> tuple[str, ...]:
    """DLIB_NET_SANITIZE=address or =undefined builds the CPU backend with that sanitizer.

    `of_networks`: for dlib's templates, which stay plain under `undefined`: there each of the four
    compilations would take 8 minutes and 4 GB.
    """
    name = os.environ.get("DLIB_NET_SANITIZE")
    if not name or (of_networks and name == "undefined"):
        return ()
    # The first report ends the process, or a test that passes would hide it.
    return (f"-fsanitize={name}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g1")


@dataclass(frozen=True)
class Module:
    """A native module: what to compile and what to link it with."""

    name: str
    compilations: list[Compilation]
    libraries: Sequence[Path] = ()
    link_options: Sequence[str] = ()


@dataclass
class Builder:
    """Builds modules of the tree at `root`; generated files go to `work`."""

    root: Path
    work: Path
    cache: ObjectCache
    dlib: DlibSource
    compiler: Compiler

    def build(self, targets: dict[str, Path], tools: Cuda | None) -> None:
        """Compiles and links every module in `targets`; "_cuda" only if there are `tools` for it.

        All compilations share one pool, so that the cores stay busy to the end.
        """
        modules = [self._dlpack(), self._cpu(), *([self._cuda(tools)] if tools else [])]
        everything = [c for module in modules for c in module.compilations]
        objects = iter(self.cache.compile_all(everything, self._say))
        for module in modules:
            own = [next(objects) for _ in module.compilations]
            self._link(targets[module.name], own, module.libraries, *module.link_options)

    def _dlpack(self) -> Module:
        """The DLPack module: no dlib in it."""
        source = self._cython("dlpack.pyx", "_dlpack", c_plus_plus=False)
        # -DNDEBUG: the assertions of Python's headers would name the build machine's folders.
        options = ("-x", "c", "-O2", "-DNDEBUG", *HIDDEN)
        command = (self.compiler.command, *options, *self._python(), "-MMD")
        return Module("_dlpack", [Compilation(source, "_dlpack", command, self.compiler.identity)])

    def _cpu(self) -> Module:
        options = (*target_options(), *sanitizer_options())
        start, end = (self.compiler.command, *self._cpp_options()), self._includes("cpu")
        base = (*start, *options, *end)
        networks = (*start, *target_options(), *sanitizer_options(of_networks=True), *end)
        compilations = self._common("_cpu", base, networks)
        compilations.append(self._cpp("pyx/device_cpu.cpp", "_cpu: device", base, "-O2"))
        facts: dict[str, object] = {"backend": "cpu", "blas": "scipy-openblas32"}
        self._facts("cpu", facts, options, has_cuda=False)
        return Module("_cpu", compilations, [openblas()], sanitizer_options())

    def _cuda(self, tools: Cuda) -> Module:
        options = (*target_options(), "-DDLIB_USE_CUDA")
        base = (self.compiler.command, *self._cpp_options(), *options, *self._includes("cuda"))
        host = ",".join((*HIDDEN, *target_options(), "-Wno-deprecated-declarations"))
        nvcc = (
            *(tools.nvcc, "-std=c++17", "-O3", *DLIB_MACROS, "-DDLIB_USE_CUDA"),
            *(f"-Xcompiler={host}", "-ccbin", self.compiler.command),
            *("-Wno-deprecated-gpu-targets", "-diag-suppress=1444"),
            *_gencode(tools.architectures),
            *(f"-I{path}" for path in tools.includes),
            *(*self._includes("cuda"), "-MMD"),
        )
        sources = [str(self.dlib.include / "dlib" / "cuda" / name) for name in CUDA_SOURCES]
        identity = self.compiler.identity + tools.identity
        kernels = [
            Compilation(source, f"_cuda: {Path(source).name}", nvcc, identity)
            for source in [*sources, "pyx/device_cuda.cu"]
        ]
        facts: dict[str, object] = {
            "backend": "cuda",
            "nvcc": (tools.identity.splitlines() or ["unknown"])[-1],
            "architectures": list(tools.architectures),
        }
        self._facts("cuda", facts, options, has_cuda=True)
        return Module(
            "_cuda",
            [*self._common("_cuda", base, base), *kernels],
            [openblas(), *tools.libraries],
        )

    def _common(
        self, module: str, base: tuple[str, ...], of_networks: tuple[str, ...]
    ) -> list[Compilation]:
        """dlib's library, the four networks, the facade and the Cython module; slow ones first."""
        source = str(self.dlib.include / "dlib" / "all" / "source.cpp")
        library = self._cpp(source, f"{module}: dlib's library", (*base, *CBLAS), "-O3")
        # A quarter less time to compile, which is most of what a sanitized build takes.
        level = "-O1" if os.environ.get("DLIB_NET_SANITIZE") else "-O2"
        networks = [
            self._cpp(
                "pyx/instance.cpp",
                f"{module}: {'resnet50-dlib' if variant else 'resnet50'}, "
                f"{'training' if train else 'inference'}",
                (*of_networks, f"-DDLIB_NET_VARIANT={variant}", f"-DDLIB_NET_TRAIN={train}"),
                level,
            )
            for train in (0, 1)
            for variant in (0, 1)
        ]
        python = self._cython("net.pyx", module, c_plus_plus=True)
        return [
            library,
            *networks,
            self._cpp("pyx/net.cpp", f"{module}: facade", base, "-O2"),
            self._cpp(python, f"{module}: Python classes", (*base, *self._python()), "-O2"),
        ]

    def _cpp(self, source: str, label: str, base: tuple[str, ...], level: str) -> Compilation:
        return Compilation(source, label, (*base, level, "-MMD"), self.compiler.identity)

    def _cpp_options(self) -> tuple[str, ...]:
        # Paths in dlib's messages would name the build machine's folders.
        shortened = f"-ffile-prefix-map={self.dlib.include}/="
        return ("-std=c++17", *DLIB_MACROS, *HIDDEN, "-Werror=return-type", shortened, "-pthread")

    def _includes(self, backend: str) -> tuple[str, ...]:
        generated = self.work.relative_to(self.root) / backend
        return (f"-I{generated}", "-Ipyx", f"-I{self.dlib.include}")

    def _python(self) -> tuple[str, ...]:
        return (f"-I{sysconfig.get_path('include')}",)

    def _cython(self, name: str, module: str, *, c_plus_plus: bool) -> str:
        """Translates a .pyx if it or its declarations changed; returns the path below root."""
        output = self.work / f"{module}{'.cpp' if c_plus_plus else '.c'}"
        inputs = [p for p in (self.root / "pyx").iterdir() if p.suffix in (".pyx", ".pxd")]
        if not output.is_file() or any(
            path.stat().st_mtime >= output.stat().st_mtime for path in inputs
        ):
            output.parent.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "cython", "-3", f"pyx/{name}", "-o", str(output)]
            command += ["--module-name", f"dlib_net.{module}"]
            command += ["--cplus"] if c_plus_plus else []
            done = subprocess.run(
                command, cwd=self.root, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                output.unlink(missing_ok=True)
                raise CompileError(f"Cython refuses pyx/{name}: {done.stderr.strip()}")
        return str(output.relative_to(self.root))

    def _facts(
        self, backend: str, facts: dict[str, object], options: tuple[str, ...], *, has_cuda: bool
    ) -> None:
        """What the module will say of its own build: a header with a JSON object."""
        facts = {
            "dlib": self.dlib.version,
            "dlib_origin": self.dlib.origin,
            "compiler": version_line(self.compiler.command),
            "options": " ".join((*options, *DLIB_MACROS)),
            "processor": _processor_flags() if "-march=native" in options else [],
            **facts,
        }
        text = (
            "// Made by the build.\n#pragma once\nnamespace dlib_net {\n"
            f"constexpr bool has_cuda = {str(has_cuda).lower()};\n"
            f'constexpr const char* build_facts = R"json({json.dumps(facts)})json";\n}}\n'
        )
        header = self.work / backend / "build_facts.hpp"
        header.parent.mkdir(parents=True, exist_ok=True)
        if not header.is_file() or header.read_text() != text:
            header.write_text(text)

    def _link(
        self, target: Path, objects: Iterable[Path], libraries: Iterable[Path], *options: str
    ) -> None:
        """Links unless the same objects made the target already."""
        objects, libraries = list(objects), list(libraries)
        script = self.work / "symbols.map"
        script.write_text(VERSION_SCRIPT)
        command = [self.compiler.command, "-shared", *map(str, objects), *map(str, libraries)]
        command += ["-o", str(target), f"-Wl,--version-script={script}", "-Wl,--exclude-libs,ALL"]
        command += [*options, "-pthread", "-Wl,--as-needed", "-s" if not options else "-g1"]
        record = self.work / f"{target.name}.link.json"
        state = json.dumps([command, [[str(o), o.stat().st_mtime_ns] for o in objects]])
        if target.is_file() and record.is_file() and record.read_text() == state:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        command[command.index(str(target))] = str(fresh)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            fresh.unlink(missing_ok=True)
            raise LinkError(f"{target.name} does not link: {done.stderr.strip()[:600]}")
        fresh.replace(target)  # a process that has the old one loaded keeps it
        record.write_text(state)

    @staticmethod
    def _say(line: str) -> None:
        print(line, flush=True)


def _gencode(architectures: tuple[str, ...]) -> tuple[str, ...]:
    """Machine code for each, and the newest also as PTX for GPUs that come later."""
    flags = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in architectures]
    newest = max(architectures, key=lambda a: int(a.rstrip("af")))
    if newest.isdigit():
        flags.append(f"-gencode=arch=compute_{newest},code=compute_{newest}")
    return tuple(flags)


def _processor_flags() -> list[str]:
    """The instruction sets of this processor, so that an import elsewhere can say what is amiss."""
    wanted = {"avx", "avx2", "fma", "bmi1", "bmi2", "f16c", "sha_ni", "vaes", "gfni"}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            present = set(line.split(":", 1)[1].split())
            return sorted(f for f in present if f in wanted or f.startswith("avx512"))
    return []
