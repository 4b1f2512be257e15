"""A step in its parts: each is called once, in its turn, with no other pass in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dlib_net.errors import DlibError

Part = tuple[str, Callable[[], Any]]


def in_turn(parts: Iterable[Part], undisturbed: Callable[[], bool]) -> Iterator[Part]:
    """The parts, guarded: dlib itself would compute with whatever its buffers hold.

    undisturbed: whether the network still holds what the parts before left in it.
    A call out of turn, and going on without a call, raise DlibError.
    """
    for name, call in parts:
        turn = _Turn(name, call, undisturbed)
        yield name, turn
        turn.end()


class _Turn:
    def __init__(self, name: str, call: Callable[[], Any], undisturbed: Callable[[], bool]) -> None:
        self._name = name
        self._call = call
        self._undisturbed = undisturbed
        self._open = True
        self._succeeded = False

    def __call__(self) -> Any:
        if not self._open:
            raise DlibError(f'the turn of "{self._name}" is over; call each stage once, in order')
        if not self._undisturbed():
            raise DlibError(f'the network was used before "{self._name}"; finish a step first')
        self._open = False
        value = self._call()
        self._succeeded = True
        return value

    def end(self) -> None:
        self._open = False
        if not self._succeeded:
            raise DlibError(f'"{self._name}" was not carried out; the step can\'t go on without it')
