"""The sheet of charts as a picture, and the command that writes it."""

import io
import struct
import subprocess
import sys
import time

import msgspec
import pytest
import sample_documents
from hypothesis import given, settings
from hypothesis import strategies as st

from benchcore import cli, report, result
from benchcore.errors import UsageError
from benchcore.report import png, sheet

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "document.json"
    path.write_bytes(result.encode(sample_documents.small()))
    return path


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(SIGNATURE)
    return struct.unpack(">II", picture[16:24])


def test_the_picture_has_the_size_of_the_sheet():
    pytest.importorskip("matplotlib")
    document = sample_documents.small()
    layout = sheet.sheet(document)
    width, height = size(report.encoded(document, "png"))
    assert abs(width - layout.width * png.SCALE) <= 1
    assert abs(height - layout.height * png.SCALE) <= 1


@pytest.mark.parametrize("words", ["$x_1$", "_hidden", "\\frac{1}", "\u4e2d\u202e\x1b", "", "%s"])
def test_hostile_names_are_drawn(words, capsys):
    pytest.importorskip("matplotlib")
    size(report.encoded(sample_documents.named(words), "png"))
    assert capsys.readouterr().err == ""


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=12))
def test_any_names_are_drawn(words):
    pytest.importorskip("matplotlib")
    size(report.encoded(sample_documents.named(words), "png"))


def test_without_cells():
    pytest.importorskip("matplotlib")
    size(report.encoded(msgspec.structs.replace(sample_documents.small(), cells=[]), "png"))


@pytest.mark.parametrize("groups", [4, 1000])
def test_a_thousand_cells_take_less_than_two_seconds(groups):
    pytest.importorskip("matplotlib.figure")
    document = sample_documents.large(groups=groups)
    began = time.process_time()
    report.encoded(document, "png")
    assert time.process_time() - began < 2.0


def test_without_matplotlib_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(png.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'dlib-pytorch-benchmark\[plots\]'"):
        report.encoded(sample_documents.small(), "png")


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "html", "svg", "png"])
def test_the_command_writes_the_same_to_a_file_and_to_standard_output(form, path, capfdbinary):
    if form == "png":
        pytest.importorskip("matplotlib")
    target = path.with_suffix(f".{form}")
    target.write_text("old")
    assert cli.main(["report", str(path), "--format", form, "--output", str(target)]) == 0
    assert capfdbinary.readouterr().out == b""
    assert cli.main(["report", str(path), "--format", form]) == 0
    assert capfdbinary.readouterr().out == target.read_bytes()
    assert sorted(entry.name for entry in path.parent.iterdir()) == sorted([path.name, target.name])


def test_a_picture_is_nothing_for_a_terminal(path, capsys, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", terminal)
    assert cli.main(["report", str(path), "--format", "png"]) == 2
    assert "--output" in capsys.readouterr().err
    assert terminal.getvalue() == ""


def test_a_wrong_output_is_refused(path, capsys):
    words = ["report", str(path), "--format", "html", "--output", str(path / "nowhere" / "x")]
    assert cli.main(words) == 2
    assert "--output is" in capsys.readouterr().err


def test_no_other_format_imports_matplotlib(path):
    script = (
        "import sys; from benchcore import cli\n"
        "cli.main(['report', sys.argv[1], '--format', 'html', '--output', sys.argv[1] + 'x'])\n"
        "print('matplotlib' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
