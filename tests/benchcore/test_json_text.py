"""Names of files that are no UTF-8: they cost neither a document nor an event."""

import json

import msgspec
import pytest
from sample_documents import small

from benchcore import events, json_text, plan, result
from benchcore.errors import UsageError

NAME = b"\xff.json".decode(errors="surrogateescape")


def test_a_document_keeps_all_but_the_byte():
    document = msgspec.structs.replace(small(), command=["benchcore", "--output", NAME])
    found = result.decode(result.encode(document), "it")
    assert found == msgspec.structs.replace(small(), command=["benchcore", "--output", "?.json"])


def test_an_event_is_one_line():
    line = events.encode(events.Note(text=f"{NAME} is gone"))
    assert events.decode(line) == events.Note(text="?.json is gone")
    assert line.count(b"\n") == 1


def test_whatever_is_nested_is_valid():
    nested = {NAME: [{"a": (NAME, 1.5, None, True)}]}
    assert json.loads(json_text.encode(nested)) == {"?.json": [{"a": ["?.json", 1.5, None, True]}]}


@pytest.mark.parametrize("option", ["images", "weights"])
def test_what_workers_must_open_needs_a_name_that_can_be_said(option):
    request = plan.Request(**{option: NAME})
    with pytest.raises(UsageError, match=rf"--{option} is '\\udcff.json', whose name is no UTF-8"):
        plan.make_plan(request, device="cpu", contenders=("dlib", "torch"))
