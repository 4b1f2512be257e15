"""A cell's gap as rows of numbers, for tables and screens to lay out."""

from typing import NamedTuple

from benchcore.kernels.decompose import time_ms
from benchcore.kernels.profile import NOT_DIVIDED, ContenderProfile, Profile


class GapRow(NamedTuple):
    """One class; times in milliseconds and counts of an iteration."""

    kind: str
    contender_ms: float
    reference_ms: float
    difference_ms: float
    share: float | None
    """Of the measured difference; None where that is not told apart from 0."""
    contender_launches: float
    reference_launches: float
    contender_known: bool = True
    """Whether its time is divided, so that 0 means none of this class."""
    reference_known: bool = True

    @property
    def comparable(self) -> bool:
        """Whether the difference is one of this class."""
        return self.contender_known and self.reference_known


def gap_rows(profile: Profile, contender: str) -> list[GapRow]:
    """All classes that either of the two has, in their fixed order. KeyError without a gap."""
    gap = profile.gaps[contender]
    mine, theirs = profile.contenders[contender], profile.contenders[gap.reference]
    return [
        GapRow(
            kind=kind,
            contender_ms=time_ms(mine, kind),
            reference_ms=time_ms(theirs, kind),
            difference_ms=difference_ms,
            share=difference_ms / gap.measured_ms if gap.told_apart and gap.measured_ms else None,
            contender_launches=_launches(mine, kind),
            reference_launches=_launches(theirs, kind),
            contender_known=_knows(mine, kind),
            reference_known=_knows(theirs, kind),
        )
        for kind, difference_ms in gap.rows_ms.items()
    ]


def groups(profile: Profile) -> list[tuple[str, ...]]:
    """Each contender with its reference, as far as both were traced, then those that are alone."""
    traced = profile.contenders
    pairs = [(name, gap.reference) for name, gap in profile.gaps.items()]
    pairs = [pair for pair in pairs if all(name in traced for name in pair)]
    return [*pairs, *((name,) for name in traced if not any(name in pair for pair in pairs))]


def _knows(contender: ContenderProfile, kind: str) -> bool:
    return kind in contender.rows or (NOT_DIVIDED not in contender.rows and kind != NOT_DIVIDED)


def _launches(contender: ContenderProfile, kind: str) -> float:
    share = contender.rows.get(kind)
    return 0.0 if share is None else share.launches
