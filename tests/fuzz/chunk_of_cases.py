"""Some cases of one target in this process, under watch; the input of a failure is kept."""

import importlib
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "build" / "fuzz"
"""Where inputs of failures are kept."""

NEXT_SEED = 1_000_003
"""Between the seeds of two rounds of one chunk, where a strategy gives fewer cases than wanted."""


@dataclass
class Outcome:
    """What became of a chunk, or of all of a target's chunks."""

    cases: int = 0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Another chunk of the same target."""
        self.cases += other.cases
        self.cpu_s += other.cpu_s
        self.peak_mib = max(self.peak_mib, other.peak_mib)
        self.failures += other.failures


def run(name: str, seed: int, cases: int) -> Outcome:
    """A chunk in this process."""
    import hypothesis
    from guard import Guard

    target = importlib.import_module(f"targets.{name}")
    scratch = Path(os.environ["FUZZ_SCRATCH"])
    os.chdir(scratch)
    strategy = target.cases()
    _warm(target, strategy, scratch)
    guard = Guard(scratch)
    outcome = Outcome()
    began_s = time.process_time()

    def take(case: Any) -> None:
        if outcome.cases < cases:
            outcome.cases += 1
            why = _one(target, case, guard, scratch)
            if why is not None:
                where = keep(scratch, f"{name}-{seed}-{outcome.cases}", why)
                outcome.failures.append(f"case {outcome.cases}, kept in {where}: {why[-1500:]}")

    while outcome.cases < cases:
        _drawn(hypothesis, strategy, take, seed, cases - outcome.cases)
        seed += NEXT_SEED
    outcome.cpu_s = time.process_time() - began_s
    outcome.peak_mib = guard.peak_mib
    return outcome


def _drawn(hypothesis: Any, strategy: Any, take: Any, seed: int, cases: int) -> None:
    """Give so many cases of the strategy to `take`, the same ones for the same seed."""
    limited = hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(seed)(limited(hypothesis.given(strategy)(take)))()


def _warm(target: Any, strategy: Any, scratch: Path) -> None:
    """Load what the target needs, before the limits hold and writing is watched."""
    import hypothesis

    def take(case: Any) -> None:
        folder = scratch / "in"
        folder.mkdir()
        try:
            target.check(case, folder)
        except Exception:  # told when it comes up again as a case
            pass
        finally:
            os.chdir(scratch)
            shutil.rmtree(folder)

    _drawn(hypothesis, strategy, take, 0, 3)


def _one(target: Any, case: Any, guard: Any, scratch: Path) -> str | None:
    """Why a case failed, or None; its folder is left as it was for a failure to be kept."""
    from commands import trace_of
    from guard import BrokenError

    folder = scratch / "in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        with guard.watch():
            target.check(case, folder)
    except BrokenError as error:
        return str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return trace_of(error)
    finally:
        os.chdir(scratch)
    return None


def keep(scratch: Path, name: str, why: str) -> Path:
    """A copy of the case's files, and why it failed."""
    where = FOUND / name
    shutil.rmtree(where, ignore_errors=True)
    given = scratch / "in"
    if given.exists():
        shutil.copytree(given, where, symlinks=True)
    where.mkdir(parents=True, exist_ok=True)
    (where / "why.txt").write_text(why, errors="replace")
    return where.relative_to(ROOT)
