"""A device's peaks: which sizes are tried, what is made of them, where they are kept."""

import json

import msgspec
import pytest
import sample_documents

from benchcore import ceilings, child, cli, events, info_command, kept, known_ceilings, result
from benchcore.channel import Stop, StoppedError
from benchcore.child import ChildError
from benchcore.events import CeilingsKnown, Note
from benchcore.progress import sentence
from benchcore.recorder import Recorder
from benchcore.runner import Run, run

FOUND = sample_documents.CEILINGS
NOTHING = msgspec.structs.replace(
    FOUND, fp32_tflop_per_s=None, tf32_tflop_per_s=None, copy_gb_per_s=None
)


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    """Nothing is read from this machine's own state, and nothing is kept in it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


# Sizes


def test_work_and_room_of_a_size():
    assert ceilings.product_flop(1000) == 2_000_000_000
    assert ceilings.product_bytes(1000) == 12_000_000
    assert ceilings.copy_bytes(256) == 512 * 2**20


def test_a_size_may_take_half_of_the_free_memory():
    assert ceilings.fits(500, 1000)
    assert not ceilings.fits(501, 1000)


def test_a_size_is_left_out_by_the_time_that_the_best_so_far_tells():
    assert ceilings.in_time(1e30, [])
    limit = ceilings.SIZE_LIMIT_S / (1 + ceilings.LEAST_REPEATS)
    assert ceilings.in_time(100 * limit, [50.0, 100.0])
    assert not ceilings.in_time(101 * limit, [50.0, 100.0])


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_sizes_rise(kind):
    assert ceilings.kind({"cpu": "cpu", "cuda": "cuda:3"}[kind]) == kind
    for sizes in (ceilings.SQUARES[kind], ceilings.COPIES_MIB[kind]):
        assert list(sizes) == sorted(set(sizes))


def test_the_best_of_each_kind():
    slow, fast = (
        msgspec.structs.replace(FOUND.products[0], tflop_per_s=rate) for rate in (48.0, 52.0)
    )
    assert ceilings.best_product([slow, fast, FOUND.products[1]], "fp32") == 52.0
    assert ceilings.best_product([slow, fast], "tf32") is None
    assert ceilings.best_copy(FOUND.copies) == 2000.0
    assert ceilings.best_copy([]) is None


@pytest.mark.parametrize("figure", [None, 0.0, -1.0, 1e-300, 1e300])
def test_what_no_device_can_do_is_unknown(figure):
    assert ceilings.known(figure) is None
    assert ceilings.in_words(msgspec.structs.replace(NOTHING, copy_gb_per_s=figure)) == (
        "none was measured"
    )


def test_in_words():
    assert ceilings.in_words(FOUND) == (
        "50 TFLOP/s in FP32, 400 TFLOP/s in TF32, 2000 GB/s in a copy, read plus written"
    )
    small = msgspec.structs.replace(NOTHING, fp32_tflop_per_s=0.14234)
    assert ceilings.in_words(small) == "0.142 TFLOP/s in FP32"


# The measurement


@pytest.fixture
def probe():
    """Tiny sizes on the CPU; PyTorch's switches are the process's, so they are given back."""
    import torch

    from benchcore.ceilings_probe import Probe

    matmul = torch.backends.cuda.matmul
    before = (torch.get_num_threads(), matmul.allow_tf32)
    yield Probe("cpu", 1, squares=(16, 32), copies_mib=(1, 2), size_s=0.0)
    torch.set_num_threads(before[0])
    matmul.allow_tf32 = before[1]


def test_the_cpu_is_measured_in_float32_alone(probe):
    found = probe.measure()
    assert (found.device, found.clock, found.threads) == ("cpu", "wall", 1)
    assert found.tf32_tflop_per_s is None
    assert found.unknown_because == {"tf32_tflop_per_s": "TF32 exists on CUDA devices only."}
    assert [(one.precision, one.side) for one in found.products] == [("fp32", 16), ("fp32", 32)]
    assert [one.buffer_mib for one in found.copies] == [1, 2]
    for one in (*found.products, *found.copies):
        assert one.repeats == ceilings.LEAST_REPEATS
    for one in found.products:
        assert one.tflop_per_s == pytest.approx(2 * one.side**3 / one.median_ms / 1e9)
    for one in found.copies:
        assert one.gb_per_s == pytest.approx(2 * one.buffer_mib * 2**20 / one.median_ms / 1e6)
    assert found.fp32_tflop_per_s == max(one.tflop_per_s for one in found.products)
    assert found.copy_gb_per_s == max(one.gb_per_s for one in found.copies)
    assert msgspec.json.decode(msgspec.json.encode(found), type=ceilings.Ceilings) == found


def test_without_memory_there_are_reasons(probe, monkeypatch):
    monkeypatch.setattr("benchcore.hardware.memory_available_mib", lambda: 0.0)
    found = probe.measure()
    assert (found.fp32_tflop_per_s, found.copy_gb_per_s) == (None, None)
    assert (found.products, found.copies) == ([], [])
    assert "no room for the smallest size" in found.unknown_because["fp32_tflop_per_s"]
    assert "no room for the smallest size" in found.unknown_because["copy_gb_per_s"]


@pytest.mark.parametrize(("lost_from", "reason"), [(1, "RuntimeError: out of memory"), (2, None)])
def test_memory_that_others_took_meanwhile_ends_the_sizes(probe, monkeypatch, lost_from, reason):
    copy, sizes = probe._copy, []

    def failing(mib):
        sizes.append(mib)
        if mib >= lost_from:
            raise RuntimeError("out of memory\nmore lines")
        return copy(mib)

    monkeypatch.setattr(probe, "_copy", failing)
    found = probe.measure()
    assert sizes == list(range(1, lost_from + 1))
    assert len(found.copies) == lost_from - 1
    assert found.unknown_because.get("copy_gb_per_s") == reason


def test_the_process_says_what_failed(capsys):
    from benchcore import ceilings_probe

    ceilings_probe.main("nowhere:0", 1)
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["failed"]
    assert "\n" not in said["failed"]


# The process that is asked


def test_the_last_line_of_a_process():
    asked = child.last_line("this", (), threads=1, limit_s=60, stop=Stop())
    assert asked.startswith("Namespaces are one honking great idea")


@pytest.mark.parametrize(
    ("module", "words", "limit_s", "said"),
    [
        ("benchcore.not_there", (), 60, "ended with status 1"),
        ("timeit", ("-n1", "-r1", "import time; time.sleep(60)"), 0.05, "no answer within 0.05 s"),
    ],
)
def test_no_answer_is_a_sentence(module, words, limit_s, said):
    with pytest.raises(ChildError, match=said):
        child.last_line(module, words, threads=1, limit_s=limit_s, stop=Stop())


def test_being_asked_to_stop_ends_it():
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        child.last_line("this", (), threads=1, limit_s=60, stop=stop)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"failed": "OutOfMemoryError: none"}', "OutOfMemoryError: none"),
        ("[]", "could not be understood"),
        ("{", "could not be understood"),
        ('{"device": 1}', "could not be understood"),
    ],
)
def test_what_is_no_measurement_is_a_sentence(monkeypatch, line, said):
    monkeypatch.setattr(child, "last_line", lambda *words, **options: line)
    with pytest.raises(ChildError, match=said):
        known_ceilings.measure("cuda:0", 1, Stop())


# Where they are kept, and who reads them


def test_they_are_kept_by_machine_and_device(state):
    assert known_ceilings.read("f" * 64, "cuda:0") is None
    path = known_ceilings.write(FOUND, "f" * 64, "cuda:0")
    assert path.parent == kept.folder("ceilings")
    assert state in path.parents
    assert known_ceilings.read("f" * 64, "cuda:0") == FOUND
    assert known_ceilings.read("f" * 64, "cuda:1") is None
    assert known_ceilings.read("g" * 64, "cuda:0") is None
    path.write_text("{}")
    assert known_ceilings.read("f" * 64, "cuda:0") is None


def test_nothing_is_kept_of_nothing_or_of_an_unknown_machine(state):
    assert known_ceilings.write(NOTHING, "f" * 64, "cuda:0") is None
    assert known_ceilings.write(FOUND, "", "cuda:0") is None
    assert not state.exists()


def course(plan_of, budget, device, *, before=None, alone=True):
    """A run's course before it begins, on a device that this machine needn't have."""
    plan = msgspec.structs.replace(plan_of("steady", "slower"), device=device)
    return Run(plan, Stop(), budget, materials=None, before=before, alone=alone)


def test_a_gpu_is_measured_once(plan_of, budget, monkeypatch):
    measured = []

    def measure(device, threads, stop):
        measured.append((device, threads))
        return FOUND

    monkeypatch.setattr(known_ceilings, "measure", measure)
    for _ in range(2):
        told = list(course(plan_of, budget, "cuda:0").ceilings("f" * 64, 8))
        assert told == [CeilingsKnown(ceilings=FOUND)]
    assert measured == [("cuda:0", 8)]


def test_neither_the_cpu_nor_a_busy_gpu_is_measured_by_a_run(plan_of, budget, monkeypatch):
    monkeypatch.setattr(known_ceilings, "measure", lambda *words: pytest.fail("measured"))
    assert list(course(plan_of, budget, "cpu").ceilings("f" * 64, 1)) == []
    busy = course(plan_of, budget, "cuda:0", alone=False)
    assert list(busy.ceilings("f" * 64, 1)) == []
    known_ceilings.write(FOUND, "f" * 64, "cuda:0")
    assert list(busy.ceilings("f" * 64, 1)) == [CeilingsKnown(ceilings=FOUND)]


def test_a_measurement_that_fails_is_a_note(plan_of, budget, monkeypatch):
    def measure(device, threads, stop):
        raise ChildError("no answer within 180 s")

    monkeypatch.setattr(known_ceilings, "measure", measure)
    told = list(course(plan_of, budget, "cuda:0").ceilings("f" * 64, 1))
    said = "The peaks of cuda:0 could not be measured: no answer within 180 s."
    assert told == [Note(text=said)]


def test_a_run_on_the_cpu_holds_what_is_known_and_a_resumed_one_keeps_it(
    plan_of, budget, monkeypatch
):
    monkeypatch.setattr(known_ceilings, "read", lambda fingerprint, device: FOUND)
    plan = plan_of("steady", "slower", batch_sizes=[1, 2])
    recorder, stop = Recorder(), Stop()
    for event in run(plan, stop, budget=budget):
        recorder.add(event)
        if isinstance(event, events.CellFinished):
            stop.ask()
    broken = recorder.document()
    assert broken.ceilings == FOUND
    monkeypatch.setattr(known_ceilings, "read", lambda fingerprint, device: NOTHING)
    recorder = Recorder()
    for event in run(plan, Stop(), budget=budget, before=broken):
        recorder.add(event)
    assert recorder.document().ceilings == FOUND
    assert len(recorder.document().cells) == 2


def test_a_document_keeps_them_and_an_older_one_has_none():
    document = sample_documents.small()
    content = result.encode(document)
    assert result.decode(content, "x") == document
    old = {key: value for key, value in json.loads(content).items() if key != "ceilings"}
    assert result.decode(json.dumps(old).encode(), "x").ceilings is None


def test_the_event_is_a_line_of_json_and_a_sentence():
    event = CeilingsKnown(ceilings=FOUND)
    assert events.decode(events.encode(event)) == event
    assert sentence(event).startswith("Ceilings of cuda:0: 50 TFLOP/s in FP32, ")


# The command


@pytest.fixture
def command(monkeypatch):
    """`benchcore info --ceilings` on a GPU that this machine needn't have."""
    monkeypatch.setattr(info_command.device, "choose", lambda *words: ("cuda:0", "On a GPU."))
    monkeypatch.setattr(
        info_command.environment, "collect_in_child", lambda *words: {"fingerprint": "f" * 64}
    )
    monkeypatch.setattr(info_command.known_ceilings, "measure", lambda *words: FOUND)
    monkeypatch.setattr(info_command, "busy_reason", lambda device: None)


def test_the_command_prints_json_and_keeps(command, capsys):
    assert cli.main(["info", "--ceilings"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert list(found) == ["ceilings", "fingerprint"]
    assert msgspec.convert(found["ceilings"], ceilings.Ceilings) == FOUND
    assert said.err.splitlines()[0] == "On a GPU."
    assert "Ceilings of cuda:0: 50 TFLOP/s" in said.err
    assert known_ceilings.read("f" * 64, "cuda:0") == FOUND


def test_a_busy_gpu_is_refused_or_measured_and_not_kept(command, capsys, monkeypatch):
    monkeypatch.setattr(info_command, "busy_reason", lambda device: "cuda:0 is 80 % utilised")
    assert cli.main(["info", "--ceilings"]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert "cuda:0 is 80 % utilised, so nothing measured would count; --allow-busy" in said.err
    assert cli.main(["info", "--ceilings", "--allow-busy"]) == 0
    said = capsys.readouterr()
    assert "the ceilings are not kept: cuda:0 is 80 % utilised." in said.err
    assert json.loads(said.out)["ceilings"]["fp32_tflop_per_s"] == 50.0
    assert known_ceilings.read("f" * 64, "cuda:0") is None


def test_a_busy_cpu_is_refused_too(command, capsys, monkeypatch):
    monkeypatch.setattr(info_command.device, "choose", lambda *words: ("cpu", "On the CPU."))
    monkeypatch.setattr(info_command, "cpu_busy_reason", lambda: "other processes use 90% of it")
    assert cli.main(["info", "--ceilings"]) == 4
    assert "other processes use 90% of it, so nothing measured would" in capsys.readouterr().err
    assert known_ceilings.read("f" * 64, "cpu") is None


def test_what_can_not_be_kept_is_said(command, capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert cli.main(["info", "--ceilings"]) == 0
    assert "the ceilings are not kept: Not a directory." in capsys.readouterr().err


def test_an_unknown_environment_is_status_4(command, capsys, monkeypatch):
    unknown = {"unknown_because": "no answer within 180 s"}
    monkeypatch.setattr(info_command.environment, "collect_in_child", lambda *words: unknown)
    assert cli.main(["info", "--ceilings"]) == 4
    assert "not known (no answer within 180 s)" in capsys.readouterr().err


def test_a_measurement_that_fails_is_one_sentence(command, capsys, monkeypatch):
    def measure(device, threads, stop):
        raise ChildError("RuntimeError: no")

    monkeypatch.setattr(info_command.known_ceilings, "measure", measure)
    assert cli.main(["info", "--ceilings"]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert "benchcore: the ceilings could not be measured: RuntimeError: no." in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--device", "cpu"], "--device is 'cpu', but only --ceilings looks at one device"),
        (["--allow-busy"], "--allow-busy is given, but only --ceilings measures anything"),
        (["--ceilings", "--device", "tpu"], "--device is 'tpu'; it is auto, cpu, or cuda:N"),
    ],
)
def test_options_that_fit_nothing_are_refused(words, said, capsys):
    assert cli.main(["info", *words]) == 2
    assert said in capsys.readouterr().err
