"""`benchcore selftest` from the command line to what it prints and keeps; nothing is measured."""

import json

import msgspec
import pytest

from benchcore import cli, environment, noise, selftest_command
from benchcore.channel import StoppedError
from benchcore.selftest import Finding, Selftest

SAME = Finding(
    what="same torch", passed=True, estimate=1.0, low=0.99, high=1.01, sentence="It is the same."
)
LOST = Finding(what="slowed", passed=False, estimate=None, sentence="It was not found.")


class NoMachine:
    def __init__(self, device, threads):
        pass

    def close(self):
        pass


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The command's exit status, given what is found and what happens meanwhile."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def started(*words, found=(SAME,), meanwhile=lambda: None):
        def judge(machine, chosen, batch, stop):
            meanwhile()
            yield from found

        monkeypatch.setattr(selftest_command, "judge", judge)
        monkeypatch.setattr(selftest_command, "ThisMachine", NoMachine)
        kept = {"fingerprint": "f" * 16}
        monkeypatch.setattr(environment, "collect_in_child", lambda threads, stop: kept)
        return cli.main(["selftest", "--device", "cpu", *words])

    return started


def test_the_findings_are_printed_and_the_document_is_kept(run, capsys, tmp_path):
    path = tmp_path / "selftest.json"
    assert run("--output", str(path)) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == SAME.sentence
    assert last.startswith("Noise floor: 1.00%")
    kept = msgspec.json.decode(path.read_bytes(), type=Selftest)
    assert kept.findings == [SAME]
    assert (kept.device, kept.batch, kept.passed) == ("cpu", 1, True)
    assert noise.read("f" * 16, "cpu").log_half_width == kept.noise_floor


def test_json_is_the_document_in_both_places(run, capsys, tmp_path):
    path = tmp_path / "selftest.json"
    assert run("--json", "--output", str(path)) == 0
    printed = capsys.readouterr().out
    assert path.read_text() == printed
    assert json.loads(printed)["findings"][0]["what"] == "same torch"


def test_what_failed_is_kept_too(run, capsys, tmp_path):
    path = tmp_path / "selftest.json"
    assert run("--output", str(path), found=(SAME, LOST)) == 4
    assert "can't be trusted" in capsys.readouterr().out
    assert not msgspec.json.decode(path.read_bytes(), type=Selftest).passed


def test_a_place_that_is_none_is_refused_before_anything_is_measured(run, capsys):
    def meanwhile():
        pytest.fail("It was measured.")

    assert run("--output", "/no/where.json", meanwhile=meanwhile) == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("benchcore: --output is '/no/where.json'; it is a file in a directory")


def test_a_place_that_went_away_is_said_after_the_findings(run, capsys, tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    assert run("--output", str(folder / "selftest.json"), meanwhile=folder.rmdir) == 2
    output = capsys.readouterr()
    assert output.out.splitlines()[0] == SAME.sentence
    assert "can't be written: No such file or directory." in output.err.splitlines()[-1]


def test_an_interrupted_one_keeps_nothing(run, capsys, tmp_path):
    def meanwhile():
        raise StoppedError("interrupted")

    path = tmp_path / "selftest.json"
    assert run("--output", str(path), meanwhile=meanwhile) == 130
    assert not path.exists()
    assert "no noise floor is kept" in capsys.readouterr().err
    assert noise.read("f" * 16, "cpu") is None
