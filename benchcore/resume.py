"""Going on with an interrupted run: its plan, and the cells it has already."""

from collections.abc import Sequence
from typing import Any

from benchcore import variables
from benchcore.errors import UsageError
from benchcore.plan import CellSpec
from benchcore.result import CellResult, Document

SAME_MACHINE = "machine_id"
SAME_BUILD = "fingerprint"


def check(document: Document, environment: dict[str, Any]) -> None:
    """Refuse to mix measurements of two machines or builds. Raises UsageError."""
    before, now = document.environment, environment
    if SAME_BUILD not in before or SAME_MACHINE not in before:
        raise UsageError("--resume: the document doesn't say on which machine it was measured.")
    if SAME_BUILD not in now or SAME_MACHINE not in now:
        raise UsageError("--resume: this machine's environment can't be read, so nothing is added.")
    if before[SAME_MACHINE] != now[SAME_MACHINE]:
        raise UsageError(
            "--resume: the document is from another machine; measure there, or begin a new run."
        )
    if before[SAME_BUILD] != now[SAME_BUILD]:
        _changed(differing_groups(before, now) or ["the environment"])
    if variables.differing(before, now):
        _changed(variables.differing(before, now))
    commits = [_commit(environment) for environment in (before, now)]
    if None not in commits and commits[0] != commits[1]:
        _changed(["this program's own commit"])
    planned, contenders = {*document.plan.cells()}, {*document.plan.contenders}
    strangers = [
        cell
        for cell in document.cells
        if spec_of(cell) not in planned or cell.contenders.keys() != contenders
    ]
    if strangers:
        cell = strangers[0]
        raise UsageError(
            f"--resume: {cell.network} {cell.mode} batch {cell.batch} is not as the document's "
            "plan has it, which was edited; begin a new run."
        )


def _changed(names: Sequence[str]) -> None:
    raise UsageError(
        f"--resume: {', '.join(names)} changed since the document was begun; begin a new run."
    )


def _commit(environment: dict[str, Any]) -> str | None:
    source = environment.get("source")
    return source.get("git") if isinstance(source, dict) else None


def differing_groups(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The groups of the fingerprint that are not the same."""
    from benchcore.environment import FINGERPRINT_KEYS

    return [key for key in FINGERPRINT_KEYS if before.get(key) != now.get(key)]


def done(document: Document | None) -> dict[CellSpec, CellResult]:
    """The cells that need not be measured again."""
    if document is None:
        return {}
    return {spec_of(cell): cell for cell in document.cells}


def spec_of(cell: CellResult) -> CellSpec:
    """What the cell measured."""
    return CellSpec(**{name: getattr(cell, name) for name in CellSpec.__struct_fields__})


def check_bytes(cell: CellResult, weights_sha256: str, input_sha256: str) -> None:
    """Refuse to go on with other weights or images than those of a measured cell."""
    if cell.proof is None:
        return
    for what, option, digests, now in (
        ("weights", "--weights", cell.proof.weights_sha256, weights_sha256),
        ("images", "--images", cell.proof.input_sha256, input_sha256),
    ):
        if any(digest != now for digest in digests.values()):
            raise UsageError(
                f"--resume: the {what} are not those that the document was begun with (its plan's "
                f"seed, {option} or the files there changed)."
            )
