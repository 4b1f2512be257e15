"""The gate: outcomes, their order, exit statuses, and what they are printed as."""

import json
import re

import msgspec
import pytest
from test_compare import BASE, EARLIER, ENVIRONMENT, blocks, cell, contender, document

from benchcore import cli, result
from benchcore.gate import Gate, Remark, judge
from benchcore.report import judgement
from benchcore.result import NoiseFloor, Proof

HERE = {**ENVIRONMENT, "machine_id": "m"}
BASELINE = document(
    cell(contender(12.0, day=EARLIER), contender(10.0, day=EARLIER)), environment=HERE
)


def measured(dlib=12.0, torch=10.0, environment=HERE, **changes):
    return document(
        cell(contender(dlib, **changes), contender(torch)),
        environment=environment,
    )


@pytest.mark.parametrize(
    ("after", "outcome", "status", "said"),
    [
        (measured(), "PASSED", 0, "nothing is worse than the baseline in 1 cell"),
        (measured(13.2), "REGRESSION", 1, "dlib in resnet50 infer batch 8: The factor changed"),
        (measured(10.8), "PASSED", 0, "nothing is worse"),
        (measured(13.2, 11.0), "PASSED", 0, "nothing is worse"),
        (measured(12.24), "INCONCLUSIVE", 0, "across the 2% margin"),
        (measured(mib=530.0), "REGRESSION", 1, "500 MiB before, 530 MiB after"),
        (measured(mib=515.0), "PASSED", 0, "nothing is worse"),
        (measured(status="crashed", reason="Killed."), "FAILED", 6, "crashed after. Killed."),
        (measured(status="oom", reason="Full."), "FAILED", 6, "Full."),
        (measured(status="invalid", reason="Wrong."), "INVALID", 4, "Wrong."),
        (measured(status="refused", reason="Can't."), "REGRESSION", 1, "Can't."),
    ],
)
def test_outcomes(after, outcome, status, said):
    found = judge(after, BASELINE)
    assert (found.outcome, found.exit_status) == (outcome, status)
    assert found.sentence.startswith(outcome)
    assert said in found.sentence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"machine_id": "other"}, "another machine"),
        ({"cpu": {"model": "B"}, "fingerprint": "g"}, "The machines differ"),
        ({"torch": {"version": "2.7"}, "fingerprint": "g"}, "The reference's own version differs"),
        ({"fingerprint": "g"}, "The fingerprints"),
        ({"fingerprint": None}, "doesn't say on which machine and versions"),
        ({"machine_id": None}, "doesn't say on which machine it"),
    ],
)
def test_what_is_not_comparable_is_no_regression(change, said):
    after = measured(24.0, environment={**HERE, **change})
    found = judge(after, BASELINE)
    assert (found.outcome, found.exit_status) == ("NOT_COMPARABLE", 5)
    assert said in found.sentence
    forced = judge(after, BASELINE, force=True)
    assert "compared by force" in forced.sentence
    assert forced.exit_status in (0, 1)


def test_another_build_of_dlib_is_what_a_gate_is_for():
    environment = {**HERE, "dlib": {"version": "20.1"}, "fingerprint": "g"}
    assert judge(measured(environment=environment), BASELINE).outcome == "PASSED"
    assert judge(measured(13.2, environment=environment), BASELINE).outcome == "REGRESSION"


def test_documents_without_a_common_cell():
    other = document(cell(contender(12.0), contender(10.0), batch=4), environment=HERE)
    found = judge(other, BASELINE)
    assert found.exit_status == 5
    assert "no cell in common" in found.sentence
    by_force = judge(other, BASELINE, force=True, strict=True)
    assert (by_force.outcome, by_force.exit_status) == ("INCONCLUSIVE", 3)


@pytest.mark.parametrize("sides", [(True, False), (False, True), (True, True)])
def test_by_force_nothing_is_not_passed(sides):
    empty = msgspec.structs.replace(BASELINE, cells=[])
    pair = [empty if without else BASELINE for without in sides]
    found = judge(*pair, force=True, strict=True)
    assert (found.outcome, found.exit_status, found.tested) == ("INCONCLUSIVE", 3, 0)


def test_a_proof_that_failed_makes_a_document_invalid():
    proof = Proof(
        held=False,
        bound=1e-3,
        max_rel_error=0.5,
        loss_errors=None,
        input_sha256={},
        weights_sha256={},
    )
    wrong = document(
        cell(contender(12.0), contender(10.0), proof=proof),
        environment=HERE,
    )
    found = judge(wrong, BASELINE)
    assert (found.outcome, found.exit_status) == ("INVALID", 4)
    assert "did not do the same work" in found.sentence


def test_a_missing_cell_is_inconclusive_and_strict_makes_it_3():
    both = document(
        cell(contender(12.0), contender(10.0)),
        cell(contender(12.0), contender(10.0), batch=4),
        environment=HERE,
    )
    found = judge(BASELINE, both)
    assert (found.outcome, found.exit_status) == ("INCONCLUSIVE", 0)
    assert "no such cell" in found.sentence
    assert judge(BASELINE, both, strict=True).exit_status == 3
    assert judge(both, BASELINE, strict=True).exit_status == 0


def test_a_failure_hides_a_regression():
    worse = document(
        cell(contender(13.2), contender(10.0)),
        cell(contender(12.0, status="oom", reason="Full."), contender(10.0), batch=4),
        environment=HERE,
    )
    both = document(
        cell(contender(12.0), contender(10.0)),
        cell(contender(12.0), contender(10.0), batch=4),
        environment=HERE,
    )
    found = judge(worse, both)
    assert found.exit_status == 6
    assert {remark.outcome for remark in found.remarks} == {"FAILED", "REGRESSION"}


def test_the_threshold_replaces_the_margin_and_noise_widens_it():
    slower = measured(12.6)
    assert judge(slower, BASELINE).outcome == "REGRESSION"
    assert judge(slower, BASELINE, threshold=0.1).outcome == "PASSED"
    noisy = msgspec.structs.replace(
        slower, noise_floor=NoiseFloor(log_half_width=0.03, created="now")
    )
    assert judge(noisy, BASELINE, threshold=0.01).outcome == "PASSED"


def test_a_cell_slowed_by_a_tenth_in_a_document_of_one_launch():
    """The same samples but for one contender: what scatters is the same in both."""
    rough = [
        msgspec.structs.replace(
            block, wall_ms=[ms * (1 + 0.1 * block.round) for ms in block.wall_ms]
        )
        for block in blocks(12.0, launches=1)
    ]
    slowed = [
        msgspec.structs.replace(block, wall_ms=[ms * 1.1 for ms in block.wall_ms])
        for block in rough
    ]
    pair = [
        document(
            cell(contender(12.0, samples=samples), contender(10.0, launches=1)), environment=HERE
        )
        for samples in (rough, slowed)
    ]
    found = judge(pair[1], pair[0])
    assert found.exit_status == 1
    assert "one launch is blind" in found.sentence
    assert judge(pair[0], pair[0]).exit_status == 0
    floor = NoiseFloor(log_half_width=0.05, created="now")
    noisy = [msgspec.structs.replace(made, noise_floor=floor) for made in pair]
    assert judge(noisy[1], noisy[0]).exit_status == 1  # the noise is the same in both


def run(capsys, tmp_path, *words, after=None):
    paths = []
    for name, made in (("doc", after or measured()), ("base", BASELINE)):
        path = tmp_path / f"{name}.json"
        path.write_bytes(result.encode(made))
        paths.append(str(path))
    status = cli.main(["gate", paths[0], "--baseline", paths[1], *words])
    return status, capsys.readouterr()


def test_text_is_the_sentence(capsys, tmp_path):
    status, printed = run(capsys, tmp_path)
    assert status == 0
    assert printed.out == "PASSED: nothing is worse than the baseline in 1 cell.\n"


def test_json_is_one_document_and_annotations_go_elsewhere(capsys, tmp_path):
    status, printed = run(capsys, tmp_path, "--json", "--annotations", after=measured(13.2))
    assert status == 1
    found = json.loads(printed.out)
    assert (found["outcome"], found["exit_status"]) == ("REGRESSION", 1)
    assert printed.err.startswith("::error title=REGRESSION%3A dlib in resnet50 infer batch 8::")


def test_what_a_document_says_acts_on_no_terminal_and_no_runner():
    hostile = Remark(
        outcome="FAILED",
        cell="a\x1b]0;title\x07\u202e",
        contender="\x1b[2J",
        sentence=f"{'x ' * 30}{' ::stop-commands::token' * 8} ##[error]no",
    )
    found = Gate(
        outcome="FAILED",
        exit_status=6,
        threshold=None,
        tested=2,
        sentence=f"{'y' * 74} ::stop-commands::token \x1b[31m",
        remarks=[hostile, hostile],
    )
    shown = judgement.render(found)
    told = judgement.annotations(found)
    assert not {"\x1b", "\x07", "\u202e"} & set(shown + told)
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    assert "##[" not in shown
    assert all(line.startswith("::error title=") for line in told.splitlines())


def test_annotations_escape_what_would_end_a_command():
    crashed = measured(status="crashed", reason="50% done\n::error::faked")
    lines = judgement.annotations(judge(crashed, BASELINE)).splitlines()
    assert len(lines) == 1
    assert "50%25 done%0A::error::faked" in lines[0]
    passed = judgement.annotations(judge(BASELINE, BASELINE))
    assert passed.startswith("::notice title=benchcore gate::PASSED")


@pytest.mark.parametrize("word", ["0", "1", "-0.1", "150%", "x", "nan", "inf", "%"])
def test_a_wrong_threshold_is_one_sentence(capsys, tmp_path, word):
    status, printed = run(capsys, tmp_path, f"--threshold={word}")
    assert status == 2
    assert printed.err == (
        f"benchcore: --threshold is {word!r}; it takes a share such as 0.05 or 5%, above 0 and "
        "below 1.\n"
    )


def test_a_file_that_is_no_document_exits_2(capsys, tmp_path):
    path = tmp_path / "x.json"
    for content in (b"{}", b"", b'{"schema_version": "\xff"}', b"[" * 100_000):
        path.write_bytes(content)
        assert cli.main(["gate", str(path), "--baseline", str(path)]) == 2
        printed = capsys.readouterr().err
        assert str(path) in printed
        assert printed.count("\n") == 1


def test_an_error_of_the_program_is_no_regression(capsys, tmp_path, monkeypatch):
    def broken(*words, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("benchcore.gate.judge", broken)
    assert run(capsys, tmp_path)[0] == 70


def test_not_comparable_exits_5(capsys, tmp_path):
    after = measured(environment={**HERE, "machine_id": "other"})
    assert run(capsys, tmp_path, after=after)[0] == 5


def test_documents_of_older_versions_without_a_machine_are_refused():
    assert judge(BASE, BASE).exit_status == 5


def test_a_baseline_outlives_an_update_that_records_more():
    more = {**HERE, "cpu": {**HERE["cpu"], "flags": "new"}, "fingerprint": "g"}
    assert judge(measured(environment=more), BASELINE).outcome == "PASSED"
    assert judge(measured(13.2, environment=more), BASELINE).exit_status == 1


def test_a_document_of_one_launch_against_itself_is_conclusive():
    samples = [
        msgspec.structs.replace(block, wall_ms=[ms])
        for block, ms in zip(blocks(12.0, 1, 2), (12.0, 14.0), strict=True)
    ]
    one = document(
        cell(contender(0.0, samples=samples), contender(0.0, samples=samples)), environment=HERE
    )
    assert judge(one, one, strict=True).outcome == "PASSED"
