"""What docs/why.md says of memory in words of its own, held against its documents."""

import re

import pytest
from why_documents import NAMED, WHY, cell, grown_mib, memory

from docs_support.kept import kept

INFER, TRAIN, CURED = (NAMED[name] for name in ("infer", "train", "cured"))


def test_memory_in_words_is_as_measured_and_counted():
    assert f"{100 * kept('infer', 128, 224, 224).total_mib / grown_mib(INFER, 128):.0f}" == "83"
    assert f"{100 * kept('train', 32, 224, 224).total_mib / grown_mib(TRAIN, 32, 'train'):.0f}" == (
        "79"
    )
    assert "explains 83 % of the growth at batch 128 in inference and 79 % at batch 32" in WHY
    rests = [
        f"{grown_mib(run, batch) - kept('infer', batch, 224, 224).total_mib:.0f}"
        for batch in (128, 32)
        for run in (INFER, CURED)
    ]
    assert rests == ["1737", "571", "1383", "255"]
    assert "rest of 1737 MiB at batch 128 falls to 571, that of 1383 MiB at batch 32 to 255" in WHY
    assert grown_mib(INFER, 128) - grown_mib(CURED, 128) == 1166
    assert "8221 of the 9958 MiB" in WHY
    assert "7332 of 9230 MiB" in WHY


def test_wrong_peaks_are_those_of_the_search():
    for run, batch, name in ((INFER, 32, "torch"), (CURED, 128, "dlib-fused")):
        held = memory(run, batch, name)
        assert held.step_peak_mib == held.search_peak_mib > held.steady_mib + 1000
    assert f"{cell(INFER, 32).factors['dlib'].memory.estimate:.3f}" == "1.270"
    assert f"{cell(CURED, 128).factors['dlib-fused'].memory.estimate:.3f}" == "6.532"
    assert "The factors 1.270 and 6.532" in WHY
    assert memory(NAMED["b"], 32, "torch").step_peak_mib == 1390


def test_pinned_host_memory_fits_the_surplus():
    row = r"^\| (inference|training) (\d+) \| (\w) \| (\d+) \| ([\d.]+) \| (\d+) \|$"
    rows = re.findall(row, WHY, re.M)
    assert len(rows) == 9
    for mode, batch, name, keeps, share, surplus in rows:
        mode = "infer" if mode == "inference" else "train"
        held = memory(NAMED[name], int(batch), "dlib", mode)
        total_mib = kept(mode, int(batch), 224, 224).total_mib
        driver_mib = held.sources["cuda_driver_growth"]["steady_mib"]
        found_mib = driver_mib - (held.steady_mib - held.context_mib)
        assert (f"{total_mib:.0f}", f"{total_mib / 512:.1f}") == (keeps, share)
        assert f"{found_mib:.0f}" == surplus
        assert found_mib == pytest.approx(total_mib / 512, abs=2)
        torch = memory(NAMED[name], int(batch), "torch", mode)
        growth_mib = torch.steady_mib - torch.context_mib
        assert torch.sources["cuda_driver_growth"]["steady_mib"] == growth_mib
