"""Where events come from: recordings, and processes that behave or do not."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
import pytest

from benchcore import events, result
from benchcore.errors import UsageError
from benchcore.events import BlockFinished, CellFinished, RunFinished, RunStarted
from benchcore.plan import Request
from tui import run_process
from tui.replay import Replay, read_recording
from tui.run_process import RunProcess, command_words, fresh_document
from tui.source import Ending, Inbox

QUICK = Request(
    networks=["resnet50"],
    modes=["infer"],
    batch_sizes=[1, 2],
    contenders=["slower", "steady"],
    device="cpu",
    image_size="33",
    profile="quick",
)


def all_of(source, until=None):
    """Events to the source's end, or to the first of a kind."""
    found = []
    for _ in range(6000):
        for event in source.collect():
            found.append(event)
            if until is not None and isinstance(event, until):
                return found
        if source.ending is not None:
            return found
        time.sleep(0.02)
    raise AssertionError("the source never ended")


def workers_of(pid):
    """Workers whose parent is or was the process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "benchcore.worker" in command and f"--parent {pid} " in command:
            found.append(command)
    return found


def test_a_recording_is_played_in_order(recording):
    replay = Replay(recording, speed=float("inf"))
    replay.start()
    assert all_of(replay) == recording
    assert replay.ending == Ending()
    replay.close()


def test_a_stopped_recording_ends_in_words(recording):
    replay = Replay(recording, speed=1e-3)
    replay.start()
    replay.close()
    played = all_of(replay)
    assert len(played) < len(recording)
    assert "stopped" in replay.ending.failure


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "begins with no run_started"),
        (b'{"type":"note","text":"x"}\n', "begins with no run_started"),
        (b"\x00\xff", "line 1 of"),
        (b'\n\n{"type":"run"}', "line 3 of"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, content, words):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_recording(path)
    with pytest.raises(UsageError, match="can't be read"):
        read_recording(tmp_path / "none.jsonl")


def test_a_request_becomes_the_words_of_a_command_line():
    from benchcore import options

    words = command_words(QUICK)
    assert words[:4] == ["--networks", "resnet50", "--modes", "infer"]
    arguments = options.run_parser().parse_args(["--headless", *words])
    assert options.request(arguments) == QUICK
    assert command_words(Request()) == []


def test_documents_get_names_that_are_free(tmp_path):
    first = fresh_document(tmp_path / "a" / "b")
    first.touch()
    assert fresh_document(tmp_path / "a" / "b") != first
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--folder: .*file/x can't be made"):
        fresh_document(tmp_path / "file" / "x")


def test_an_inbox_ends_only_when_it_is_empty():
    inbox = Inbox()
    inbox.put([RunFinished(status="complete")])
    inbox.end(Ending())
    inbox.end(Ending("later"))
    assert inbox.ending is None
    assert len(inbox.collect()) == 1
    assert inbox.ending == Ending()


def test_a_run_from_its_start_to_its_document(plugin, without_torch, tmp_path):
    source = RunProcess.begin(QUICK, tmp_path, allow_busy=True)
    source.start()
    told = all_of(source)
    source.close()
    assert isinstance(told[0], RunStarted)
    assert told[-1].status == "complete"
    assert source.ending == Ending()
    document = result.read(source.document)
    assert document.cells == [e.result for e in told if isinstance(e, CellFinished)]
    assert document.command[:2] == ["benchcore", "--headless"]


def test_a_cancelled_run_keeps_its_cells_leaves_no_worker_and_can_be_resumed(
    plugin, without_torch, tmp_path
):
    source = RunProcess.begin(QUICK, tmp_path, allow_busy=False)
    source.start()
    assert isinstance(all_of(source, until=CellFinished)[-1], CellFinished)
    all_of(source, until=BlockFinished)
    pid = source._process.pid
    source.cancel()
    source.cancel()
    ended = all_of(source)
    assert ended[-1].status == "interrupted"
    assert workers_of(pid) == []
    assert source.ending == Ending()
    kept = result.read(source.document)
    assert (kept.status, len(kept.cells)) == ("interrupted", 1)
    again = RunProcess.resume(source.document, allow_busy=False)
    again.start()
    assert all_of(again)[-1].status == "complete"
    document = result.read(source.document)
    assert document.cells[0] == kept.cells[0]
    assert (document.status, len(document.cells)) == ("complete", 2)


def test_a_killed_run_says_so_and_leaves_no_worker(plugin, without_torch, tmp_path):
    source = RunProcess.begin(QUICK, tmp_path, allow_busy=False)
    source.start()
    all_of(source, until=CellFinished)
    # The document is written right after the event is told.
    for _ in range(1000):
        if source.document.exists():
            break
        time.sleep(0.01)
    pid = source._process.pid
    os.kill(pid, signal.SIGKILL)
    all_of(source)
    assert "ended by SIGKILL" in source.ending.failure
    for _ in range(100):
        if not workers_of(pid):
            break
        time.sleep(0.05)
    assert workers_of(pid) == []
    assert len(result.read(source.document).cells) == 1


def test_a_run_outlives_no_reader(plugin, without_torch, tmp_path):
    script = (
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from benchcore.events import BlockFinished\n"
        "from benchcore.plan import Request\n"
        "from tui.run_process import RunProcess\n"
        "import msgspec\n"
        "request = msgspec.json.decode(sys.argv[1], type=Request)\n"
        "source = RunProcess.begin(request, Path(sys.argv[2]), allow_busy=False)\n"
        "source.start()\n"
        "while not any(isinstance(e, BlockFinished) for e in source.collect()):\n"
        "    time.sleep(0.02)\n"
        "print(source._process.pid, source.document, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    import subprocess

    words = [sys.executable, "-c", script, msgspec.json.encode(QUICK).decode(), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    pid, document = done.stdout.split()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() and not workers_of(pid):
            break
        time.sleep(0.05)
    assert workers_of(pid) == []
    assert json.loads(Path(document).read_text())["status"] == "interrupted"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; print('benchcore: no such thing.', file=sys.stderr); sys.exit(2)", "no such"),
        ("import sys; print('Oops', file=sys.stderr); sys.exit(70)", "status 70: Oops"),
        ("pass", "status 0: it said nothing"),
        ("print('{')", "nobody understands"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
    ],
)
def test_a_process_that_fails_is_told_in_words(monkeypatch, tmp_path, script, words):
    popen = run_process.subprocess.Popen

    def instead(command, **options):
        return popen([sys.executable, "-c", script], **options)

    monkeypatch.setattr(run_process.subprocess, "Popen", instead)
    source = RunProcess([], tmp_path / "x.json")
    source.start()
    assert all_of(source) == []
    assert words in source.ending.failure
    source.close()


def test_a_bad_option_is_the_runs_own_sentence(tmp_path):
    request = msgspec.structs.replace(QUICK, contenders=["nobody"])
    source = RunProcess.begin(request, tmp_path, allow_busy=False)
    source.start()
    assert all_of(source) == []
    assert source.ending.failure.startswith("--contenders has 'nobody'")
    assert list(tmp_path.iterdir()) == []


def test_closing_what_never_began_is_nothing(tmp_path):
    RunProcess([], tmp_path / "x.json").close()
    Replay([events.RunFinished(status="complete")]).close()
