"""The contenders that exist: found by entry point, with the built-in ones always among them."""

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from benchcore.errors import UsageError

if TYPE_CHECKING:  # it needs NumPy, which takes a while to load, and a name needs neither
    from benchcore.contenders.base import Contender

GROUP = "benchcore.contenders"

BUILT_IN = {
    "dlib": "benchcore.contenders.dlib:Dlib",
    "dlib-fused": "benchcore.contenders.dlib:DlibFused",
    "torch": "benchcore.contenders.torch:Torch",
    "torch-default": "benchcore.contenders.torch_variants:TorchDefault",
    "torch-tf32": "benchcore.contenders.torch_variants:TorchTf32",
    "torch-channels-last": "benchcore.contenders.torch_variants:TorchChannelsLast",
    "torch-compile": "benchcore.contenders.torch_compile:TorchCompile",
    "torch-cudagraph": "benchcore.contenders.torch_cudagraph:TorchCudagraph",
    "torch-amp-bf16": "benchcore.contenders.torch_variants:TorchAmpBf16",
}
"""As in pyproject.toml; named here too so that a source tree works before it is installed."""

HIDDEN = {
    "selftest-dlib": BUILT_IN["dlib"],
    "selftest-torch": BUILT_IN["torch"],
    "selftest-slowed": "benchcore.contenders.selftest:Slowed",
    "selftest-hoarding": "benchcore.contenders.selftest:Hoarding",
}
"""What `benchcore selftest` measures: found by name, but never listed. The first two are the very
classes that they are compared with."""


def locations() -> dict[str, str]:
    """Each contender's name and where its class is (`module:Class`); nothing is imported."""
    found = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    return {**found, **BUILT_IN}


def names() -> tuple[str, ...]:
    """All contenders' names: the built-in ones in their order, then the others by name."""
    others = sorted(name for name in locations() if name not in BUILT_IN)
    return (*BUILT_IN, *others)


def find(name: str) -> "type[Contender]":
    """The class of a contender; importing it may import its framework.

    Raises UsageError if there is none of this name or what it needs is not installed, and
    ImportError if that is there and can't be loaded, for want of memory for instance.
    """
    location = {**locations(), **HIDDEN}.get(name)
    if location is None:
        raise UsageError(f"there is no contender {name!r}; there are {', '.join(names())}.")
    module, _, attribute = location.partition(":")
    try:
        found: type[Contender] = getattr(import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise UsageError(f"contender {name!r} can't be loaded from {location}: {error}.") from error
    return found
