"""The runner with contenders that behave, and with contenders that do not."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from benchcore import channel, weights
from benchcore.channel import Stop, WorkerError, WorkerProcess, worker_environment
from benchcore.errors import UsageError
from benchcore.events import BlockFinished, Note, ProofFinished, RunFinished
from benchcore.machine import ThisMachine
from benchcore.orders import Hello
from benchcore.runner import run
from benchcore.verdict import CAVEATS


def _workers():
    """Command lines of worker processes that this process has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "benchcore.worker" in command and f"--parent {os.getpid()} " in command:
            found.append(command)
    return found


def test_a_complete_cell(plan_of, run_all):
    events, (finished,) = run_all(plan_of("slower", "steady", modes=["train"]))
    cell = finished.result
    assert events[-1].status == "complete"
    # How steady two blocks of sleeps are, and what else runs, is the machine's affair; which
    # numbers lead to which verdict is tested on a simulated one.
    assert set(cell.flags) <= CAVEATS.keys()
    factor = cell.factors["slower"].time
    assert factor.estimate > 1
    assert factor.low <= factor.estimate <= factor.high
    verdict = cell.verdict["slower"]
    assert verdict.outcome in ("SLOWER", "INCONCLUSIVE")
    assert (verdict.outcome == "SLOWER") == (factor.low > 1 + verdict.margin)
    assert cell.factors["slower"].memory.estimate == pytest.approx(1, abs=0.2)
    slower = cell.contenders["slower"]
    assert [len(block.wall_ms) >= 3 for block in slower.samples] == [True, True]
    assert slower.wall.count == sum(len(block.wall_ms) for block in slower.samples)
    assert slower.memory.primary == "resident"
    assert slower.images_per_s > 0
    assert _workers() == []


def test_rounds_alternate(plan_of, run_all):
    events, _ = run_all(plan_of("slower", "steady"))
    order = [event.contender for event in events if isinstance(event, BlockFinished)]
    assert order == ["slower", "steady", "steady", "slower"]


def test_proof_comes_before_timing_and_names_the_bytes(plan_of, run_all):
    plan = plan_of("slower", "steady")
    events, (finished,) = run_all(plan)
    kinds = [type(event) for event in events]
    assert kinds.index(ProofFinished) < kinds.index(BlockFinished)
    proof = finished.result.proof
    assert proof.held
    assert proof.max_rel_error == 0
    expected = weights.digest(weights.random_weights("resnet50", plan.seed))
    assert proof.weights_sha256 == {"slower": expected, "steady": expected}
    assert len(set(proof.input_sha256.values())) == 1


@pytest.mark.parametrize(
    ("name", "mode", "status", "words"),
    [
        ("crashing", "infer", "crashed", "ZeroDivisionError: of its own making"),
        (
            "killed",
            "infer",
            "crashed",
            "SIGKILL, .*memory ran out; its last line was: a last word",
        ),
        ("hungry", "infer", "oom", "no room for the network"),
        ("wrong", "infer", "invalid", r"logits differ from those of steady by 1.0e-02"),
        ("wrong", "train", "invalid", r"losses differ from those of steady by 1.0e-02"),
        ("diverging", "train", "invalid", "loss of training step 6 is not a finite"),
        ("absent", "infer", "refused", "never built"),
        ("unloadable", "infer", "refused", "can't be loaded"),
    ],
)
def test_trouble_is_a_status_with_a_reason_and_the_run_goes_on(
    plan_of, run_all, name, mode, status, words
):
    events, (finished,) = run_all(plan_of(name, "steady", modes=[mode]))
    result = finished.result.contenders[name]
    assert events[-1].status == "complete"
    assert result.status == status
    assert re.search(words, result.reason)
    assert "\n" not in result.reason
    steady = finished.result.contenders["steady"]
    assert steady.status == "ok"
    assert steady.wall is not None
    assert finished.result.factors == {}
    assert _workers() == []


def test_a_refused_batch_has_no_number_and_the_next_has_one(plan_of, run_all):
    _, (one, two) = run_all(plan_of("refusing", "steady", batch_sizes=[1, 2]))
    assert one.result.contenders["refusing"].status == "refused"
    assert one.result.contenders["refusing"].wall is None
    assert one.result.contenders["refusing"].reason == "It does not like batches of one."
    assert two.result.contenders["refusing"].status == "ok"


def test_a_hanging_worker_times_out(plan_of, run_all, budget):
    budget = msgspec.structs.replace(budget, order_limit_s=3.0)
    _, (finished,) = run_all(plan_of("hanging", "steady"), budget)
    result = finished.result.contenders["hanging"]
    assert (result.status, result.reason) == ("timeout", "The worker gave no answer for 3 s.")
    assert _workers() == []


def test_prints_of_native_code_do_not_reach_the_answers(plan_of, run_all):
    _, (finished,) = run_all(plan_of("babbling", "steady"))
    assert finished.result.contenders["babbling"].status == "ok"


def test_stopping_leaves_no_worker_and_a_note(plan_of, budget):
    stop = Stop()
    events = []
    for event in run(plan_of("steady", "slower", batch_sizes=[1, 2]), stop, budget=budget):
        events.append(event)
        if isinstance(event, BlockFinished):
            stop.ask()
    assert isinstance(events[-1], RunFinished)
    assert events[-1].status == "interrupted"
    assert "batch 1, which is left out" in [e.text for e in events if isinstance(e, Note)][-1]
    assert _workers() == []


def test_a_consumer_that_leaves_takes_the_workers_along(plan_of, budget):
    stream = run(plan_of("steady", "slower"), Stop(), budget=budget)
    for event in stream:
        if isinstance(event, BlockFinished):
            break
    assert len(_workers()) == 2
    stream.close()
    assert _workers() == []


def test_the_time_limit_of_the_run(plan_of, run_all, budget):
    budget = msgspec.structs.replace(budget, block_s=60.0, block_max_iterations=10**6)
    events, cells = run_all(plan_of("steady", "slower"), budget, Stop(timeout_s=8))
    assert events[-1].status == "timeout"
    assert cells == []
    assert _workers() == []


def test_bad_images_end_the_run_before_it_begins(plan_of, tmp_path):
    (tmp_path / "x.png").write_bytes(b"no")
    with pytest.raises(UsageError, match=r"x\.png"):
        next(run(plan_of("steady", "slower", images=str(tmp_path)), Stop()))


def test_a_worker_dies_with_its_parent(plugin):
    script = (
        "import sys, time\n"
        "from benchcore.channel import WorkerProcess, worker_environment\n"
        "from benchcore.orders import Hello\n"
        "w = WorkerProcess('steady', 'cpu', worker_environment(1))\n"
        "w.poll(Hello, 60); print(w.pid, flush=True); time.sleep(60)\n"
    )
    environment = {**worker_environment(1)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment
    ) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    for _ in range(50):
        if not Path(f"/proc/{worker}").exists():
            return
        state = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived its parent")


@pytest.mark.parametrize(("number", "status"), [(errno.ENOMEM, "oom"), (errno.EAGAIN, "crashed")])
def test_a_process_that_can_not_be_started_is_told_and_the_run_goes_on(
    plan_of, run_all, monkeypatch, number, status
):
    start = ThisMachine.start

    def scarce(machine, contender):
        if contender == "slower":
            raise OSError(number, os.strerror(number))
        return start(machine, contender)

    monkeypatch.setattr(ThisMachine, "start", scarce)
    _, (finished,) = run_all(plan_of("slower", "steady"))
    result = finished.result.contenders["slower"]
    assert result.status == status
    assert result.reason == f"The worker could not be started: {os.strerror(number)}."
    assert finished.result.contenders["steady"].status == "ok"
    assert _workers() == []


def test_a_worker_that_no_signal_ends_is_left_to_the_kernel(plugin, monkeypatch):
    worker = WorkerProcess("steady", "cpu", worker_environment(1))
    number = worker.pid
    with monkeypatch.context() as stuck:
        stuck.setattr(channel, "KILL_LIMIT_S", 0.1)
        stuck.setattr(os, "killpg", lambda group, number: None)  # as in a driver's call
        worker.close(gently=False)
    assert Path(f"/proc/{number}").exists()
    os.killpg(number, signal.SIGKILL)
    os.waitpid(number, 0)


def test_an_endless_line_leaves_the_reader_its_time(plugin):
    """A worker that goes on sending must not keep the runner from seeing that it is to stop."""
    with WorkerProcess("steady", "cpu", worker_environment(1)) as worker:
        worker.poll(Hello, 60)
        reading, writing = os.pipe()
        os.dup2(reading, worker._answers)
        os.close(reading)
        sender = threading.Thread(target=_send_for_ever, args=[writing])
        sender.start()
        began_s = time.monotonic()
        assert worker.poll(Hello, 0.05) is None
        took_s = time.monotonic() - began_s
    sender.join()  # its reader is gone
    assert took_s < 30


def _send_for_ever(descriptor):
    with suppress(BrokenPipeError):
        while True:
            os.write(descriptor, b"x" * (1 << 16))
    os.close(descriptor)


def test_an_answer_out_of_turn_is_a_crash(plugin):
    from benchcore.orders import Measure, Proved

    with WorkerProcess("steady", "cpu", worker_environment(1)) as worker:
        assert worker.poll(Hello, 60).pid == worker.pid
        worker.send(Measure(seconds=0, least=1, most=1))
        with pytest.raises(WorkerError, match="AttributeError"):
            worker.poll(Proved, 10)


def test_another_package_adds_a_contender_by_entry_point(plugin):
    from benchcore import contenders

    assert contenders.locations()["steady"] == "fake_contenders:Steady"
    assert contenders.names()[: len(contenders.BUILT_IN)] == tuple(contenders.BUILT_IN)
