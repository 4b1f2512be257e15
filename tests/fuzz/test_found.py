"""What `make fuzz` found, each as small as it could be made."""

import io
import json
import os
import socket
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from bases import changed, documents, lines
from commands import command, is_sentence, within
from PIL import Image
from targets.images import png

from benchcore import bounded, config, data, kept, noise, result
from benchcore.errors import UsageError
from benchcore.plan import make_plan
from benchcore.report import plain, text
from benchcore.report.table import Table
from benchcore.result import NoiseFloor
from dlib_net import StateError
from dlib_net import weights as files
from tui.replay import read_recording

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n%%EOF\n"


def set_median(value):
    def change(tree):
        tree["cells"][0]["contenders"]["dlib"]["wall"]["median_ms"] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_median(-1.0), r"`float` >= 0\.0 - at `\$\.cells\[0\].*wall\.median_ms`"),
        (set_median(1e300), r"<= 1000000000000000\.0 - at `\$\.cells\[0\].*wall\.median_ms`"),
        (lambda t: t["cells"][0].update(batch=-3), r"`int` >= 0 - at `\$\.cells\[0\]\.batch`"),
        (lambda t: t["cells"].append(t["cells"][0]), "has the cell resnet50 infer batch 1 twice"),
        (lambda t: t.update(schema_version=1), 'no text; it is such as "1.'),
    ],
)
def test_documents_that_can_not_be_true(change, words):
    with pytest.raises(UsageError, match=words):
        result.decode(changed(change), "a.json")


def test_what_a_document_says_does_not_reach_the_terminal_in_an_error(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(changed(lambda tree: tree.update(schema_version="\x1b[2J" + "9" * 100_000)))
    answer = command(["report", str(path)])
    assert answer.status == 2
    is_sentence(answer.err.rstrip("\n"))


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
def test_names_that_no_file_can_have(name):
    answer = command(["report", name])
    assert answer.status == 2
    assert "is the name of no file" in answer.err


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (os.mkfifo, "a named pipe"),
        (os.mkdir, "a directory"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: socket.socket(socket.AF_UNIX).bind(str(path)), "a socket"),
    ],
)
def test_what_is_no_regular_file_is_not_waited_for(tmp_path, monkeypatch, make, kind):
    monkeypatch.chdir(tmp_path)  # the name of a socket is 108 bytes at most
    make(Path("a.json"))
    Path("good.json").write_text(documents()[2])
    for words, place in (
        (["report", "a.json"], "a.json"),
        (["compare", "good.json", "a.json"], "a.json"),
        (["gate", "good.json", "--baseline", "a.json"], "a.json"),
        (["--headless", "--resume", "a.json"], "a.json"),
        (["plan", "--config", "a.json"], "--config: a.json"),
    ):
        with within(5):
            answer = command(words)
        assert answer.status == 2
        assert answer.err == f"benchcore: {place} is {kind}; give a regular file.\n"


def test_a_named_pipe_is_no_weights_file(tmp_path):
    os.mkfifo(tmp_path / "w.pth")
    with within(5), pytest.raises(StateError, match=r"is no regular file; give \.safetensors"):
        files.read_weights(tmp_path / "w.pth")


def test_a_pipe_that_a_shell_made_is_read_to_its_end():
    reading, writing = os.pipe()
    writer = threading.Thread(target=lambda: os.fdopen(writing, "w").write(documents()[2]))
    writer.start()
    try:
        with within(5):
            answer = command(["report", f"/dev/fd/{reading}"])
    finally:
        writer.join()
        os.close(reading)
    assert answer.status == 0, answer.err


def test_what_is_too_large_to_be_shown_is_not_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"[" + b"{}," * bounded.MOST_GROUPS + b"{}]")
    with pytest.raises(UsageError, match="more than 1,000,000 lists and records"):
        result.read(path)
    with path.open("wb") as file:
        file.truncate(bounded.LARGEST_MIB * 2**20 + 1)
    with pytest.raises(UsageError, match="is larger than 64 MiB"):
        result.read(path)


@pytest.mark.parametrize(
    "content", ["seed = " + "[" * 15_000, "seed = 0x" + "f" * 6000, "batch_sizes = [0x1" + "0" * 99]
)
def test_toml_that_python_itself_gives_up_on(tmp_path, content):
    path = tmp_path / "a.toml"
    path.write_text(content)
    with pytest.raises(UsageError, match="--config"):
        make_plan(config.read_config(path), device="cpu", contenders=("dlib", "torch"))


def altered(number, **changes):
    """The recording with other values in one of its events."""
    found = list(lines())
    found[number] = json.dumps({**json.loads(found[number]), **changes}).encode()
    return b"\n".join(found)


def altered_plan(**changes):
    return altered(0, plan={**json.loads(lines()[0])["plan"], **changes})


def last_cell():
    return max(n for n, line in enumerate(lines()) if b'"cell_finished"' in line)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: altered(last_cell(), index=4), "it tells of cell 5 of a run of 4"),
        (lambda: altered_plan(profile="x"), "its plan has the profile 'x'"),
        (lambda: altered_plan(contenders=[]), "its plan names no contender"),
        (
            lambda: altered_plan(batch_sizes=list(range(90_000)), networks=["a"] * 90_000),
            "cells, more than",
        ),
    ],
)
def test_recordings_of_no_run(tmp_path, content, words):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content())
    with pytest.raises(UsageError, match=words):
        read_recording(path)


@pytest.mark.parametrize("content", [b'{"created": "\xb0"}', b"[" * 100_000, b"\xff"])
def test_state_that_is_no_text_counts_as_none(tmp_path, monkeypatch, content):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = kept.path(noise.KIND, "f" * 16, "cpu")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert kept.read(noise.KIND, "f" * 16, "cpu", NoiseFloor) is None


def gif():
    stream = io.BytesIO()
    Image.new("L", (9, 9)).save(stream, "GIF")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: EPS, "cannot identify image"),
        (gif, "cannot identify image"),
        (lambda: png(7100, 7100, 8, 2, rows=0), "7100x7100 pixels, over 50,000,000"),
        (lambda: png(1, 50_000_000, 8, 2, rows=0), "1x50000000 pixels, a side over 65,535"),
        (lambda: png(12_000, 12_000, 1, 0, rows=0), "12000x12000 pixels"),
    ],
)
def test_files_that_are_no_image_to_decode(tmp_path, monkeypatch, content, words):
    """An EPS file under another name had Ghostscript run on it."""
    (tmp_path / "a.png").write_bytes(content())
    monkeypatch.setattr("subprocess.Popen", None)
    with pytest.raises(UsageError, match=words):
        data.ImageFolder(tmp_path, 8, 8).check(1)


def test_a_pipe_among_images_is_no_image(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(UsageError, match="holds no"):
        data.ImageFolder(tmp_path, 8, 8)


def test_an_archive_that_unpacks_to_more_than_it_is_long(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_MIB", 1)
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2 * 2**20))
    assert path.stat().st_size < 10_000
    with pytest.raises(StateError, match="holds 2 MiB; at most 1 are read"):
        files.read_weights(path)


@pytest.mark.parametrize("shape", [(2,), (1 << 40,)])
def test_a_tensor_that_claims_more_than_there_is(shape):
    claimed = {"a": torch.ones(1, dtype=torch.float64).expand(1 << 41)}
    with pytest.raises(StateError, match=r"^a has shape \(2199023255552,\)"):
        files.fit_state({"a": shape}, claimed)
    assert files.fit_state({"a": (2,)}, {"a": np.ones(2)})["a"].dtype == np.float32


def test_words_of_any_length_are_cut():
    assert len(plain.plain("x" * 10**7)) == len(plain.plain("\u4e2d" * 10**7)) == plain.LONGEST
    table = Table("t", (("", 1),), ("name",), [("x" * 10**6,), ("y",)], [])
    assert max(map(len, text.table_lines(table))) == text.WIDEST
