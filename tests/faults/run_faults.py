"""Make every fault of the table and say what came of it: a line each, exit status 1 if any fails.

`python tests/faults/run_faults.py [WORDS]` makes only those whose name has the words.
"""

import sys

from fault import UnavailableError, made
from table import FAULTS


def main():
    wanted = " ".join(sys.argv[1:])
    chosen = [fault for fault in FAULTS if wanted in fault.name]
    failed = unavailable = 0
    for fault in chosen:
        try:
            came_of_it, wrong = made(fault)
        except UnavailableError as error:
            unavailable += 1
            print(f"--  {fault.name}: not made here, {error}", flush=True)
            continue
        failed += bool(wrong)
        print(f"{'no' if wrong else 'ok'}  {fault.name}: {came_of_it}", flush=True)
        for difference in wrong:
            print(f"      {difference}")
    made_here = len(chosen) - unavailable
    print(f"{made_here} faults, {failed} not as documented, {unavailable} not made here.")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
