"""Broken bytes: what is done to a real file, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from mutation import MOST_MUTATIONS, PLACES, scaled


@dataclass(frozen=True)
class Damage:
    """One thing done to bytes."""

    kind: str
    place: int
    length: int
    piece: bytes


PIECES = st.binary(max_size=12) | st.sampled_from(
    [b"\x00", b"\xff" * 8, b'"', b"\\", b"\xed\xa0\x80", b"\x1b[2J", b"\n", b"[[[[", b"=", b"1e999"]
)

damages = st.lists(
    st.builds(
        Damage,
        kind=st.sampled_from(["bit", "cut", "repeat", "drop", "insert", "overwrite", "splice"]),
        place=PLACES,
        length=PLACES,
        piece=PIECES,
    ),
    min_size=1,
    max_size=MOST_MUTATIONS,
)


def damaged(content: bytes, done: Sequence[Damage], other: bytes = b"") -> bytes:
    """The bytes after what was done to them; `splice` goes on with the other's bytes."""
    for damage in done:
        start = scaled(damage.place, len(content) + 1)
        end = start + scaled(damage.length, min(len(content) - start, 4096) + 1)
        head, middle, tail = content[:start], content[start:end], content[end:]
        match damage.kind:
            case "bit" if tail:
                content = head + middle + bytes([tail[0] ^ 1 << damage.length % 8]) + tail[1:]
            case "cut":
                content = head
            case "repeat":
                content = head + middle * 3 + tail
            case "drop":
                content = head + tail
            case "insert":
                content = head + damage.piece + middle + tail
            case "overwrite":
                content = head + damage.piece + content[start + len(damage.piece) :]
            case "splice":
                content = head + other[scaled(damage.length, len(other) + 1) :]
    return content
