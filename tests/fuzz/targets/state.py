"""The state folder: noise floors, ceilings, and what a verdict or a comparison makes of them."""

from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import damage
import msgspec
import mutation
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import kept, known_ceilings, noise, report, result
from benchcore.ceilings import in_words
from benchcore.compare import compare
from benchcore.result import NoiseFloor
from benchcore.verdict import margin_for

CASES = 2500

FINGERPRINT = "0123456789abcdef"
DEVICES = ("cpu", "cuda:0", "cuda:1")

FLOOR = NoiseFloor(log_half_width=0.004, created="2025-12-31T00:00:00+00:00")


@dataclass(frozen=True)
class Case:
    """A file of a kind for a device."""

    kind: str
    device: str
    content: bytes


def cases() -> SearchStrategy[Case]:
    """Half are JSON with other values in it, half other bytes."""
    samples = bases.of_benchcore("sample_documents")
    texts = st.sampled_from(
        [msgspec.json.encode(record).decode() for record in (FLOOR, samples.CEILINGS)]
    )
    encoded = texts.map(str.encode)
    return st.builds(
        Case,
        kind=st.sampled_from([noise.KIND, known_ceilings.KIND]),
        device=st.sampled_from(DEVICES),
        content=st.one_of(
            st.builds(mutation.changed_json, texts, mutation.any_changes()),
            st.builds(damage.damaged, encoded, damage.damages, encoded),
        ),
    )


def check(case: Case, folder: Path) -> None:
    """A damaged file counts as none; any other is shown and used without harm."""
    path = kept.path(case.kind, FINGERPRINT, case.device)
    give(path, case.content)
    samples = bases.of_benchcore("sample_documents")
    if case.kind == noise.KIND:
        floor = noise.read(FINGERPRINT, case.device)
        if floor is None:
            return
        assert 0 < margin_for(1, floor.log_half_width) <= 1
        changed = msgspec.structs.replace(samples.small(), noise_floor=floor)
    else:
        ceilings = known_ceilings.read(FINGERPRINT, case.device)
        if ceilings is None:
            return
        assert len(in_words(ceilings)) < 200
        changed = msgspec.structs.replace(samples.small(), ceilings=ceilings)
    again = result.decode(result.encode(changed), "again")
    for form in ("text", "html"):
        commands.inert(report.RENDERERS[form](again))
    compare(again, samples.small())
