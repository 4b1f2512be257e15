"""Verdicts of a document that are given anew by today's rules."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchcore import result
from benchcore.result import NoiseFloor
from benchcore.selftest import Finding, Selftest

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / "docs" / "results" / "2026-11-26-h100-h-default.json"


def finding(what, low, high):
    return Finding(what=what, passed=True, estimate=1.0, low=low, high=high, sentence="")


@pytest.fixture
def judged(tmp_path):
    def run(selftest, document=MEASURED):
        path = tmp_path / "selftest.json"
        path.write_bytes(selftest if isinstance(selftest, bytes) else msgspec.json.encode(selftest))
        output = tmp_path / "new.json"
        words = [document, "--selftest", path, "--output", output]
        ended = subprocess.run(
            [sys.executable, ROOT / "scripts" / "judge_again.py", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return ended, output

    return run


def selftest(**changes):
    findings = [finding("same torch", 0.99, 1.01), finding("same dlib", 0.7, 1.3)]
    given = {"device": "cuda:0", "batch": 32, "findings": findings, "noise_floor": 0.3}
    return Selftest(**{**given, "passed": True, **changes})


def test_only_verdicts_floor_and_notes_change(judged, tmp_path):
    measured = result.read(MEASURED)
    # What the rules of another day said of a noisy machine.
    old = msgspec.structs.replace(
        measured,
        noise_floor=NoiseFloor(log_half_width=0.3, created="2026-11-26T00:00:00+00:00"),
        cells=[
            msgspec.structs.replace(
                cell,
                verdict={"dlib": msgspec.structs.replace(cell.verdict["dlib"], outcome="SAME")},
            )
            for cell in measured.cells
        ],
    )
    path = tmp_path / "old.json"
    path.write_bytes(result.encode(old))
    ended, output = judged(selftest(), path)
    assert (ended.returncode, ended.stderr) == (0, "")
    new = result.read(output)
    assert new.noise_floor.log_half_width == pytest.approx(0.01, rel=0.01)
    assert [cell.verdict["dlib"].outcome for cell in new.cells] == ["SLOWER", "SLOWER"]
    assert [cell.verdict["dlib"].margin for cell in new.cells] == pytest.approx([0.0305] * 2, 0.01)
    assert new.notes[:-1] == old.notes
    assert "scripts/judge_again.py" in new.notes[-1]
    same = msgspec.structs.replace(
        new,
        noise_floor=old.noise_floor,
        notes=old.notes,
        cells=[
            msgspec.structs.replace(after, verdict=before.verdict)
            for after, before in zip(new.cells, old.cells, strict=True)
        ],
    )
    assert same == old


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{", "truncated"), (b"{}", "missing required field"), (b"", "truncated")],
)
def test_what_is_no_selftest_is_refused_in_a_sentence(judged, content, said):
    ended, output = judged(content)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not output.exists()
