"""JSON of records in which a text may hold bytes that are no UTF-8, as a file's name can."""

from typing import Any

import msgspec


def encode(record: Any) -> bytes:
    """As msgspec does it; a byte that is no UTF-8, which Python keeps as a surrogate, is `?`."""
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:
        return msgspec.json.encode(_valid(msgspec.to_builtins(record)))


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_valid(key): _valid(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(item) for item in value]
    return value
