"""What differs between the environments of two documents, and what that forbids to conclude."""

import json
from typing import Any

from benchcore.result import Document
from benchcore.samples import Record

MACHINE_GROUPS = ("system", "cpu", "threads", "gpus")
"""Groups of the environment that are the machine; the rest is software."""

PLAN_KEYS = ("device", "profile", "seed", "learning_rate", "images", "weights")
"""What of the plan changes a time without changing the cell's name."""


class Difference(Record, frozen=True, kw_only=True):
    """One key of the environment or plan; an absent value is null."""

    key: str
    before: Any
    after: Any


class Comparability(Record, frozen=True, kw_only=True):
    """Whether a change may be blamed on a contender."""

    same_fingerprint: bool
    differences: list[Difference]
    limits: list[str]
    """Sentences, each of which forbids to call a change a regression or an improvement."""


def comparability(before: Document, after: Document, reference: str) -> Comparability:
    """Compare the environments; `reference` is the contender that serves as the control."""
    documents = (before, after)
    fingerprints = [document.environment.get("fingerprint") for document in documents]
    differences = _differences(*(_flat(_described(document)) for document in documents))
    groups = {_group(difference) for difference in differences}
    unknown = None in fingerprints
    stated = {_group(d) for d in differences if None not in (d.before, d.after)}
    machine = [group for group in MACHINE_GROUPS if group in (stated if unknown else groups)]
    if before.plan.device != after.plan.device:
        machine.append("device")
    framework = reference.partition("-")[0]
    limits = []
    if machine:
        limits.append(
            f"The machines differ ({', '.join(machine)}): absolute times tell of the hardware, "
            "and no change is called a regression."
        )
    elif unknown:
        limits.append("A document doesn't describe its machine, so that may have changed.")
    if framework in groups:
        limits.append(
            f"The reference's own version differs ({framework}): a factor may have changed "
            f"through {framework} alone, and no change is called a regression."
        )
    return Comparability(
        same_fingerprint=not unknown and fingerprints[0] == fingerprints[1],
        differences=differences,
        limits=limits,
    )


def _group(difference: Difference) -> str:
    return difference.key.partition(".")[0]


def _described(document: Document) -> dict[str, Any]:
    plan = {key: getattr(document.plan, key) for key in PLAN_KEYS}
    environment = {k: v for k, v in document.environment.items() if k != "fingerprint"}
    return {**environment, "plan": plan}


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    """Nested names joined by dots; lists of records by number, other lists as one value."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        value = {str(number): item for number, item in enumerate(value)}
    if not isinstance(value, dict):
        return {key: value}
    flat: dict[str, Any] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{key}.{name}" if key else name)
    return flat


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    keys = dict.fromkeys([*before, *after])
    return [
        Difference(key=key, before=before.get(key), after=after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def shortened(value: Any, width: int) -> str:
    """One line of at most `width` characters for a value of the environment."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 3]}..."
