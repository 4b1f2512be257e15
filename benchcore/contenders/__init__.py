"""The contenders that exist: found by entry point, with the built-in ones always among them."""

from importlib import import_module
from importlib.metadata import entry_points

from benchcore.contenders.base import Contender
from benchcore.errors import UsageError

GROUP = "benchcore.contenders"

BUILT_IN = {
    "dlib": "benchcore.contenders.dlib:Dlib",
    "torch": "benchcore.contenders.torch:Torch",
}
"""As in pyproject.toml; named here too so that a source tree works before it is installed."""


def locations() -> dict[str, str]:
    """Each contender's name and where its class is (`module:Class`); nothing is imported."""
    found = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    return {**found, **BUILT_IN}


def names() -> tuple[str, ...]:
    """All contenders' names, the built-in ones first."""
    return tuple(sorted(locations(), key=lambda name: (name not in BUILT_IN, name)))


def find(name: str) -> type[Contender]:
    """The class of a contender; importing it may import its framework.

    Raises UsageError if there is none of this name, or if it can't be imported.
    """
    location = locations().get(name)
    if location is None:
        raise UsageError(f"there is no contender {name!r}; there are {', '.join(names())}.")
    module, _, attribute = location.partition(":")
    try:
        found: type[Contender] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"contender {name!r} can't be loaded from {location}: {error}.") from error
    return found
