"""Text from a document made safe to print: it can steer no terminal."""


def plain(text: str) -> str:
    """`text` with every character that is not printed written as an escape such as `\\x1b`."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
