"""What a cell's profile says, in sentences that are computed from it."""

from collections.abc import Iterator

from benchcore.kernels.decompose import ADDS_UP_WITHIN
from benchcore.kernels.profile import ContenderProfile, Gap, Profile
from benchcore.report.table import number

WORTH_NAMING = 0.1
"""Of the measured difference: a class that makes less is left to the table."""

MOST_NAMED = 4

TOLD_LENGTHENING = 0.02
"""By which tracing lengthened an iteration, below which it is not mentioned."""


def sentences(profile: Profile, contender: str) -> list[str]:
    """Of one contender against the reference: what makes the gap, and what that rests on."""
    gap = profile.gaps[contender]
    pair = {name: profile.contenders[name] for name in (contender, gap.reference)}
    return [
        *_difference(contender, gap),
        *_sum(gap),
        *(f"{name} is not divided. {one.remark}" for name, one in pair.items() if one.remark),
        *_tracing(pair),
    ]


def alone(name: str, found: ContenderProfile) -> list[str]:
    """Of one contender without a reference."""
    said = [f"There is no gap to explain: {name} is held against nothing here."]
    if found.remark:
        said.append(f"{name} is not divided. {found.remark}")
    return [*said, *_tracing({name: found})]


def unknown(profile: Profile) -> list[str]:
    """Why contenders have no profile."""
    return [f"{name} was not traced. {why}" for name, why in profile.unknown_because.items()]


def _difference(contender: str, gap: Gap) -> Iterator[str]:
    difference = f"{number(abs(gap.measured_ms))} ms"
    if not gap.told_apart:
        yield (
            f"The measured difference between {contender} and {gap.reference}, {difference}, is "
            "within its interval: there is nothing to explain."
        )
        return
    if not gap.measured_ms:
        yield (
            f"The medians of {contender} and {gap.reference} are equal, though the factor's "
            "interval excludes 1: there is no difference to divide."
        )
        return
    standing = "longer" if gap.measured_ms > 0 else "less"
    shares = {kind: ms / gap.measured_ms for kind, ms in gap.rows_ms.items()}
    with_it = sorted((kind for kind in shares if shares[kind] > 0), key=lambda k: -shares[k])
    against = sorted((kind for kind in shares if shares[kind] < 0), key=lambda k: shares[k])
    named = [kind for kind in with_it if shares[kind] >= WORTH_NAMING][:MOST_NAMED]
    opposed = [kind for kind in against if -shares[kind] >= WORTH_NAMING][:MOST_NAMED]
    text = f"{contender} takes {difference} {standing} than {gap.reference}"
    if named:
        text += f"; {_listed(named, shares)} of that"
    yield f"{text}."
    if opposed:
        yield f"Against it: {_listed(opposed, shares)}."


def _listed(kinds: list[str], shares: dict[str, float]) -> str:
    return ", ".join(f"{kind} {100 * abs(shares[kind]):.0f} %" for kind in kinds)


def _sum(gap: Gap) -> Iterator[str]:
    if not gap.measured_ms:
        return
    percent = f"{100 * gap.sum_ms / gap.measured_ms:.1f} %"
    if gap.adds_up:
        yield f"The rows add up to {percent} of the measured difference."
    elif gap.told_apart:
        yield (
            f"The rows add up to {percent} of the measured difference, which is more than "
            f"{100 * ADDS_UP_WITHIN:.0f} % off: the iterations before tracing were not as the "
            "blocks, so the rows explain it only roughly."
        )


def _tracing(pair: dict[str, ContenderProfile]) -> Iterator[str]:
    lengthened = {
        name: one.traced_ms / one.untraced_ms - 1
        for name, one in pair.items()
        if one.traced_ms is not None and one.untraced_ms
    }
    yield from _lengthened(lengthened, pair)
    for name, share in lengthened.items():
        if share <= -TOLD_LENGTHENING:
            yield (
                f"Traced iterations of {name} were {-100 * share:.0f} % shorter than untraced "
                "ones: the machine was not the same in both, so its rows are rough."
            )


def _lengthened(lengthened: dict[str, float], pair: dict[str, ContenderProfile]) -> Iterator[str]:
    told = [
        f"of {name} by {100 * share:.0f} %"
        for name, share in lengthened.items()
        if share >= TOLD_LENGTHENING
    ]
    if not told:
        return
    where = (
        "the row tracing takes that back"
        if any(one.source == "operators" for one in pair.values())
        else "idle is free of it, since it is what untraced iterations last beyond their kernels"
    )
    yield f"Tracing lengthened an iteration {' and '.join(told)}; {where}."
