"""Where a document comes from, in words: machine, versions, date. Each by its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from benchcore.result import Document

NOT_STATED = "not stated"


def figures(document: Document) -> dict[str, str]:
    """What a page may quote of a run beside its report."""
    plan = document.plan
    others = [name for name in plan.contenders if name != plan.reference]
    peaks = document.ceilings
    return {
        "machine": machine(document.environment, plan.device),
        "versions": versions(document.environment, plan.device),
        "date": _date(document.created),
        "duration": _duration(sum(cell.duration_s or 0.0 for cell in document.cells)),
        "profile": plan.profile,
        "contenders": ", ".join([*others, f"{plan.reference} (the reference)"]),
        "fp32 peak": _peak(None if peaks is None else peaks.fp32_tflop_per_s),
        "tf32 peak": _peak(None if peaks is None else peaks.tf32_tflop_per_s),
    }


def machine(environment: Mapping[str, Any], device: str) -> str:
    """The GPU's model, if it is one that computed, and the CPU's with its threads."""
    cpu = _at(environment, "cpu", "model") or f"CPU {NOT_STATED}"
    threads = _at(environment, "threads")
    words = [cpu if threads is None else f"{cpu}, {threads} threads"]
    gpu = _gpu(environment, device)
    if gpu is not None:
        words.insert(0, str(gpu.get("name", f"GPU {NOT_STATED}")))
    return "; ".join(words)


def versions(environment: Mapping[str, Any], device: str) -> str:
    """What decides about the speed of both frameworks, as far as the environment states it."""
    on_gpu = device.startswith("cuda")
    build = _at(environment, "dlib", "backends", "cuda" if on_gpu else "cpu") or {}
    libraries = build.get("libraries", {})
    words = [f"dlib {_dlib(build)}"]
    if not on_gpu and "openblas" in libraries:
        words.append(" ".join(libraries["openblas"].split()[:2]))
    words.append(f"PyTorch {_at(environment, 'packages', 'torch') or NOT_STATED}")
    if on_gpu:
        words.append(f"CUDA {_at(environment, 'torch', 'cuda') or NOT_STATED}")
        # Of dlib and of PyTorch, which may have loaded two copies.
        both = (libraries.get("cudnn"), _cudnn(_at(environment, "torch", "cudnn")))
        copies = dict.fromkeys(copy for copy in both if copy is not None)
        words.append(f"cuDNN {' and '.join(copies) or NOT_STATED}")
        words.append(f"driver {(_gpu(environment, device) or {}).get('driver', NOT_STATED)}")
    return ", ".join(words)


def _dlib(build: Mapping[str, Any]) -> str:
    """The version, and where the source is from unless it is that very release."""
    version, origin = build.get("dlib", NOT_STATED), build.get("dlib_origin")
    return version if origin in (None, f"release {version}") else f"{version} ({origin})"


def _cudnn(number: Any) -> str | None:
    """91900 is 9.19.0, as cuDNN counts since its version 9."""
    if not isinstance(number, int):
        return None
    return f"{number // 10_000}.{number // 100 % 100}.{number % 100}"


def _gpu(environment: Mapping[str, Any], device: str) -> dict[str, Any] | None:
    """The GPU of a device such as cuda:0; None for the CPU, and where no GPU is described."""
    kind, _, number = device.partition(":")
    gpus = _at(environment, "gpus")
    place = int(number) if number.isdecimal() else 0
    if kind != "cuda" or not isinstance(gpus, list) or place >= len(gpus):
        return None
    return gpus[place] if isinstance(gpus[place], dict) else None


def _at(values: Any, *names: str) -> Any:
    """A nested value, or None where a group is missing or could not be collected."""
    for name in names:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _peak(tflop_per_s: float | None) -> str:
    return NOT_STATED if tflop_per_s is None else f"{tflop_per_s:.3g} TFLOP/s"


def _date(created: str) -> str:
    """To the minute; what is no time stays as the document says it."""
    try:
        return f"{datetime.fromisoformat(created).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return created


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
