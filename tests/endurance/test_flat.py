"""A process that grows is found, one that wobbles is not."""

from __future__ import annotations

import math
import mmap
import os
import threading
from itertools import count

import pytest

from benchmarks.endurance.flat import SAMPLES, Held, follow, least_squares, meter, slopes, stride
from benchmarks.endurance.part import Part

FLAT = Held(resident_bytes=100_000_000, descriptors=7, threads=3)


def wobble(number: int) -> Held:
    return Held(int(1e8 + 300_000 * math.sin(number)), 7, 3)


@pytest.mark.parametrize(
    ("values", "slope"), [([3.0], 0), ([5, 5, 5], 0), ([1, 3, 5, 7], 2), ([0, 0, 3, 0, 0], 0)]
)
def test_the_line_is_by_least_squares(values, slope):
    assert least_squares(values) == pytest.approx(slope)


@pytest.mark.parametrize("calls", [1, 7, SAMPLES, 3 * SAMPLES + 1])
def test_samples_are_evenly_apart(calls):
    numbers = count(1)
    done = []
    follow(calls, lambda _: done.append(next(numbers)), lambda: done[-1])
    found = follow(calls, done.append, lambda: done[-1] + 1)
    assert len(found) == calls // stride(calls)
    assert found == [stride(calls) * (place + 1) for place in range(len(found))]


def test_only_the_second_half_counts():
    growth = [Held(n * 1_000_000, n, n) for n in range(100)]
    assert all(one.within for one in slopes([*growth, *[FLAT] * 100], 10, "pass", 1))
    assert not any(one.within for one in slopes([*[FLAT] * 100, *growth], 10, "pass", 1))


def test_a_small_leak_in_a_wobble_is_found():
    of_a_pass = [wobble(n) for n in range(SAMPLES)]
    leaking = [
        Held(held.resident_bytes + n * 100 * 300, held.descriptors, held.threads)
        for n, held in enumerate(of_a_pass)
    ]
    assert slopes(of_a_pass, 100, "pass", 256)[0].within
    found = slopes(leaking, 100, "pass", 256)[0]
    assert not found.within
    assert found.slope == pytest.approx(300, abs=20)


@pytest.mark.parametrize("lost_at", [101, 150, 198])
def test_one_lost_inside_the_half_is_found_and_at_its_ends_it_is_no_slope(lost_at):
    samples = [Held(0, 7 + (n >= lost_at), 3 + (n >= lost_at)) for n in range(200)]
    _, descriptors, threads = slopes(samples, 100, "pass", 1)
    assert descriptors.within == threads.within == (lost_at in (101, 198))


def test_device_memory_counts_where_it_is_known():
    samples = [Held(0, 7, 3, device_bytes=n * 1000.0) for n in range(20)]
    names = {one.what: one.within for one in slopes(samples, 1, "pass", 256)}
    assert names == {
        "resident memory": True,
        "device memory": False,
        "descriptors": True,
        "threads": True,
    }


def test_the_meter_sees_what_this_process_holds():
    held = meter("cpu")
    before = held()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    read, write = os.pipe()
    block = mmap.mmap(-1, 32_000_000)  # fresh pages, whatever the allocator has kept
    block.write(b"x" * len(block))
    after = held()
    stop.set()
    thread.join()
    os.close(read)
    os.close(write)
    size = len(block)
    block.close()
    assert after.threads == before.threads + 1
    assert after.descriptors == before.descriptors + 2
    assert after.resident_bytes - before.resident_bytes > 0.9 * size
    assert held().descriptors == before.descriptors
    assert before.device_bytes is None


def test_a_part_is_told_line_by_line():
    bad = slopes([Held(n * 5000, 7, 3) for n in range(20)], 1, "pass", 256)
    part = Part("passes", "20 passes", 1.0, bad, ["It is warm."])
    assert not part.passed
    assert list(part.lines()) == [
        "BAD  passes: 20 passes in 1 s",
        "    BAD  resident memory +5000 bytes a pass, at most 256",
        "    ok   descriptors +0.0 descriptors a pass, at most 0.05",
        "    ok   threads +0.0 threads a pass, at most 0.05",
        "    BAD  It is warm.",
    ]
    assert Part("passes", "20 passes", 1.0, bad[1:]).passed
    assert not Part("passes", "20 passes", 1.0, bad[1:], ["It is warm."]).passed
