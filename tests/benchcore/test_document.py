import json

import msgspec
import pytest

from benchcore import events, recorder, result
from benchcore.errors import UsageError
from benchcore.plan import Plan, Request, make_plan
from benchcore.report import RENDERERS
from benchcore.result import (
    CellResult,
    ContenderResult,
    Document,
    Factor,
    Interval,
    Proof,
    Tool,
    Verdict,
)
from benchcore.samples import Block, Memory
from benchcore.statistics import summarise
from benchcore.status import exit_status


def _plan() -> Plan:
    return make_plan(Request(), device="cpu", contenders=("dlib", "torch"))


def _contender(ms: float, mib: float) -> ContenderResult:
    phases = dict.fromkeys(Memory.__struct_fields__[:5], mib)
    block = Block(
        launch=0, round=0, position=0, started_s=1.0, wall_ms=[ms, ms], enqueue_ms=[ms, ms]
    )
    return ContenderResult(
        status="ok",
        num_parameters=7,
        instantiate_ms=1.5,
        first_ms=2.5,
        wall=summarise([block.wall_ms]),
        enqueue=summarise([block.enqueue_ms]),
        images_per_s=1e3 / ms,
        memory=Memory(primary="resident", sources={"resident": phases}, **phases),
        samples=[block],
    )


def _cell(**changes: object) -> CellResult:
    cell = CellResult(
        network="resnet50",
        mode="infer",
        batch=4,
        image_height_px=224,
        image_width_px=224,
        precision="fp32",
        contenders={"dlib": _contender(12.0, 300.0), "torch": _contender(10.0, 600.0)},
        factors={
            "dlib": Factor(
                time=Interval(estimate=1.2, low=1.19, high=1.21, method="m"),
                memory=Interval(estimate=0.5, low=None, high=None, method="m"),
            )
        },
        proof=Proof(
            held=True,
            bound=1e-3,
            max_rel_error=5e-7,
            loss_errors=None,
            input_sha256={"dlib": "a", "torch": "a"},
            weights_sha256={"dlib": "b", "torch": "b"},
        ),
        verdict={"dlib": Verdict(outcome="SLOWER", reason="Because.")},
        flags=[],
    )
    return msgspec.structs.replace(cell, **changes)


REFUSED = _cell(
    mode="train",
    batch=1,
    contenders={
        "dlib": ContenderResult(status="refused", reason="It can't train on one sample."),
        "torch": _contender(10.0, 600.0),
    },
    factors={},
    verdict={},
    proof=None,
)


@pytest.fixture
def document() -> Document:
    return Document(
        schema_version=result.SCHEMA_VERSION,
        tool=Tool(name="benchcore", version="1"),
        created="2026-01-01T00:00:00+00:00",
        environment={"threads": 2},
        plan=_plan(),
        cells=[_cell(), REFUSED],
        notes=["A note."],
        status="complete",
    )


def test_round_trip(document):
    assert result.decode(result.encode(document), "x") == document


def test_samples_take_a_line_and_words_stay_as_they_are(document):
    document = msgspec.structs.replace(document, notes=["[\n1,\n2]", "[ 1,  2 ]"])
    lines = result.encode(document).decode().split("\n")
    (first, *_) = document.cells[0].contenders["dlib"].samples
    written = ", ".join(json.dumps(ms) for ms in first.wall_ms)
    assert any(line.strip() == f'"wall_ms": [{written}],' for line in lines)
    assert result.decode("\n".join(lines).encode(), "x") == document


def test_no_nan_and_no_number_with_a_unit_in_it(document):
    def visit(value):
        if isinstance(value, dict):
            for key, entry in value.items():
                visit(entry)
                if isinstance(entry, float) and key not in {"estimate", "low", "high", "bound"}:
                    assert key.endswith(("_ms", "_mib", "_s", "_error", "_rate")), key
        elif isinstance(value, list):
            for entry in value:
                visit(entry)

    visit(json.loads(result.encode(document)))
    assert b"NaN" not in result.encode(document)


def test_a_newer_minor_version_is_read_and_another_major_refused(document):
    content = json.loads(result.encode(document))
    content["schema_version"] = "1.99"
    content["novelty"] = True
    assert result.decode(json.dumps(content).encode(), "x").cells == document.cells
    content["schema_version"] = "2.0"
    with pytest.raises(UsageError, match=r"x has schema version 2\.0, but .* reads 1\."):
        result.decode(json.dumps(content).encode(), "x")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema_version": "1.0"}', b"\xff"])
def test_what_is_no_document_is_named(content):
    with pytest.raises(UsageError, match=r"f\.json is not a result document"):
        result.decode(content, "f.json")


@pytest.mark.parametrize("levels", [60, 100_000])
def test_what_is_nested_too_deeply_is_no_document(document, levels):
    content = result.encode(document).decode()
    assert '"threads": 2' in content
    for opening, closing in (("[", "]"), ('{"a": ', "}")):
        deep = content.replace('"threads": 2', f'"threads": {opening * levels}2{closing * levels}')
        with pytest.raises(UsageError, match=r"f\.json is not .*: it is nested too deeply"):
            result.decode(deep.encode(), "f.json")


def _conforms(value, schema, root):
    """The part of JSON Schema that msgspec writes."""
    if "$ref" in schema:
        return _conforms(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return any(_conforms(value, option, root) for option in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        return (
            isinstance(value, dict)
            and all(key in value for key in schema.get("required", []))
            and all(
                _conforms(v, properties.get(k, rest if isinstance(rest, dict) else {}), root)
                for k, v in value.items()
            )
        )
    if kind == "array":
        items = schema.get("items", {})
        items = items if isinstance(items, dict) else {}
        return isinstance(value, list) and all(_conforms(v, items, root) for v in value)
    types = {
        "string": str,
        "integer": int,
        "number": int | float,
        "boolean": bool,
        "null": type(None),
    }
    return kind is None or isinstance(value, types[kind])


def test_documents_conform_to_the_schema(document):
    schema = result.json_schema()
    content = json.loads(result.encode(document))
    assert _conforms(content, schema, schema)
    for key in ("cells", "plan", "schema_version", "status"):
        broken = {k: v for k, v in content.items() if k != key}
        assert not _conforms(broken, schema, schema)
    content["cells"][0]["batch"] = "4"
    assert not _conforms(content, schema, schema)


def test_events_round_trip(document):
    for event in (
        events.RunStarted(plan=document.plan, cells=2, created="now"),
        events.CellFinished(index=0, result=document.cells[0]),
        events.RunFinished(status="complete"),
        events.Note(text="t"),
    ):
        assert events.decode(events.encode(event)) == event


@pytest.mark.parametrize("line", [b"", b"x", b'{"type":"news"}', b"\xff", b"[" * 100_000])
def test_a_line_that_is_no_event_is_refused_in_words(line):
    with pytest.raises(UsageError, match="this line is no event of a run"):
        events.decode(line)


def test_the_recorder_adds_events_up(document):
    kept = recorder.Recorder()
    with pytest.raises(RuntimeError, match="not started"):
        kept.document()
    words = ["benchcore", "--headless"]
    started = events.RunStarted(
        plan=document.plan, cells=2, created=document.created, command=words
    )
    kept.add(started)
    assert kept.document().status == "running"
    kept.add(events.EnvironmentKnown(environment={"threads": 2}))
    kept.add(events.Note(text="A note."))
    for index, cell in enumerate(document.cells):
        kept.add(events.CellFinished(index=index, result=cell))
    assert kept.document().ended is None
    kept.add(events.RunFinished(status="complete", ended="then"))
    found = msgspec.structs.replace(kept.document(), tool=document.tool)
    assert found == msgspec.structs.replace(document, command=words, ended="then")


def test_writing_replaces_the_file_at_once(document, tmp_path):
    path = tmp_path / "d.json"
    path.write_text("old")
    recorder.write(document, path)
    assert path.read_bytes() == result.encode(document)
    assert [entry.name for entry in tmp_path.iterdir()] == ["d.json"]
    with pytest.raises(UsageError, match="--output"):
        recorder.write(document, tmp_path / "absent" / "d.json")


@pytest.mark.parametrize(
    ("run", "contender", "expected"),
    [
        ("complete", "ok", 0),
        ("complete", "refused", 0),
        ("complete", "invalid", 4),
        ("complete", "oom", 6),
        ("complete", "crashed", 6),
        ("complete", "timeout", 6),
        ("timeout", "ok", 124),
        ("interrupted", "crashed", 130),
    ],
)
def test_exit_statuses(document, run, contender, expected):
    changed = ContenderResult(status=contender, reason="Why.")
    cell = _cell(contenders={"dlib": changed, "torch": _contender(1.0, 1.0)})
    assert exit_status(msgspec.structs.replace(document, status=run, cells=[cell])) == expected


TEXT = """\
resnet50, inference, dlib / torch
       --- Memory (MiB) --  --------------- Time (ms) ----------------
batch  dlib  torch  factor    dlib   torch  factor       95 %  verdict
    4   300    600   0.500  12.000  10.000   1.200  1.19-1.21   SLOWER

resnet50, training step, dlib / torch
       --- Memory (MiB) --  ------------- Time (ms) --------------
batch  dlib  torch  factor     dlib   torch  factor  95 %  verdict
    1     -    600       -  refused  10.000       -     -        -
  A training step is transfer + forward + loss + backward + update.
  Batch 1: dlib refused. It can't train on one sample.
"""


def test_the_seeds_tables_as_text(document):
    text = RENDERERS["text"](document)
    assert TEXT in text
    assert "Note: A note." in text
    assert max(map(len, text.splitlines())) <= 80


def test_markdown_and_csv(document):
    markdown = RENDERERS["markdown"](document)
    assert "| 4 | 300 | 600 | 0.500 | 12.000 | 10.000 | 1.200 | 1.19-1.21 | SLOWER |" in markdown
    lines = RENDERERS["csv"](document).splitlines()
    assert len(lines) == 1 + 4
    first = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (first["contender"], first["median_ms"], first["time_factor"]) == ("dlib", "12.0", "1.2")
    assert len({line.count(",") for line in lines}) == 1
