"""Plans as TOML: what `--config` reads and `benchcore plan --toml` prints."""

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from benchcore import bounded
from benchcore.errors import UsageError
from benchcore.plan import Plan, Request

LARGEST_KIB = 16
"""A plan has a few lines. A key of ten thousand parts takes Python's parser seconds, by its square.
"""


def read_config(path: Path) -> Request:
    """The request in a TOML file; an unknown key, a wrong type or bad syntax is a UsageError."""
    try:
        content = tomllib.loads(bounded.read(path, f"--config: {path}", LARGEST_KIB).decode())
    except RecursionError:
        raise UsageError(f"--config: {path} is nested too deeply.") from None
    except ValueError as error:  # bad syntax, bad UTF-8, or thousands of digits
        raise UsageError(f"--config: {path} is not TOML: {error}.") from None
    for key in content:
        if key not in Request.__struct_fields__:
            known = ", ".join(Request.__struct_fields__)
            raise UsageError(f"--config: {path} has the key {key!r}; the keys are {known}.")
    try:
        return msgspec.convert(content, Request)
    except msgspec.ValidationError as error:
        raise UsageError(f"--config: {path} is wrong: {error}.") from None


def to_request(plan: Plan) -> Request:
    """The request that leads to `plan` again on a machine that has its device."""
    return Request(
        networks=list(plan.networks),
        modes=list(plan.modes),
        batch_sizes=list(plan.batch_sizes),
        train_batch_sizes=list(plan.train_batch_sizes),
        contenders=list(plan.contenders),
        device=plan.device,
        image_size=f"{plan.image_height_px}x{plan.image_width_px}",
        images=plan.images,
        weights=plan.weights,
        profile=plan.profile,
        seed=plan.seed,
        timeout=plan.timeout_s,
        trace_iterations=plan.trace_iterations or None,
    )


def to_toml(plan: Plan) -> str:
    """The plan in the form that `--config` reads, one key a line."""
    values: dict[str, Any] = msgspec.structs.asdict(to_request(plan))
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # A TOML basic string is a JSON string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
