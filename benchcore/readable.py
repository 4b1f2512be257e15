"""What a cell must be before it is kept: a reader takes it, within the bounds of its records.

One absurd figure of one contender would else make a document unreadable that holds all others.
"""

from typing import Any, TypeVar

import msgspec

from benchcore.result import CellResult, ContenderResult

ValueT = TypeVar("ValueT")

REASON = "Its figures are beyond what a document can hold."


def readable(result: CellResult, reference: str) -> CellResult:
    """The cell as it is, or with each contender `crashed` that no reader would take."""
    if _is_taken(result, CellResult):
        return result
    bad = {n for n, found in result.contenders.items() if not _is_taken(found, ContenderResult)}
    part = _without(result, bad, reference)
    if bad and _is_taken(part, CellResult):
        return part
    return _without(result, {*result.contenders}, reference)


def _is_taken(record: object, kind: Any) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(record), type=kind)
    except (msgspec.MsgspecError, OverflowError, RecursionError, UnicodeEncodeError):
        return False
    return True


def _without(result: CellResult, bad: set[str], reference: str) -> CellResult:
    def compared(found: dict[str, ValueT]) -> dict[str, ValueT]:
        gone = {*found} if reference in bad else bad
        return {name: value for name, value in found.items() if name not in gone}

    crashed = ContenderResult(status="crashed", reason=REASON)
    return msgspec.structs.replace(
        result,
        contenders={n: crashed if n in bad else one for n, one in result.contenders.items()},
        factors=compared(result.factors),
        verdict=compared(result.verdict),
        proof=None if bad == {*result.contenders} else result.proof,
        profile=None,
    )
