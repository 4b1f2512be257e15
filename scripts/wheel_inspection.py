"""What a wheel's native modules need, and what they tell of the machine that built them.

For each module: the shared libraries it names, the newest symbol versions of glibc and libstdc++
that it asks for, and its search paths. A library is expected from the system or from a wheel that
pyproject.toml names; any other, a search path, and a folder of the build machine in any file of the
wheel is an error, with exit status 1.

    python -m pip wheel . --no-deps -w dist && python scripts/wheel_inspection.py dist/*.whl
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SYSTEM = ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0",
          "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1")  # fmt: skip
"""On every Linux with glibc, as the manylinux policies have it."""

FROM_WHEELS = ("libscipy_openblas.so",)
FROM_CUDA_WHEELS = ("libcudart.so", "libcublas.so", "libcublasLt.so", "libcurand.so",
                    "libcusolver.so", "libcusparse.so", "libcudnn.so")  # fmt: skip
"""dlib_net loads them from scipy-openblas32 and from PyTorch's NVIDIA wheels before the module."""


@dataclass(frozen=True)
class Module:
    """A native module of a wheel: its path there, and what its dynamic section says."""

    name: str
    needed: tuple[str, ...]
    search_paths: tuple[str, ...]
    newest: tuple[str, ...]

    def line(self) -> str:
        """All of it for a person."""
        paths = ", ".join(self.search_paths) or "none"
        return (
            f"{self.name}: needs {', '.join(self.needed) or 'nothing'}; symbols up to "
            f"{', '.join(self.newest) or 'none'}; search paths: {paths}"
        )

    def problems(self) -> Iterator[str]:
        """A sentence for each thing that should not be."""
        for library in self.needed:
            if not _expected(library, cuda="_cuda" in self.name):
                yield f"{self.name} needs {library}, which no requirement brings."
        for path in self.search_paths:
            yield f"{self.name} searches {path}."


def _expected(library: str, *, cuda: bool) -> bool:
    if library in SYSTEM:
        return True
    known = (*FROM_WHEELS, *FROM_CUDA_WHEELS) if cuda else FROM_WHEELS
    return library.partition(".so")[0] + ".so" in known


def module(path: Path, name: str) -> Module:
    """What binutils' readelf says of a shared library. Raises CalledProcessError for no library."""
    dynamic, versions = _readelf("-dW", path), _readelf("-VW", path)
    newest: dict[str, tuple[int, ...]] = {}
    for kind, number in re.findall(r"Name: (GLIBC|GLIBCXX|CXXABI)_([\d.]+)", versions):
        newest[kind] = max(newest.get(kind, ()), tuple(map(int, number.split("."))))
    return Module(
        name,
        tuple(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)),
        tuple(re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)),
        tuple(f"{kind} {'.'.join(map(str, number))}" for kind, number in sorted(newest.items())),
    )


def _readelf(option: str, path: Path) -> str:
    command = ["readelf", option, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def inspect(wheel: Path, places: Iterable[Path]) -> tuple[list[Module], list[str]]:
    """The native modules of a wheel, and a sentence for each problem.

    `places`: folders whose names may be in none of its files.
    """
    modules: list[Module] = []
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            problems += [
                f"{name} names {place} of the build machine."
                for place in places
                if f"{place}/".encode() in content
            ]
            if name.endswith(".so"):
                modules.append(module(Path(archive.extract(name, folder)), name))
    if not modules:
        problems.append(f"{wheel.name} has no native module.")
    for one in modules:
        problems += one.problems()
    return modules, problems


def main() -> int:
    """Every wheel on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", nargs="+", type=Path, metavar="WHEEL")
    args = parser.parse_args()
    found: list[str] = []
    for wheel in args.wheels:
        try:
            modules, problems = inspect(wheel, {ROOT, Path.home(), Path(sys.prefix)})
        except (OSError, zipfile.BadZipFile) as error:
            parser.error(f"{wheel} can't be read as a wheel: {error}.")
        print("\n".join([wheel.name, *(f"  {one.line()}" for one in modules)]))
        found += problems
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
