"""Output that is closed, full, or leads somewhere it must not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchcore import recorder
from benchcore.errors import UsageError


def run(command: str) -> subprocess.CompletedProcess[str]:
    words = command.replace("benchcore", f"{sys.executable} -m benchcore", 1)
    return subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("benchcore schema >/dev/full", 2, "standard output can't be written: No space left"),
        ("benchcore --version >/dev/full", 2, "standard output can't be written"),
        ("benchcore schema >&-", 2, "standard output is closed"),
        ("benchcore schema 2>&- >/dev/null", 0, ""),
        ("benchcore --headless --networks foo 2>/dev/full", 2, ""),
    ],
)
def test_streams_that_fail_end_in_one_sentence(command, status, words):
    done = run(command)
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_a_reader_who_has_left_hides_no_verdict(tmp_path):
    """The pipe has no reader from the start."""
    baseline = Path(__file__).parents[2] / "docs/results/2026-11-24-xeon-2-cores-quick.json"
    gated = tmp_path / "d.json"
    gated.write_text(baseline.read_text().replace('"status": "ok"', '"status": "crashed"'))
    words = [sys.executable, "-m", "benchcore", "gate", gated, "--baseline", baseline]
    alone = subprocess.run(words, capture_output=True, check=False).returncode
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode == alone == 6
    assert done.stderr == b""


def test_an_encoding_that_lacks_characters_is_no_error(tmp_path):
    source = Path(__file__).parents[2] / "docs/results/2026-11-24-xeon-2-cores-quick.json"
    document = json.loads(source.read_text())
    document["notes"] = ["\u4e2d\u6587 \U0001f600"]
    path = tmp_path / "d.json"
    path.write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-m", "benchcore", "report", path],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u4e2d" in done.stdout


def test_an_output_of_links_in_a_circle_is_one_sentence(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.symlink_to(second)
    second.symlink_to(first)
    with pytest.raises(UsageError, match="--output"):
        recorder.checked_path(first)


def test_a_closed_standard_error_leaves_standard_output_alone():
    done = run("benchcore plan --networks resnet50 2>&-")
    assert done.returncode == 0
    assert all(line.startswith("resnet50 ") for line in done.stdout.splitlines())


def test_only_regular_files_are_replaced(tmp_path):
    fifo, folder = tmp_path / "fifo", tmp_path / "folder"
    os.mkfifo(fifo)
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to("/dev/stdout")
    for refused in (fifo, folder, tmp_path / "absent" / "d.json", "/dev/null", link):
        with pytest.raises(UsageError, match="--output"):
            recorder.checked_path(Path(refused))
    assert fifo.is_fifo()


def test_links_are_followed_and_nothing_is_left_behind(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "target.json")
    assert recorder.checked_path(tmp_path / "link.json") == tmp_path / "target.json"
    assert [entry.name for entry in tmp_path.iterdir()] == ["link.json"]


def test_a_folder_that_takes_no_files_is_refused_before_the_run():
    with pytest.raises(UsageError, match="can't be written"):
        recorder.checked_path(Path("/proc/document.json"))
