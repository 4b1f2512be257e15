"""The wheel: which libraries its modules need, and nothing of the machine that built it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts import wheel_inspection
from scripts.wheel_inspection import inspect

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("build_support", "pyx", "dlib_net", "benchcore", "tui", "setup.py", "pyproject.toml",
         "README.md", "LICENSE", "MANIFEST.in")  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tree, with the objects that the tree's own build has left."""
    tree = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("*.so"))
        else:
            shutil.copy(ROOT / part, tree / part)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ".", "-q", "--no-deps", "--no-build-isolation",
         "-w", "dist"],
        cwd=tree,
        env={**os.environ, "DLIB_NET_CUDA": "0"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (tree / "dist").iterdir()
    return built


def test_the_wheel_needs_what_its_requirements_bring_and_tells_no_place(wheel):
    places = {ROOT, Path.home(), Path(sys.prefix), wheel.parents[1]}
    modules, problems = inspect(wheel, places)
    assert problems == []
    needed = {one.name.split("/")[1].split(".")[0]: one.needed for one in modules}
    assert needed.keys() == {"_cpu", "_dlpack"}
    assert "libscipy_openblas.so" in needed["_cpu"]
    assert all(any(version.startswith("GLIBC ") for version in one.newest) for one in modules)


def test_the_wheel_holds_the_packages_and_nothing_beside_them(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"benchcore", "dlib_net",
                                                                       "tui"}  # fmt: skip
    for package in ("benchcore", "dlib_net", "tui"):
        modules = {f"{path.relative_to(ROOT)}" for path in (ROOT / package).rglob("*.py")}
        assert modules <= set(names)


@pytest.fixture
def bad_wheel(tmp_path: Path) -> Path:
    """One module with a search path, a foreign library and a note of where it was built."""
    (tmp_path / "foreign.c").write_text("int foreign(void) { return 1; }\n")
    (tmp_path / "module.c").write_text(
        f'int foreign(void); const char* where(void) {{ return "{tmp_path}/module.c"; }}\n'
        "int call(void) { return foreign(); }\n"
    )
    compiler = [shutil.which("gcc"), "-shared", "-fPIC"]
    for command in (
        [*compiler, "foreign.c", "-o", "libforeign.so.2", "-Wl,-soname,libforeign.so.2"],
        [*compiler, "module.c", "-o", "_bad.so", "./libforeign.so.2", "-Wl,-rpath,/opt/somewhere"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    with zipfile.ZipFile(tmp_path / "bad.whl", "w") as archive:
        archive.write(tmp_path / "_bad.so", "bad/_bad.so")
    return tmp_path / "bad.whl"


def test_a_bad_wheel_is_told_in_all_its_parts(bad_wheel, monkeypatch, capsys):
    _, problems = inspect(bad_wheel, {bad_wheel.parent})
    assert problems == [
        f"bad/_bad.so names {bad_wheel.parent} of the build machine.",
        "bad/_bad.so needs libforeign.so.2, which no requirement brings.",
        "bad/_bad.so searches /opt/somewhere.",
    ]
    monkeypatch.setattr(sys, "argv", ["wheel_inspection.py", str(bad_wheel)])
    assert wheel_inspection.main() == 1
    out, err = capsys.readouterr()
    assert "bad/_bad.so: needs libforeign.so.2" in out
    assert err.count("error: ") == 2


def test_an_empty_wheel_and_no_wheel(tmp_path, monkeypatch, capsys):
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    assert inspect(tmp_path / "empty.whl", ()) == ([], ["empty.whl has no native module."])
    (tmp_path / "text.whl").write_text("no archive")
    monkeypatch.setattr(sys, "argv", ["wheel_inspection.py", str(tmp_path / "text.whl")])
    with pytest.raises(SystemExit):
        wheel_inspection.main()
    assert "text.whl can't be read as a wheel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "library", "problems"),
    [
        ("dlib_net/_cuda.so", "libcudnn.so.9", 0),
        ("dlib_net/_cuda.so", "libcublas.so.13", 0),
        ("dlib_net/_cpu.so", "libcudnn.so.9", 1),
        ("dlib_net/_cpu.so", "libasan.so.8", 1),
        ("dlib_net/_cuda.so", "libcuda.so.1", 1),
    ],
)
def test_which_libraries_are_expected(name, library, problems):
    one = wheel_inspection.Module(name, (library,), (), ())
    assert len(list(one.problems())) == problems
