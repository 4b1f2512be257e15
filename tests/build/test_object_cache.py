"""Objects are compiled once and again when anything that they were made of changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from setuptools.errors import CompileError

from build_support.object_cache import Compilation, ObjectCache


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "a.cpp").write_text('#include "a.hpp"\nint f() { return VALUE; }\n')
    (tmp_path / "a.hpp").write_text("#define VALUE 1\n")
    return tmp_path


def compilation(*options: str) -> Compilation:
    return Compilation("a.cpp", "a", (shutil.which("g++"), *options, "-MMD"), "some g++")


def compiled(tree: Path, *options: str) -> tuple[Path, bool]:
    """The object, and whether it was made just now."""
    lines: list[str] = []
    [made] = ObjectCache(tree / "cache", tree).compile_all([compilation(*options)], lines.append)
    return made, bool(lines)


def test_unchanged_sources_are_not_compiled_again(tree):
    first, fresh = compiled(tree)
    assert fresh
    (tree / "a.hpp").touch()
    assert compiled(tree) == (first, False)


def test_a_changed_header_or_option_compiles_again(tree):
    first = compiled(tree)[0].read_bytes()
    (tree / "a.hpp").write_text("#define VALUE 2\n")
    second, fresh = compiled(tree)
    assert fresh
    assert second.read_bytes() != first
    assert compiled(tree, "-O2")[1]
    assert not compiled(tree, "-O2")[1]


def test_a_moved_tree_shares_the_objects(tree, tmp_path_factory):
    compiled(tree)
    other = tmp_path_factory.mktemp("clone")
    for name in ("a.cpp", "a.hpp"):
        shutil.copy(tree / name, other / name)
    lines: list[str] = []
    ObjectCache(tree / "cache", other).compile_all([compilation()], lines.append)
    assert not lines


def test_an_error_names_the_source_and_the_first_message(tree):
    (tree / "a.hpp").write_text("#define VALUE nonsense\n")
    with pytest.raises(CompileError, match=r"a does not compile: .*nonsense"):
        compiled(tree)
    (tree / "a.hpp").write_text("#define VALUE 3\n")
    assert compiled(tree)[1]
