"""What a document of `python -m benchmarks.endurance` says."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Slope(msgspec.Struct, frozen=True):
    """How fast one quantity grew in a part, and how fast it might."""

    sentence: str


class Part(msgspec.Struct, frozen=True):
    """What was done, and what was not as it should be."""

    name: str
    did: str
    seconds: float
    slopes: list[Slope]
    wrong: list[str]
    passed: bool


class Endurance(msgspec.Struct, frozen=True):
    """A whole endurance run."""

    device: str
    endurance: list[Part]
    passed: bool

    def figures(self) -> dict[str, str]:
        """Each part under its name: what was done, what grew, what was wrong."""
        return {part.name: "; ".join(_of(part)) for part in self.endurance}

    def sentence(self) -> str:
        """Whether all was well, then each part."""
        verdict = "passed" if self.passed else "did not pass"
        parts = ". ".join(f"{name}: {words}" for name, words in self.figures().items())
        return f"The endurance run on {self.device} {verdict}. {parts}."


def _of(part: Part) -> Iterator[str]:
    yield f"{part.did} in {part.seconds:.0f} s"
    yield from (slope.sentence for slope in part.slopes)
    yield from (sentence.rstrip(".") for sentence in part.wrong)
