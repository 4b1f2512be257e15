"""One part of an endurance run: what was done how often, what grew, and what was wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.endurance.flat import Slope, follow, meter, slopes, stride


@dataclass(frozen=True)
class Part:
    """The outcome of one part; `wrong` has a sentence for each thing that was not as it should."""

    name: str
    did: str
    seconds: float
    slopes: list[Slope] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Nothing was wrong, and nothing grew faster than its bound."""
        return not self.wrong and all(slope.within for slope in self.slopes)

    def lines(self) -> Iterable[str]:
        """For a person: the part, then each slope, then what was wrong."""
        yield f"{_word(self.passed)}  {self.name}: {self.did} in {self.seconds:.0f} s"
        for slope in self.slopes:
            yield f"    {_word(slope.within)}  {slope.sentence()}"
        for sentence in self.wrong:
            yield f"    BAD  {sentence}"

    def record(self) -> dict[str, Any]:
        """For a document."""
        slopes = [{**asdict(slope), "sentence": slope.sentence()} for slope in self.slopes]
        return {**asdict(self), "slopes": slopes, "passed": self.passed}


def followed(
    name: str,
    did: str,
    device: str,
    count: int,
    call: Callable[[int], None],
    of: str,
    bytes_bound: float,
    wrong: Sequence[str] = (),
) -> Part:
    """Calls `call` `count` times, and what grew meanwhile; `call` may add to `wrong`."""
    start = time.perf_counter()
    samples = follow(count, call, meter(device))
    seconds = time.perf_counter() - start
    return Part(name, did, seconds, slopes(samples, stride(count), of, bytes_bound), list(wrong))


def _word(well: bool) -> str:
    return "ok " if well else "BAD"
