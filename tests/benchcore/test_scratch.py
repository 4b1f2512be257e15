"""A run's temporary folder: held while it lives, removed by another run once it was killed."""

import os
import subprocess
import sys

import pytest

from benchcore import scratch as module
from benchcore.scratch import PREFIX, YOUNG_S, scratch


@pytest.fixture
def parent(tmp_path, monkeypatch):
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def aged(folder):
    old_s = folder.lstat().st_mtime - 2 * YOUNG_S
    os.utime(folder, (old_s, old_s), follow_symlinks=False)
    return folder


def test_it_is_gone_afterwards_also_after_an_error(parent):
    with scratch() as folder:
        (folder / "weights").write_bytes(b"1")
        assert folder.parent == parent
    with pytest.raises(ValueError, match="x"), scratch():
        raise ValueError("x")
    assert list(parent.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_others_hold_or_own_stays(parent):
    left = parent / f"{PREFIX}killed"
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "images.npy").write_bytes(b"1")
    aged(left)
    young, other, file = parent / f"{PREFIX}young", parent / "benchcore-x", parent / f"{PREFIX}file"
    young.mkdir()
    other.mkdir()
    file.write_text("no folder")
    link = parent / f"{PREFIX}link"
    link.symlink_to(other)
    stays = {aged(path) for path in (other, file, link)} | {young}
    with scratch() as held:
        aged(held)
        with scratch() as folder:
            assert set(parent.iterdir()) == {held, folder, *stays}
    assert set(parent.iterdir()) == stays


def test_a_folder_of_another_user_stays(parent, monkeypatch):
    left = parent / f"{PREFIX}theirs"
    left.mkdir()
    aged(left)
    monkeypatch.setattr(module.os, "geteuid", lambda: os.getuid() + 1)
    with scratch():
        assert left.is_dir()


def test_the_lock_goes_with_a_process_that_is_killed(parent):
    words = "import sys, time\nfrom benchcore.scratch import scratch\n"
    words += "with scratch() as folder:\n    print(folder, flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen(
        [sys.executable, "-c", words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(parent)},
    ) as process:
        assert process.stdout is not None
        left = aged(type(parent)(process.stdout.readline().strip()))
        with scratch():
            assert left.is_dir()
        process.kill()
    with scratch():
        assert not left.exists()


def test_without_a_place_it_is_an_error(parent, monkeypatch):
    monkeypatch.setattr(module.tempfile, "tempdir", str(parent / "nowhere"))
    with pytest.raises(OSError, match="No such file"), scratch():
        pass
