"""Telemetry: what is read, what is missing, and what is made of it."""

import os
import sys
import threading
import time
from itertools import count
from types import SimpleNamespace

import pytest
from fake_nvml import FakeNvml, NVMLError

from benchcore import busy, cpu_time, taint
from benchcore.machine import ThisMachine
from benchcore.memory import open_source
from benchcore.nvml import NvmlDevice, NvmlUnavailableError
from benchcore.samples import Conditions
from benchcore.telemetry import Telemetry


@pytest.fixture
def nvml(monkeypatch):
    """Installs a fake pynvml with these values."""

    def install(**values):
        fake = FakeNvml(**values)
        monkeypatch.setitem(sys.modules, "pynvml", fake)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return fake

    return install


def test_a_gpu_block_has_clocks_power_and_energy(nvml):
    joules = count(1_000_000, 500)
    nvml(nvmlDeviceGetTotalEnergyConsumption=lambda: next(joules))
    telemetry = Telemetry("cuda:0")
    observation = telemetry.begin(os.getpid(), [])
    time.sleep(0.12)
    seen = observation.end()
    telemetry.close()
    assert (seen.sm_clock_mhz, seen.power_w, seen.temperature_c) == (1900, 350, 50)
    assert seen.energy_j == pytest.approx(0.5)
    assert seen.throttle_reasons == []
    assert threading.active_count() == 1 or "telemetry" not in {
        thread.name for thread in threading.enumerate()
    }


def test_reasons_have_names(nvml):
    nvml(nvmlDeviceGetCurrentClocksEventReasons=0x4 | 0x40)
    reasons = NvmlDevice("cuda:0").throttle_reasons()
    assert reasons == {"sw_power_cap", "hw_thermal_slowdown"}


@pytest.mark.parametrize(
    "missing",
    [
        "nvmlDeviceGetClockInfo",
        "nvmlDeviceGetPowerUsage",
        "nvmlDeviceGetTotalEnergyConsumption",
        "nvmlDeviceGetTemperature",
        "nvmlDeviceGetUtilizationRates",
        "nvmlDeviceGetCurrentClocksEventReasons",
        "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetComputeRunningProcesses",
    ],
)
def test_a_figure_that_is_missing_breaks_nothing_and_is_not_invented(nvml, missing):
    nvml(**{missing: NVMLError("not supported")})
    telemetry = Telemetry("cuda:0")
    seen = telemetry.begin(os.getpid(), []).end()
    telemetry.close()
    figures = {
        "nvmlDeviceGetClockInfo": seen.sm_clock_mhz,
        "nvmlDeviceGetPowerUsage": seen.power_w,
        "nvmlDeviceGetTotalEnergyConsumption": seen.energy_j,
        "nvmlDeviceGetTemperature": seen.temperature_c,
        "nvmlDeviceGetUtilizationRates": seen.utilization_percent,
    }
    assert figures.get(missing) is None
    assert busy.busy_reason("cuda:0") is None


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetHandleByIndex"])
def test_without_nvml_there_is_a_sentence_and_memory_is_resident(nvml, broken):
    nvml(**{broken: NVMLError("no driver")})
    telemetry = Telemetry("cuda:0")
    assert telemetry.gpu is None
    assert "NVML gives no clocks" in telemetry.missing
    seen = telemetry.begin(os.getpid(), []).end()
    assert seen.sm_clock_mhz is None
    assert open_source("cuda:0").name == "resident"
    with pytest.raises(NvmlUnavailableError):
        NvmlDevice("cuda:0")


def test_processes_that_are_hidden_mean_the_growth_of_the_device(nvml):
    fake = nvml()
    source = open_source("cuda:0")
    fake.values["nvmlDeviceGetMemoryInfo"] = SimpleNamespace(used=2**30 + 2**28, free=0)
    assert source.now_mib() == 256
    assert source.name == "nvml_device_growth"
    own = SimpleNamespace(pid=os.getpid(), usedGpuMemory=3 * 2**20)
    fake.values["nvmlDeviceGetComputeRunningProcesses"] = [own]
    assert source.now_mib() == 3
    assert source.name == "nvml_process"
    source.close()


def test_devices_are_found_by_what_cuda_sees(nvml, monkeypatch):
    nvml()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-abc")
    assert NvmlDevice("cuda:0")._handle == 3
    assert NvmlDevice("cuda:1")._handle == "GPU-abc"
    with pytest.raises(NvmlUnavailableError):
        NvmlDevice("cuda:2")


def test_a_gpu_in_use_is_refused_with_its_users(nvml):
    other = SimpleNamespace(pid=4242, usedGpuMemory=5 * 2**30)
    nvml(nvmlDeviceGetComputeRunningProcesses=[other])
    assert busy.busy_reason("cuda:0") == "cuda:0 is used by process 4242 (5120 MiB)"
    nvml(nvmlDeviceGetComputeRunningProcesses=[SimpleNamespace(pid=7, usedGpuMemory=None)])
    assert busy.busy_reason("cuda:0") == "cuda:0 is used by process 7"


def test_a_gpu_at_work_for_nobody_that_is_seen_is_refused(nvml, monkeypatch):
    monkeypatch.setattr(busy, "WATCHED_S", 0.2)
    nvml(nvmlDeviceGetUtilizationRates=SimpleNamespace(gpu=80))
    assert busy.busy_reason("cuda:0") == "cuda:0 is 80 % utilised"
    rates = iter([80, 0] + [80] * 50)
    nvml(nvmlDeviceGetUtilizationRates=lambda: SimpleNamespace(gpu=next(rates)))
    assert busy.busy_reason("cuda:0") is None
    assert busy.busy_reason("cpu") is None


@pytest.mark.parametrize(
    ("used", "reason"),
    [
        ((100.0, 100.0), None),
        ((100.0, 100.0 + 60.0), "other processes use"),
        ((100.0, None), None),
        ((None, 100.0), None),
    ],
)
def test_a_cpu_in_use_is_told(monkeypatch, used, reason):
    monkeypatch.setattr(busy, "WATCHED_S", 0.05)
    readings = iter(used)
    monkeypatch.setattr(busy, "busy_cpu_s", lambda cores: next(readings))
    monkeypatch.setattr(busy.os, "sched_getaffinity", lambda pid: set(range(2)))
    told = busy.cpu_busy_reason()
    assert told is reason or (told is not None and told.startswith(str(reason)))


def test_live_samples_name_their_source(nvml):
    fake = nvml()
    machine = ThisMachine("cuda:0", 1)
    fake.values["nvmlDeviceGetMemoryInfo"] = SimpleNamespace(used=2**30 + 2**20, free=0)
    sample = machine.sample({"dlib": 1, "torch": 2})
    assert (sample.memory_source, sample.memory_mib) == ("nvml_device_growth", {"": 1})
    both = [SimpleNamespace(pid=pid, usedGpuMemory=pid * 2**20) for pid in (1, 2)]
    fake.values["nvmlDeviceGetComputeRunningProcesses"] = both
    sample = machine.sample({"dlib": 1, "torch": 2})
    assert (sample.memory_source, sample.memory_mib) == ("nvml_process", {"dlib": 1, "torch": 2})
    machine.close()
    here = ThisMachine("cpu", 1)
    sample = here.sample({"me": os.getpid(), "gone": 2**22 + 1})
    assert sample.memory_source == "resident"
    assert list(sample.memory_mib) == ["me"]
    assert here.free_mib() > 100
    here.close()


# Who used the CPU


def test_cpu_time_of_this_process_grows_with_its_work():
    before = cpu_time.process_cpu_s(os.getpid())
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    assert 0.04 < cpu_time.process_cpu_s(os.getpid()) - before < 5
    assert cpu_time.process_cpu_s(2**22 + 1) is None


def test_the_cores_that_count_are_those_that_may_be_used(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text(
        "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 10 50 9999 7 3 2 1 40 5\ncpu1 5 5 5 5 5 5 5 5 5 5\n"
    )
    assert cpu_time.busy_cpu_s([0], stat) == pytest.approx(166 / cpu_time.TICKS_PER_S)
    assert cpu_time.busy_cpu_s([0, 2], stat) is None
    assert cpu_time.busy_cpu_s([0], tmp_path / "none") is None


def reading(at_s, everybody_s, worker_s, idle_s, observer_s, core_s=None):
    return cpu_time.CpuReading(
        at_s=at_s,
        everybody_s=everybody_s,
        worker_s=worker_s,
        idle_s=idle_s,
        observer_s=observer_s,
        core_s=core_s,
    )


def test_of_the_pinned_core_the_workers_alone_are_no_others():
    account = cpu_time.CpuAccount()
    assert account.read(os.getpid(), [], max(os.sched_getaffinity(0))).core_s > 0
    assert account.read(os.getpid(), []).core_s is None
    nothing = reading(0, 0, 0, 0, 0, 0)
    assert account.shares(nothing, reading(2, 9, 1.5, 0.1, 3, 2)).foreign_on_core == (
        pytest.approx(0.2)
    )
    assert account.shares(nothing, reading(2, 9, 2.01, 0, 3, 2)).foreign_on_core == 0
    assert account.shares(nothing, reading(2, 9, 2, 0, 3)).foreign_on_core is None
    assert account.shares(nothing, reading(2, 9, None, 0, 3, 2)).foreign_on_core is None


def test_shares_add_up():
    account = cpu_time.CpuAccount()
    cores = len(os.sched_getaffinity(0))
    shares = account.shares(reading(0, 0, 0, 0, 0), reading(2, 2 + 0.5 * cores, 1.5, 0.3, 0.2))
    assert shares.foreign == pytest.approx(0.25)
    assert shares.idle_workers == pytest.approx(0.15)
    assert shares.observer == pytest.approx(0.1)
    assert account.shares(reading(0, 0, 0, 0, 0), reading(2, 1, 1.5, 0, 0)).foreign == 0
    assert account.shares(reading(0, 0, 0, 0, 0), reading(2, 1, None, 0, 0)).foreign is None
    short = account.shares(reading(0, 0, 0, 0, 0), reading(0.05, 1, 0, 0, 0))
    assert short == cpu_time.CpuShares()


# Taint


@pytest.mark.parametrize(
    ("conditions", "clocks_mhz", "expected"),
    [
        (Conditions(), [], None),
        (Conditions(throttle_reasons=["sw_power_cap"]), [], None),
        (Conditions(throttle_reasons=["hw_slowdown"]), [], "throttled"),
        (Conditions(sm_clock_mhz=1700), [1900, 1900], "slow_clock"),
        (Conditions(sm_clock_mhz=1720), [1900, 1900], None),
        (Conditions(sm_clock_mhz=100), [], None),
        (Conditions(foreign_cpu_share=0.11), [], "disturbed"),
        (Conditions(foreign_cpu_share=0.09), [], None),
        (Conditions(foreign_cpu_share=0.01, foreign_core_share=0.11), [], "disturbed"),
        (Conditions(foreign_cpu_share=0.01, foreign_core_share=0.09), [], None),
    ],
)
def test_what_taints_a_block(conditions, clocks_mhz, expected):
    assert taint.taint(conditions, clocks_mhz) == expected


def test_a_core_is_slow_beside_its_best_in_the_cell():
    slow, best = Conditions(core_probe_us=190.0), Conditions(core_probe_us=175.0)
    assert taint.taint(slow, [], [150.0, 400.0]) == "slow_core"
    assert taint.taint(best, [], [150.0, 400.0]) is None
    assert taint.taint(slow, []) is None


def test_repetitions_wait_longer_and_end():
    repetitions = taint.Repetitions(100)
    assert [repetitions.pause_s(i) for i in range(4)] == [1, 2, 4, None]
    assert [repetitions.pause_s(0) for _ in range(8)] == [1] * 7 + [None]
    few = taint.Repetitions(3)
    assert [few.pause_s(0), few.pause_s(0)] == [1, None]
