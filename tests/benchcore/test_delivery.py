"""A document that nobody takes is kept, and a file belongs to one run."""

import os
import subprocess
import sys

import msgspec
import pytest
from sample_documents import small as sample

from benchcore import delivery, headless, kept, profile_command, recorder, result, streams
from benchcore.claim import claimed
from benchcore.errors import UsageError


@pytest.fixture
def rescued(monkeypatch, tmp_path):
    """The documents in the folder of last resort."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def found():
        return [result.read(path) for path in (tmp_path / "state").glob("benchcore/rescued/*")]

    return found


def broken():
    raise ZeroDivisionError("a bug in a table")


def test_without_a_home_the_temporary_folder_serves(monkeypatch, tmp_path):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(kept.Path, "home", unknown)
    monkeypatch.setattr(kept.tempfile, "tempdir", str(tmp_path))
    assert kept.folder("noise").is_relative_to(tmp_path)


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt])
def test_a_bug_in_a_page_loses_nothing(rescued, monkeypatch, tmp_path, failure):
    def rendered(*_):
        raise failure

    monkeypatch.setattr(profile_command, "_rendered", rendered)
    with pytest.raises(failure):
        profile_command._keep_page(sample(), tmp_path / "page.html")
    assert rescued() == [sample()]


def test_a_file_that_can_not_be_looked_at_is_not_replaced_by_nothing(monkeypatch, tmp_path):
    empty = msgspec.structs.replace(sample(), cells=[])
    target = tmp_path / "d.json"
    assert headless._is_more(empty, None, target)
    target.write_text("")
    assert headless._is_more(empty, None, target)
    assert not headless._is_more(empty, sample(), target)
    target.write_text("a result")
    assert not headless._is_more(empty, None, target)
    assert headless._is_more(sample(), None, target)

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(target), "stat", forbidden)
    assert not headless._is_more(empty, None, target)


@pytest.mark.parametrize("safe", [True, False])
def test_a_bug_in_a_report_loses_nothing(rescued, safe):
    with pytest.raises(ZeroDivisionError):
        delivery.deliver(broken, sample(), enough=True, safe=safe)
    assert rescued() == ([] if safe else [sample()])


@pytest.mark.parametrize(
    ("enough", "safe", "kept"), [(True, False, 0), (False, True, 0), (False, False, 1)]
)
def test_what_is_printed_may_not_be_enough(rescued, capsys, enough, safe, kept):
    assert delivery.deliver(lambda: print("tables"), sample(), enough=enough, safe=safe)
    assert len(rescued()) == kept
    assert ("the document is kept in" in capsys.readouterr().err) == bool(kept)


def test_a_state_folder_that_takes_nothing_has_a_second(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(delivery.tempfile, "gettempdir", lambda: str(tmp_path / "second"))
    delivery.rescue(sample())
    (path,) = (tmp_path / "second").iterdir()
    assert result.read(path) == sample()
    assert str(path) in capsys.readouterr().err


def test_a_file_belongs_to_one_run_and_no_lock_is_left(tmp_path):
    target = tmp_path / "d.json"
    other = f"from benchcore.claim import claimed\nfrom pathlib import Path\n\
with claimed(Path({str(target)!r})): print('held')"
    with claimed(target):
        done = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True)
        assert "another run is writing" in done.stderr
        with pytest.raises(UsageError, match="another run is writing"), claimed(target):
            pytest.fail("held twice")
    assert list(tmp_path.iterdir()) == []
    done = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True)
    assert done.stdout == "held\n"


def test_a_lock_that_was_left_is_taken_over(tmp_path):
    (tmp_path / ".d.json.lock").touch()
    with claimed(tmp_path / "d.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_a_lock_makes_no_file_elsewhere(tmp_path):
    (tmp_path / ".d.json.lock").symlink_to(tmp_path / "elsewhere")
    with claimed(tmp_path / "d.json"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_no_file_and_a_folder_without_locks_are_nobody_s(tmp_path):
    with claimed(None), claimed(tmp_path / "absent" / "d.json"):
        pass


def test_a_full_standard_output_is_found_before_the_run(monkeypatch):
    with open("/dev/full", "w") as full, monkeypatch.context() as replaced:  # noqa: PTH123
        replaced.setattr(sys, "stdout", full)
        with pytest.raises(UsageError, match="standard output can't be written: No space left"):
            streams.check_room()


def test_a_pipe_without_a_reader_is_told_after_the_run_only(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe, monkeypatch.context() as replaced:
        replaced.setattr(sys, "stdout", pipe)
        streams.check_room()


def test_too_little_room_for_a_document_is_found_before_the_run(monkeypatch, tmp_path):
    def full(*arguments, **options):
        return open("/dev/full", "wb")  # noqa: PTH123

    monkeypatch.setattr(recorder.tempfile, "NamedTemporaryFile", full)
    with pytest.raises(UsageError, match=r"--output: .* can't be written: No space left"):
        recorder.checked_path(tmp_path / "d.json")
