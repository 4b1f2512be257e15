"""A change of a Cython source, or of a declaration, is translated again; nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build_support.backends import Builder


@pytest.mark.parametrize("changed", ["module.pyx", "module.pxd"])
def test_what_changed_is_translated_again(tmp_path: Path, changed: str) -> None:
    sources = tmp_path / "pyx"
    sources.mkdir()
    (sources / "module.pyx").write_text("def f():\n    return 1\n")
    (sources / "module.pxd").write_text("")
    builder = Builder(
        root=tmp_path,
        work=tmp_path / "build",
        cache=None,  # type: ignore[arg-type]
        dlib=None,  # type: ignore[arg-type]
        compiler=None,  # type: ignore[arg-type]
    )

    def translated() -> int:
        path = tmp_path / builder._cython("module.pyx", "module", c_plus_plus=False)
        return path.stat().st_mtime_ns

    first = translated()
    assert translated() == first
    later = first + 10**9
    (sources / changed).write_text("def f():\n    return 2\n" if changed == "module.pyx" else "\n")
    os.utime(sources / changed, ns=(later, later))
    assert translated() != first
