"""Gives a result document the verdicts of today's rules; what was measured stays as it is.

    python scripts/judge_again.py DOC --selftest SELFTEST --output NEW

The rules may have changed since a document was made. SELFTEST is the document of `benchcore
selftest` on the same machine and build; its noise floor takes the place of the one in DOC. A note
in NEW says what was done.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchcore import recorder, result
from benchcore.bounded import read
from benchcore.cell_summary import judged
from benchcore.errors import UsageError
from benchcore.result import CellResult, Document, NoiseFloor
from benchcore.selftest import Selftest, conclude


def judged_again(document: Document, selftest: Selftest, today: str) -> Document:
    """The document with other verdicts and another noise floor, if it had one."""
    floor = conclude(selftest.device, selftest.batch, selftest.findings).noise_floor
    if document.noise_floor is not None and floor is not None:
        known = NoiseFloor(log_half_width=floor, created=document.noise_floor.created)
    else:
        known = document.noise_floor
    note = (
        f"Noise floor and verdicts were given anew on {today} by scripts/judge_again.py, as the "
        "rules for both had changed; all else is as it was measured."
    )
    cells = [_cell(cell, known) for cell in document.cells]
    return msgspec.structs.replace(
        document, cells=cells, noise_floor=known, notes=[*document.notes, note]
    )


def _cell(cell: CellResult, floor: NoiseFloor | None) -> CellResult:
    verdicts = {
        name: judged(
            factor.time,
            batch=cell.batch,
            noise_floor=None if floor is None else floor.log_half_width,
            launches=cell.launches or 1,
            flags=cell.flags,
        )
        for name, factor in cell.factors.items()
        if factor.time is not None
    }
    return msgspec.structs.replace(cell, verdict=verdicts)


def main() -> int:
    """Write the new document. The status is 2 after an error, which is one sentence."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("document", type=Path, metavar="DOC")
    parser.add_argument("--selftest", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, metavar="NEW")
    arguments = parser.parse_args()
    try:
        document = result.read(arguments.document)
        content = read(arguments.selftest, str(arguments.selftest))
        selftest = msgspec.json.decode(content, type=Selftest)
        today = datetime.now(UTC).date().isoformat()
        new = judged_again(document, selftest, today)
        recorder.replace(arguments.output, result.encode(new))
    except msgspec.MsgspecError as error:
        print(f"error: --selftest {arguments.selftest}: {error}", file=sys.stderr)
        return 2
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
