import os

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_compare import BASE, EARLIER, ENVIRONMENT, LATER, blocks, cell, contender, document

from benchcore import cli, compare_command, reference, result
from benchcore.changes import Comparisons
from benchcore.compare import compare
from benchcore.report import comparison
from benchcore.report.side_by_side import render
from benchcore.result import CellResult, ContenderResult, Factor, Interval, NoiseFloor
from benchcore.samples import Published
from benchcore.statistics import summarise

NAMES = ("a.json", "b.json", "c.json", "d.json", "e.json")


def shown(*documents, width=80, names=NAMES):
    compared = Comparisons(
        documents=list(names[: len(documents)]),
        comparisons=[compare(documents[0], later) for later in documents[1:]],
    )
    return render(documents, compared, width)


def timed(ms, mib=500.0, **changes):
    return contender(ms, mib, wall=summarise([block.wall_ms for block in blocks(ms)]), **changes)


def pair(dlib_ms, torch_ms=10.0, day=LATER, **changes):
    factor = Factor(
        time=Interval(estimate=dlib_ms / torch_ms, low=None, high=None, method="m"),
        memory=Interval(estimate=1.5, low=None, high=None, method="m"),
    )
    both = timed(dlib_ms, 750.0, day=day), timed(torch_ms, day=day)
    return cell(*both, factors={"dlib": factor}, **changes)


def of(*cells, torch="2.6"):
    return document(*cells, environment={**ENVIRONMENT, "torch": {"version": torch}})


THREE = """\
A: a.json
B: b.json
C: c.json

                 A    B    C
  torch.version  2.6  2.7  2.7

B, C against A: The reference's own version differs (torch): a factor may have
changed through torch alone, and no change is called a regression.
Memory of A, B, C: resident memory of the process on the host.
Times are medians. A factor is contender / torch: below 1 the contender is
better. A change above 0 is slower.

resnet50, inference, 224x224, dlib
       ----- A ------  ----- B ------  ----- C ------
batch      ms  factor      ms  factor      ms  factor
    8  12.000   1.200  12.000   1.200  12.600   1.260
   16       -       -  24.000   2.400       -       -

resnet50, inference, 224x224, dlib: change of its factor against A
       ------- B --------  ------- C --------
batch  change        95 %  change        95 %
    8   +0.0%  -0.0..+0.0   +5.0%  +5.0..+5.0
   16       -           -       -           -
  C, batch 8: INCONCLUSIVE. The factor changed by +5.0% (+5.0 to +5.0), its own
  time by +5.0% (+4.9 to +5.1); beyond the 2% margin. The reference's own
  version differs (torch): a factor may have changed through torch alone, and no
  change is called a regression.

resnet50, inference, 224x224, dlib, memory
"""


def test_three_documents():
    text = shown(
        of(pair(12.0, day=EARLIER)),
        of(pair(12.0), pair(24.0, batch=16), torch="2.7"),
        of(pair(12.6), pair(12.0, mode="train"), torch="2.7"),
    )
    assert text.startswith(THREE), text
    assert "resnet50, inference, 224x224, torch (the control)\n" in text
    assert text.count("training step") == 1
    assert "\nOnly C has resnet50, training step, 224x224.\n" in text
    assert "\nB against A:\nIntervals: welch over launches.\n" in text
    assert "\nC against A:\nIntervals: welch over launches.\n" in text


def test_the_control_that_moved_alike_is_drift():
    text = shown(of(pair(12.0)), of(pair(12.0)), of(pair(12.6, 10.5)))
    assert "  C, batch 8: MACHINE DRIFT. The factor changed by" in text


@pytest.mark.parametrize(("width", "tables"), [(80, 2), (140, 1)])
def test_five_documents_share_what_width_there_is(width, tables):
    text = shown(*(of(pair(12.0), torch=str(version)) for version in range(5)), width=width)
    assert text.count("resnet50, inference, 224x224, dlib\n") == tables
    assert text.count("\n  torch.version") == tables
    assert max(map(len, text.splitlines())) <= width
    assert text.count("dlib: change of its factor against A\n") == 2
    assert all(f"{letter} against A:\n" in text for letter in "BCDE")


def test_the_terminal_is_asked_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((200, 50)))
    assert [compare_command._width(count) for count in (2, 3, 4)] == [80, 200, 200]
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    assert compare_command._width(4) == 80


def test_missing_contenders_and_failures_have_their_words():
    failed = ContenderResult(status="oom", reason="No memory.")
    text = shown(of(pair(12.0)), of(pair(12.0)), of(cell(failed, timed(10.0))))
    assert "    8  12.000   1.200  12.000   1.200  oom       -\n" in text
    assert "C, batch 8: NOT COMPARABLE. It was ok before and oom after. No memory." in text
    lone = of(cell(None, None, contenders={"torch": timed(10.0)}))
    assert "    8   -       -  12.000   1.200" in shown(lone, of(pair(12.0)), of(pair(12.0)))


HOSTILE = ("\x1b[2J", "a\nb", "\x9b31m", "\u202e", "n" * 300, "", "|", "\x00", "ok\r")


def test_nothing_in_a_document_steers_the_terminal(tmp_path, capsys):
    for number, text in enumerate(HOSTILE):
        made = of(
            pair(12.0, network=text, precision=text, flags=[text]),
            cell(None, None, contenders={text: ContenderResult(status="oom", reason=text)}),
        )
        environment = {**ENVIRONMENT, f"key{text}": {text: text}}
        other = msgspec.structs.replace(made, environment=environment, notes=[text])
        published = ContenderResult(status="ok", published=Published(mean_ms=1.0, memory_mib=1.0))
        then = msgspec.structs.replace(of(cell(published, published, network=text)), notes=[text])
        paths = [tmp_path / f"{number}{word}.json" for word in "abc"]
        for path, content in zip(paths, (made, other, then), strict=True):
            path.write_bytes(result.encode(content))
        for words in (paths[:2], paths, [paths[0], paths[2]]):
            assert cli.main(["compare", *map(str, words)]) == 0
            printed = capsys.readouterr().out.replace("\n", "")
            assert printed.isprintable(), repr(printed)


numbers = st.one_of(
    st.sampled_from([0.0, -1.0, 1e-320, 1e308, 0.001, 1e8]), st.floats(0.001, 1e8), st.floats(1, 9)
)
words = st.one_of(st.sampled_from([*HOSTILE, "resnet50", "infer", "train", "dlib", "torch"]))
intervals = st.builds(Interval, estimate=numbers, low=numbers, high=numbers, method=words)


@st.composite
def contenders(draw):
    launches = draw(st.integers(0, 3))
    made = [
        msgspec.structs.replace(block, wall_ms=draw(st.lists(numbers, max_size=2)))
        for block in blocks(1.0, launches, 2)
    ]
    published = Published(mean_ms=draw(numbers), memory_mib=draw(numbers))
    return contender(
        1.0,
        draw(numbers),
        samples=made,
        status=draw(st.sampled_from(["ok", "ok", "ok", "crashed"])),
        published=draw(st.sampled_from([None, None, published])),
        wall=msgspec.structs.replace(
            summarise([[1.0]]), mean_ms=draw(numbers), median_ms=draw(numbers)
        ),
    )


cells = st.builds(
    CellResult,
    network=words,
    mode=st.sampled_from(["infer", "train", "x"]),
    batch=st.integers(-1, 3),
    image_height_px=st.just(1),
    image_width_px=st.just(1),
    precision=st.just("fp32"),
    contenders=st.dictionaries(st.sampled_from(["dlib", "torch", ""]), contenders()),
    factors=st.dictionaries(
        st.sampled_from(["dlib", "torch"]), st.builds(Factor, time=intervals, memory=intervals)
    ),
    proof=st.none(),
    verdict=st.just({}),
    flags=st.lists(st.sampled_from(["disturbed", "throttled", "?"]), max_size=1),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=5,
)


@st.composite
def documents(draw):
    floor = draw(st.none() | numbers)
    made = document(
        *draw(st.lists(cells, max_size=3)),
        environment=draw(st.dictionaries(words, values, max_size=3)),
        noise_floor=None if floor is None else NoiseFloor(log_half_width=floor, created=""),
    )
    named = draw(st.sampled_from([(), ("dlib",), ("dlib", "torch")]))
    return msgspec.structs.replace(made, plan=msgspec.structs.replace(made.plan, contenders=named))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(documents(), min_size=2, max_size=3))
def test_any_valid_documents_can_be_compared(given_documents):
    # With any figure at all, though a file with a negative one is refused as soon as it is read.
    kept = given_documents
    shown(*kept)
    compared = compare(kept[0], kept[1])
    comparison.render(compared, "a", "b")
    assert msgspec.json.encode(compared)
    if any(c.published for d in kept for e in d.cells for c in e.contenders.values()):
        published = {
            (e.network, e.mode, e.batch, name)
            for d in kept[:2]
            for e in d.cells
            for name, c in e.contenders.items()
            if c.published is not None
        }
        for place in compared.cells:
            for name, change in place.contenders.items():
                if (place.network, place.mode, place.batch, name) in published:
                    assert change.finding in {"INCONCLUSIVE", "NOT_COMPARABLE"}


def test_the_reference_beside_anything():
    assert "Only A has" in shown(reference.published(), BASE, BASE)
