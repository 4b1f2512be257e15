"""What is told of the machine: from NVML where there is one, and never an exception."""

import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from benchcore import contenders, device, hardware, result
from benchcore.device import Standing
from tui import surroundings

MIB = 2**20
DOCUMENT = Path(__file__).parents[2] / "docs" / "results" / "2026-11-24-xeon-2-cores-quick.json"


class NVMLError(Exception):
    pass


class FakeNvml:
    """One GPU; whatever else is asked fails as NVML does."""

    NVMLError = NVMLError

    def __init__(self, *, count: int = 1, percent: int = 0, processes: tuple[int, ...] = ()):
        self.count, self.percent, self.processes = count, percent, processes

    def nvmlInit(self) -> None:
        pass

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index >= self.count:
            raise NVMLError("no such device")
        return index

    def nvmlDeviceGetName(self, handle: int) -> bytes:
        return b"A card\x1b[31m"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(total=8000 * MIB, free=7000 * MIB, used=1000 * MIB)

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580.95"

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid, usedGpuMemory=300 * MIB) for pid in self.processes]

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=self.percent)


@pytest.fixture(autouse=True)
def visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, nvml: object) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_the_cpu_comes_first_with_its_threads_and_memory(monkeypatch):
    put(monkeypatch, FakeNvml(count=0))
    [cpu] = surroundings.devices()
    assert cpu.name == "cpu"
    assert "thread" in cpu.title
    assert cpu.total_mib is not None
    assert "free" in cpu.memory_text
    assert cpu.used_by is not None
    assert cpu.used_by.startswith("load ")


def test_a_processors_marks_are_left_out(monkeypatch):
    put(monkeypatch, FakeNvml(count=0))
    monkeypatch.setattr(hardware, "cpu", lambda: {"model": "Intel(R) Xeon(R)  Processor"})
    assert surroundings.devices()[0].title.startswith("Intel Xeon Processor, ")


def test_each_gpu_is_told_with_harmless_words(monkeypatch):
    put(monkeypatch, FakeNvml(count=2, percent=97, processes=(11,)))
    _, first, second = surroundings.devices()
    assert (first.name, second.name) == ("cuda:0", "cuda:1")
    assert first.title == "A card\ufffd[31m"
    assert first.memory_text == "8000 MiB, 7000 MiB free"
    assert first.driver == "580.95"
    assert first.used_by == "process 11 (300 MiB), 97 % utilised"


def test_a_free_gpu_is_used_by_nobody():
    assert surroundings.gpu_use_text({}, 0.0) == "nobody"
    assert surroundings.gpu_use_text({5: None}, None) == "process 5"
    assert surroundings.gpu_use_text({}, None) is None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_are_not_offered(monkeypatch, hidden):
    put(monkeypatch, FakeNvml())
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert [facts.name for facts in surroundings.devices()] == ["cpu"]


def test_what_fails_is_not_available(monkeypatch):
    put(monkeypatch, None)  # importing it raises

    def fail() -> None:
        raise OSError("no")

    for name in ("cpu", "memory", "memory_available_mib"):
        monkeypatch.setattr(hardware, name, fail)
    [cpu] = surroundings.devices()
    assert cpu.memory_text == surroundings.NOT_AVAILABLE
    assert cpu.title.startswith("CPU, ")


def test_reasons_come_from_the_child(monkeypatch):
    asked = []

    def probe(name, names, *, unwanted):
        asked.append((name, tuple(names), unwanted()))
        return {"dlib": Standing(None, "what it is"), "torch": Standing("It is broken.")}

    monkeypatch.setattr(device, "probe", probe)
    assert surroundings.contender_reasons("cpu") == {"dlib": None, "torch": "It is broken."}
    assert asked == [("cpu", contenders.names(), False)]


def test_a_failed_question_is_a_reason(monkeypatch):
    def probe(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(device, "probe", probe)
    reasons = surroundings.contender_reasons("cpu")
    assert set(reasons) == set(contenders.names())
    assert set(reasons.values()) == {"Asking it failed: RuntimeError."}


def test_a_child_that_is_not_wanted_any_more_is_ended():
    standings = device.probe("cpu", ["dlib"], unwanted=lambda: True)
    assert standings == {"dlib": Standing("It was not asked.")}


def test_a_child_without_an_answer_is_a_reason(monkeypatch, tmp_path):
    child = tmp_path / "child"
    child.write_text("#!/bin/sh\necho no answer\nexit 3\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    assert device.probe("cpu", ["dlib"]) == {"dlib": Standing("Asking it failed: it ended with 3.")}
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    standing = device.probe("cpu", ["dlib"])["dlib"]
    assert standing.reason == "Asking it failed: No such file or directory."


def test_earlier_documents_are_those_of_this_machine(monkeypatch, tmp_path):
    ours = result.read(DOCUMENT)
    theirs = msgspec.structs.replace(
        ours, environment={**ours.environment, "machine_id": "another"}
    )
    (tmp_path / "ours.json").write_bytes(result.encode(ours))
    (tmp_path / "theirs.json").write_bytes(result.encode(theirs))
    (tmp_path / "damaged.json").write_bytes(b"{")
    (tmp_path / "folder.json").mkdir()
    machine = ours.environment["machine_id"]
    monkeypatch.setattr(hardware, "machine_id", lambda: machine)
    assert surroundings.earlier_documents(tmp_path) == [ours]
    assert surroundings.earlier_documents(tmp_path / "nowhere") == []
