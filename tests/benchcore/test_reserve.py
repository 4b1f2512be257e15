"""Processes that are started ahead, and what waits for them."""

import os
import time
from itertools import count

import pytest
from fake_machine import Behaviour, FakeMachine, fake_plan, simulate

from benchcore.channel import WorkerProcess, worker_environment
from benchcore.machine import ThisMachine
from benchcore.orders import Hello
from benchcore.reserve import AHEAD, FEWEST_CORES, MOST_AHEAD, PROCESS_MIB, Reserve, most_ahead


class Process:
    """What a reserve asks of a worker."""

    def __init__(self, contender, number):
        self.name = f"{contender} {number}"
        self.running = True
        self.has_answer = False
        self.closed = False

    def close(self, *, gently=True):
        assert not gently
        self.closed = True


class Processes(list):
    """All that were ever begun, in order."""

    def begin(self, contender):
        self.append(Process(contender, len(self)))
        return self[-1]


@pytest.mark.parametrize(
    ("device", "cores", "available_mib", "most"),
    [
        ("cuda:0", 16, 1e5, MOST_AHEAD),
        ("cuda:0", FEWEST_CORES, 3 * PROCESS_MIB, 3),
        ("cuda:0", FEWEST_CORES - 1, 1e5, 0),
        ("cuda:0", 16, None, 0),
        ("cpu", 64, 1e6, 0),
    ],
)
def test_only_a_large_gpu_machine_starts_ahead(device, cores, available_mib, most):
    assert most_ahead(device, cores, available_mib) == most


def test_what_was_started_ahead_is_taken_before_more_is_started():
    begun = Processes()
    reserve = Reserve(begun.begin, MOST_AHEAD)
    taken = [reserve.take("dlib") for _ in range(1 + AHEAD)]
    assert taken == begun
    assert reserve.take("dlib") is begun[1 + AHEAD]
    assert len(begun) == 2 * (1 + AHEAD)


def test_all_contenders_share_the_limit_and_without_one_nothing_waits():
    begun = Processes()
    reserve = Reserve(begun.begin, AHEAD + 1)
    reserve.take("dlib")
    reserve.take("torch")
    assert [process.name.split()[0] for process in begun] == ["dlib"] * (1 + AHEAD) + ["torch"] * 2
    begun.clear()
    alone = Reserve(begun.begin, 0)
    assert [alone.take("dlib"), alone.take("dlib")] == begun
    assert alone.settled()


def test_contenders_that_are_known_are_filled_up_together():
    begun = Processes()
    reserve = Reserve(begun.begin, MOST_AHEAD, ("dlib", "torch"))
    reserve.take("torch")
    kinds = [process.name.split()[0] for process in begun]
    assert kinds == ["torch"] * (1 + AHEAD) + ["dlib"] * AHEAD
    assert reserve.take("dlib") in begun
    assert len(begun) == len(kinds)


def test_many_contenders_have_one_each_as_far_as_the_limit_goes():
    begun = Processes()
    names = [f"c{number}" for number in range(MOST_AHEAD + 1)]
    reserve = Reserve(begun.begin, MOST_AHEAD, names)
    taken = [reserve.take(name) for name in names]
    # The first and one more of each but the last; when that comes, those that are missing by then.
    first = [names[0], *names[:-1]]
    assert [process.name.split()[0] for process in begun[: len(first)]] == first
    assert begun[len(first)] is taken[-1]
    later = [process.name.split()[0] for process in begun[len(first) + 1 :]]
    assert later == [names[-1], *names[1:-2]]


def test_a_process_that_died_while_it_waited_is_replaced():
    begun = Processes()
    reserve = Reserve(begun.begin, MOST_AHEAD)
    reserve.take("dlib")
    begun[1].running = False
    assert reserve.take("dlib") is begun[2]
    assert begun[1].closed


def test_where_the_system_gives_no_more_the_one_that_is_needed_serves():
    begun = Processes()
    numbers = count()

    def begin(contender):
        if next(numbers) > 0:
            raise BlockingIOError
        return begun.begin(contender)

    reserve = Reserve(begin, MOST_AHEAD)
    assert reserve.take("dlib") is begun[0]
    with pytest.raises(BlockingIOError):
        reserve.take("dlib")


def test_it_is_settled_when_all_have_spoken_and_close_ends_them():
    begun = Processes()
    reserve = Reserve(begun.begin, MOST_AHEAD)
    reserve.take("dlib")
    assert not reserve.settled()
    for process in begun[1:]:
        process.has_answer = True
    assert reserve.settled()
    reserve.close()
    assert [process.closed for process in begun] == [False, *[True] * AHEAD]


def test_real_processes_wait_with_their_first_word_and_are_gone_at_the_end(plugin):
    reserve = Reserve(lambda name: WorkerProcess(name, "cpu", worker_environment(1)), 1)
    with reserve.take("steady") as first:
        assert first.poll(Hello, 60)
        end_s = time.monotonic() + 60
        while not reserve.settled() and time.monotonic() < end_s:
            time.sleep(0.05)
        assert reserve.settled()
        with reserve.take("steady") as second:
            assert second.poll(Hello, 0)
            assert second.pid != first.pid
    reserve.take("steady").close()
    (waiting,) = reserve._waiting["steady"]
    reserve.close()
    with pytest.raises(ProcessLookupError):
        os.kill(waiting.pid, 0)


def test_a_dead_process_counts_as_settled(plugin):
    with WorkerProcess("no-such-contender", "cpu", worker_environment(1)) as worker:
        end_s = time.monotonic() + 60
        while not worker.has_answer and time.monotonic() < end_s:
            time.sleep(0.05)
        assert worker.has_answer


def test_nothing_is_built_while_later_launches_import():
    machine = FakeMachine({"dlib": Behaviour(), "torch": Behaviour()}, settled_at_s=50.0)
    simulate(machine, fake_plan("dlib", "torch"))
    first_s = min(at_s for at_s, _, what in machine.log if what not in ("start", "end"))
    assert first_s >= 50


def test_a_machine_ends_what_it_started_ahead(plugin, monkeypatch):
    monkeypatch.setattr("benchcore.machine.most_ahead", lambda *_: 2)
    machine = ThisMachine("cpu", 1)
    worker = machine.start("steady")
    waiting = list(machine._reserve._waiting["steady"])
    worker.close()
    machine.close()
    assert len(waiting) == 2
    for process in waiting:
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
