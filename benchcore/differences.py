"""What differs between the environments of two documents, and what that forbids to conclude."""

import json
from typing import Any

from benchcore import variables
from benchcore.result import Document
from benchcore.samples import Record

MACHINE_GROUPS = ("system", "cpu", "threads", "gpus")
"""Groups of the environment that are the machine; the rest is software."""

VERSION_KEYS = ("version", "cuda", "cudnn", "git")
"""Of a framework's group, what its version is."""

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
    described = [_described(document) for document in documents]
    differing = _differing(*map(_flat, described))
    unknown = None in fingerprints
    stated = [place for place in differing if all(_states(side, place) for side in described)]
    groups = {place[0] for place in stated}
    machine = [group for group in MACHINE_GROUPS if group in groups]
    if before.plan.device != after.plan.device:
        machine.append("device")
    framework = reference.partition("-")[0]
    of_framework = [place[1:] for place in stated if place[0] == framework]
    if ("packages", framework) in stated:
        of_framework.append(("version",))
    limits = []
    if machine:
        limits.append(
            f"The machines differ ({', '.join(machine)}): absolute times tell of the hardware, "
            "and no change is called a regression."
        )
    elif unknown:
        limits.append("A document doesn't describe its machine, so that may have changed.")
    if of_framework:
        version = any(place[0] in VERSION_KEYS for place in of_framework if place)
        what = "own version differs" if version else "own settings differ"
        places = (".".join(place) or framework for place in of_framework)
        names = framework if version else ", ".join(places)
        limits.append(
            f"The reference's {what} ({names}): a factor may have changed "
            f"through {framework} alone, and no change is called a regression."
        )
    if (framework, "version") in {*differing} - {*stated}:
        limits.append(f"A document doesn't say which {framework} it was measured with.")
    changed = variables.differing(before.environment, after.environment)
    if changed:
        limits.append(
            f"Variables that change speed differ ({', '.join(changed)}), and no change is called "
            "a regression."
        )
    return Comparability(
        same_fingerprint=not unknown and fingerprints[0] == fingerprints[1],
        differences=[
            Difference(key=".".join(place), before=old, after=new)
            for place, (old, new) in differing.items()
        ],
        limits=limits,
    )


Place = tuple[str, ...]
"""The names, from the outermost one inwards, under which a value is found."""


def _described(document: Document) -> dict[str, Any]:
    plan = {key: getattr(document.plan, key) for key in PLAN_KEYS}
    environment = {k: v for k, v in document.environment.items() if k != "fingerprint"}
    return {**environment, "plan": plan}


def _flat(value: Any, place: Place = ()) -> dict[Place, Any]:
    """Each value by its place; records in a list by number, other lists as one value."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        value = {str(number): item for number, item in enumerate(value)}
    if not isinstance(value, dict):
        return {place: value}
    flat: dict[Place, Any] = {}
    for name, item in value.items():
        flat |= _flat(item, (*place, name))
    return flat


def _differing(before: dict[Place, Any], after: dict[Place, Any]) -> dict[Place, tuple[Any, Any]]:
    """The values of either side where they are not the same, an absent one being null."""
    pairs = {
        place: (before.get(place), after.get(place)) for place in dict.fromkeys([*before, *after])
    }
    return {place: pair for place, pair in pairs.items() if pair[0] != pair[1]}


def _states(described: Any, place: Place) -> bool:
    """Whether a document tells what is there: a record that lacks the name, or has null, doesn't.

    Each version records more, and what the earlier one left out is unknown, not another machine's.
    A list that is shorter does tell that there is no such entry.
    """
    for name in place:
        if isinstance(described, list):
            if not name.isdecimal() or int(name) >= len(described):
                return True
            described = described[int(name)]
        elif isinstance(described, dict):
            described = described.get(name)
        else:
            return described is not None  # another kind of value stands there
    return described is not None


def shortened(value: Any, width: int) -> str:
    """One line of at most `width` characters for a value of the environment."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 3]}..."
