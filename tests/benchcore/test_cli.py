import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from benchcore import cli, events
from benchcore.result import decode
from benchcore.status import exit_status

RUN = [
    *("--headless", "--profile", "quick", "--contenders", "slower,steady", "--device", "cpu"),
    *("--networks", "resnet50", "--modes", "infer", "--batch-sizes", "1", "--image-size", "33"),
]


def call(*words, **options):
    command = [sys.executable, "-m", "benchcore", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--headless", "--networks", "vgg"], "--networks has 'vgg'; choose from"),
        (["--headless", "--batch-sizes", "1,x"], "--batch-sizes is '1,x'; it takes whole numbers"),
        (["--headless", "--batch-sizes", "\u0662\u0663\u00b2"], "it takes whole numbers"),
        (["--headless", "--batch-sizes", "\u0662,4"], "it takes whole numbers"),
        (
            ["--headless", "--batch-sizes", "1,,2"],
            "--batch-sizes is '1,,2'; it takes whole numbers",
        ),
        (["--headless", "--train-batch-sizes", "2,"], "--train-batch-sizes is '2,'; it takes"),
        (["--headless", "--batch-sizes", ","], "--batch-sizes names nothing"),
        (["plan", "--seed", "\uff11"], "it takes a whole number"),
        (["--headless", "--contenders", "caffe"], "--contenders has 'caffe'"),
        (["--headless", "--device", "tpu"], "--device is 'tpu'; it is auto, cpu, or cuda:N"),
        (["--headless", "--timeout", "soon"], "--timeout is 'soon'; it takes a number of seconds"),
        (["--headless", "--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["--headless", "--json", "--csv"], "not allowed with"),
        (["--headless", "--images", "/nowhere"], "--images: there is no directory /nowhere"),
        (
            ["--headless", "--weights", "/nowhere.pth"],
            "/nowhere.pth does not exist",
        ),
        (["--headless", "--config", "/nowhere.toml"], "--config: /nowhere.toml can't be read"),
        (["--headless", "--output", "/no/where.json"], "--output is '/no/where.json'"),
        (["--headless", "--output", ""], "--output is ''; it takes a file"),
        (["--headless", "--resume", ""], "--resume is ''; it takes a file"),
        (["--headless", "--config", ""], "--config is ''; it takes a file"),
        (["--headless", "--images", ""], "--images is ''; it takes a directory"),
        (["--headless", "--weights", ""], "--weights is ''; it takes a .safetensors or"),
        (["report", ""], "document is ''; it takes a file"),
        (["gate", "x.json", "--baseline", ""], "--baseline is ''; it takes a file"),
        (["frobnicate"], "no sub-command 'frobnicate'"),
        (["report", "/nowhere.json"], "/nowhere.json can't be read"),
        (["compare", "/nowhere.json", "/nowhere.json"], "/nowhere.json can't be read"),
        (["compare", __file__, __file__], "is not a result document"),
        (["compare", "/nowhere.json"], "the following arguments are required: B"),
        (["verify", "--image-sizes", "54"], "--image-sizes is 54x54"),
        (["verify", "--disturb", "nan"], "--disturb is nan"),
        (["verify", "--contenders", ""], "--contenders names nothing"),
        (["plan", "--seed", "1.5"], "--seed is '1.5'; it takes a whole number"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(words, said, capsys):
    assert cli.main(words) == 2
    output = capsys.readouterr()
    assert output.out == ""
    lines = [line for line in output.err.splitlines() if line.startswith("benchcore: ")]
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in output.err


def test_without_headless_and_screens_it_says_what_to_do(capsys, monkeypatch):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    assert cli.main([]) == 2
    assert "use --headless" in capsys.readouterr().err


def test_help_names_the_subcommands():
    done = call("--help")
    assert done.returncode == 0
    for word in ("--headless", "verify", "plan", "compare", "schema"):
        assert word in done.stdout


def test_plan_prints_the_form_that_config_reads(tmp_path):
    first = call("plan", "--toml", "--device", "cpu", "--batch-sizes", "3", "--seed", "9")
    assert first.returncode == 0
    path = tmp_path / "plan.toml"
    path.write_text(first.stdout)
    assert call("plan", "--toml", "--config", str(path)).stdout == first.stdout
    listed = call("plan", "--config", str(path)).stdout.splitlines()
    assert listed[0] == "resnet50 infer batch 3: dlib, torch"


def test_json_is_one_document_and_nothing_else(plugin, tmp_path):
    path = tmp_path / "out.json"
    done = call(*RUN, "--json", "--output", str(path))
    assert done.returncode == 0
    document = decode(done.stdout.encode(), "stdout")
    assert document.status == "complete"
    assert document.cells[0].contenders["steady"].status == "ok"
    assert "Running on the CPU, as asked." in done.stderr
    assert path.read_text() == done.stdout
    assert os.listdir(tmp_path) == ["out.json"]  # noqa: PTH208


def test_jsonl_is_one_event_a_line(plugin, without_torch):
    done = call(*RUN, "--jsonl")
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_finished"
    assert {"environment", "cell_started", "memory", "proof", "block"} <= set(kinds)
    assert all(issubclass(kind, events.Event) for kind in events.Event.__subclasses__())


def test_default_output_is_tables_of_80_columns(plugin, without_torch):
    done = call(*RUN)
    assert "slower / steady" in done.stdout
    assert "Memory (MiB)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "status"), [("wrong", 4), ("killed", 6), ("hungry", 6), ("absent", 0)]
)
def test_exit_statuses_of_a_cell(plugin, without_torch, name, status):
    words = [word.replace("slower", name) for word in RUN]
    assert call(*words, "--json").returncode == status


def test_the_time_limit_exits_124_with_a_valid_document(plugin, without_torch):
    done = call(*RUN, "--json", "--timeout", "0.5")
    assert done.returncode == 124
    assert decode(done.stdout.encode(), "stdout").status == "timeout"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_130_and_what_was_measured(plugin, without_torch, number):
    words = [word.replace("quick", "rigorous") for word in RUN]
    with subprocess.Popen(
        [sys.executable, "-m", "benchcore", *words, "--jsonl"], stdout=subprocess.PIPE
    ) as process:
        for line in process.stdout:
            if json.loads(line)["type"] == "block":
                process.send_signal(number)
                break
        rest = process.stdout.read()
    assert process.returncode == 130
    last = json.loads(rest.splitlines()[-1])
    assert (last["type"], last["status"]) == ("run_finished", "interrupted")


def test_a_killed_worker_is_told_and_the_run_goes_on_with_status_6(plugin, without_torch, tmp_path):
    words = [*RUN, "--output", str(tmp_path / "d.json")]
    words[words.index("1")] = "1,2"
    with subprocess.Popen(
        [sys.executable, "-m", "benchcore", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        worker = wait_for_worker(process.pid, "slower")
        os.kill(worker, signal.SIGKILL)
        process.communicate(timeout=120)
    assert process.returncode == 6
    document = decode((tmp_path / "d.json").read_bytes(), "d.json")
    first, second = (cell.contenders["slower"] for cell in document.cells)
    assert first.status == "crashed"
    assert "SIGKILL" in first.reason
    assert second.status == "ok"
    assert document.status == "complete"


def wait_for_worker(parent, contender):
    """The number of the parent's worker process for a contender, once it is there."""
    for _ in range(600):
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            wanted = [b"benchcore.worker", contender.encode(), b"cpu"]
            if command[2:5] == wanted and str(parent).encode() in command:
                return int(entry.name)
        time.sleep(0.05)
    raise AssertionError("no worker came up")


def test_an_interrupted_run_is_completed_by_resume(plugin, without_torch, tmp_path):
    path = tmp_path / "d.json"
    words = [*RUN, "--output", str(path)]
    words[words.index("1")] = "1,2"
    with subprocess.Popen(
        [sys.executable, "-m", "benchcore", *words], stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith("[1/2]"):
                process.send_signal(signal.SIGINT)
                break
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(decode(path.read_bytes(), "d").cells) == 1
    refused = call("--headless", "--resume", str(path), "--seed", "1")
    assert refused.returncode == 2
    assert "--seed can't be given with --resume" in refused.stderr
    done = call("--headless", "--json", "--resume", str(path))
    assert done.returncode == 0
    document = decode(done.stdout.encode(), "stdout")
    assert (document.status, [c.batch for c in document.cells]) == ("complete", [1, 2])
    assert decode(path.read_bytes(), "d") == document
    again = call("--headless", "--resume", str(path))
    assert again.returncode == 2
    assert "nothing is left to measure" in again.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{}", "is not a result document: it has no schema_version"),
        (None, "can't be"),
    ],
)
def test_what_can_not_be_resumed_is_one_sentence(tmp_path, capsys, content, said):
    path = tmp_path / "d.json"
    if content is not None:
        path.write_text(content)
    assert cli.main(["--headless", "--resume", str(path)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("outcome", "flags", "strict", "status"),
    [
        ("INCONCLUSIVE", [], True, 3),
        ("INCONCLUSIVE", [], False, 0),
        ("SLOWER", ["not_converged"], True, 3),
        ("SLOWER", ["not_converged"], False, 0),
        ("SLOWER", [], True, 0),
        ("INVALID", [], False, 4),
    ],
)
def test_exit_statuses_of_verdicts(outcome, flags, strict, status):
    path = Path(__file__).parents[2] / "docs" / "results" / "2026-11-24-xeon-2-cores-quick.json"
    document = decode(path.read_bytes(), path.name)
    verdict = msgspec.structs.replace(document.cells[0].verdict["dlib"], outcome=outcome)
    cell = msgspec.structs.replace(document.cells[0], verdict={"dlib": verdict}, flags=flags)
    document = msgspec.structs.replace(document, cells=[cell])
    assert exit_status(document, strict=strict) == status


@pytest.mark.parametrize("limit_mib", [60, 75, 90, 105])
def test_too_little_address_space_is_no_regression(limit_mib):
    """OpenBLAS would end the process with status 1."""
    most = limit_mib * 2**20
    done = call(
        *("gate", "x.json", "--baseline", "y.json"),
        env={**os.environ, "OPENBLAS_NUM_THREADS": "64"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )
    assert done.returncode == 6
    assert done.stderr == "benchcore: memory ran out.\n"


def test_a_busy_gpu_is_refused_with_status_4(plugin, monkeypatch, capsys):
    monkeypatch.setattr("benchcore.runner.busy_reason", lambda device: "cuda:0 is used by 1")
    assert cli.main(RUN) == 4
    assert "cuda:0 is used by 1, so nothing measured would count" in capsys.readouterr().err


def test_progress_is_a_bar_on_a_terminal(plugin, without_torch, tmp_path):
    leader, follower = pty.openpty()
    out = tmp_path / "out.json"
    with (
        out.open("wb") as stdout,
        subprocess.Popen(
            [sys.executable, "-m", "benchcore", *RUN, "--json"],
            stdout=stdout,
            stderr=follower,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        ) as process,
    ):
        os.close(follower)
        said = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # the terminal's last holder has left
                break
            said += chunk
    os.close(leader)
    assert process.returncode == 0
    assert b"1/1" in said
    assert decode(out.read_bytes(), "stdout").status == "complete"


def test_contenders_lists_each_with_the_reason(plugin):
    done = call("contenders", "--device", "cpu")
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert lines["absent"] == "not here. Its hardware was never built."
    assert lines["torch"].startswith("PyTorch eager")
    assert "can't be loaded" in lines["unloadable"]


def test_info_is_json_with_a_fingerprint():
    found = json.loads(call("info").stdout)
    assert found["torch"]["threads"] == found["threads"]
    assert len(found["fingerprint"]) == 64


@pytest.mark.parametrize(
    "words",
    [
        ["--headless", "--output=--"],
        ["report", "a.json", "--format=--"],
        ["gate", "a.json", "--baseline=--"],
        ["plan", "--seed=--"],
        ["profile", "--iterations=--"],
        ["selftest", "--output=--"],
        ["verify", "--disturb=--"],
        ["info", "--device=--"],
        ["contenders", "--device=--"],
    ],
)
def test_two_dashes_are_no_value(words, capsys):
    assert cli.main(words) == 2
    option = words[-1].removesuffix("=--")
    assert capsys.readouterr().err == f"benchcore: {option} is '--'; it takes another value.\n"
