"""What a child process may import: nothing of the folder in which somebody calls `benchcore`."""

import os
import subprocess
import sys

import pytest

from benchcore import python

PLANTED = "import os\nos.system('echo ran > ran')\nraise SystemExit(0)\n"


def test_a_folder_of_python_files_is_not_run(tmp_path):
    for name in ("random", "statistics", "json", "numpy", "benchcore"):
        (tmp_path / f"{name}.py").write_text(PLANTED)
    words = [sys.executable, "-P", "-m", "benchcore", "info"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert '"fingerprint"' in ended.stdout
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("first", "flags"), [("/elsewhere/bin", ["-P"]), ("", []), (".", [])])
def test_only_who_was_begun_in_a_folder_looks_there(first, flags, monkeypatch):
    first = os.getcwd() if first == "." else first  # noqa: PTH109  (as Python puts it there)
    monkeypatch.setattr(sys, "path", [first, *sys.path[1:]])
    assert python.command("a.module", "a word") == [
        sys.executable,
        *flags,
        "-m",
        "a.module",
        "a word",
    ]


def test_a_folder_that_is_gone_holds_nothing(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", [str(gone)])
    assert python.command("a.module")[1] == "-P"
