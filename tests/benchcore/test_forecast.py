"""What is forecast, held against what the published documents measured."""

from pathlib import Path

import msgspec
import pytest

from benchcore import forecast, result
from benchcore.plan import CellSpec, Plan, Request, make_plan
from benchcore.result import CellResult, Document

RESULTS = Path(__file__).parents[2] / "docs" / "results"
GPU, CPU = "2026-11-24-h100-quick.json", "2026-11-24-xeon-2-cores-quick.json"
CPU_DEFAULT = "2026-11-24-xeon-2-cores-default.json"
NAMES = ("dlib", "torch", "torch-tf32")


def document(name: str) -> Document:
    return result.read(RESULTS / name)


def spec(cell: CellResult) -> CellSpec:
    return CellSpec(
        network=cell.network,
        mode=cell.mode,
        batch=cell.batch,
        image_height_px=cell.image_height_px,
        image_width_px=cell.image_width_px,
    )


def plan(device: str, **asked: object) -> Plan:
    return make_plan(Request(**asked), device=device, contenders=NAMES)


def measured_s(found: Document) -> float:
    return sum(cell.duration_s or 0.0 for cell in found.cells)


@pytest.mark.parametrize("name", [GPU, CPU])
def test_memory_is_within_35_percent_of_what_was_measured(name):
    found = document(name)
    peaks = {
        (cell.mode, cell.network, cell.batch, contender): (
            forecast.forecast_mib(spec(cell), contender, found.plan.device),
            each.memory.search_peak_mib,
        )
        for cell in found.cells
        for contender, each in cell.contenders.items()
        if each.memory is not None
    }
    assert len(peaks) >= 12
    wrong = {key: pair for key, pair in peaks.items() if abs(pair[0] / pair[1] - 1) > 0.35}
    assert not wrong


@pytest.mark.parametrize(("name", "threads"), [(GPU, 16), (CPU, 2), (CPU_DEFAULT, 2)])
def test_a_guess_is_within_a_factor_of_two_of_what_was_measured(name, threads):
    found = document(name)
    guess_s = sum(
        forecast.cell_guess_s(spec(cell), found.plan, threads=threads) for cell in found.cells
    )
    assert measured_s(found) / 2 < guess_s < measured_s(found) * 2


@pytest.mark.parametrize("name", [GPU, CPU])
def test_an_earlier_document_of_the_same_plan_gives_its_own_duration(name):
    found = document(name)
    told = forecast.forecast_s(found.plan, [found])
    assert not told.is_guess
    assert told.duration_s == pytest.approx(measured_s(found), rel=0.25)


def test_a_document_of_another_profile_helps_too():
    told = forecast.forecast_s(document(CPU_DEFAULT).plan, [document(CPU)])
    quick = forecast.forecast_s(
        msgspec.structs.replace(document(CPU_DEFAULT).plan, profile="quick"), [document(CPU)]
    )
    assert not told.is_guess
    assert told.duration_s > 3 * quick.duration_s


def test_documents_of_other_devices_contenders_and_machines_do_not_help():
    found = document(CPU)
    assert forecast.forecast_s(plan("cuda:0"), [found]).is_guess
    assert forecast.forecast_s(plan("cpu", contenders=["torch"]), [found]).is_guess
    assert forecast.of_machine([found], "another") == []
    assert forecast.of_machine([found], found.environment["machine_id"]) == [found]


def test_more_threads_and_smaller_images_are_faster():
    def guess_s(size: str, threads: int) -> float:
        return forecast.forecast_s(plan("cpu", image_size=size), threads=threads).duration_s

    assert guess_s("224", 8) < guess_s("224", 2)
    assert guess_s("112", 2) < guess_s("224", 2)


def test_an_unknown_contender_gets_what_pytorch_needs():
    cell = plan("cpu").cells()[0]
    theirs = forecast.forecast_mib(cell, "somebody-else", "cpu")
    assert theirs == forecast.forecast_mib(cell, "torch", "cpu")
    fused = forecast.forecast_mib(cell, "dlib-fused", "cpu")
    assert fused == forecast.forecast_mib(cell, "dlib", "cpu")


def test_nothing_is_warned_of_where_all_fits_or_nothing_is_known():
    assert forecast.warnings(plan("cuda:0"), 80_000.0) == []
    assert forecast.warnings(plan("cuda:0"), None) == []


def test_a_cell_that_does_not_fit_is_named_with_its_contender_and_both_figures():
    told = forecast.warnings(plan("cuda:0", modes=["train"], train_batch_sizes=[2, 32]), 9000.0)
    assert told == [
        "dlib won't fit in training at batch 32: about 10.5 GiB, 9000 MiB free. It is tried, and "
        "reported as out of memory.",
        "The contenders take turns in training at batch 2: together about 7284 MiB, over 80% of "
        "the 9000 MiB free.",
    ]


def test_memory_has_a_unit():
    assert forecast.mib_text(812.4) == "812 MiB"
    assert forecast.mib_text(39_262.0) == "38.3 GiB"
