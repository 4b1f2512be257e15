"""`benchcore` with a quick profile of small blocks: `driver.py LIMIT_S WORDS...`.

LIMIT_S is how long a worker may take over an order, which the profiles set to minutes.
"""

import sys

import msgspec

from benchcore import profiles
from benchcore.__main__ import main as command


def main():
    profiles.PROFILES["quick"] = msgspec.structs.replace(
        profiles.PROFILES["quick"],
        rounds=2,
        block_s=0.01,
        block_min_iterations=3,
        block_max_iterations=10,
        warmup_s=0.0,
        warmup_min_iterations=1,
        warmup_cap_s=0.1,
        order_limit_s=float(sys.argv[1]),
    )
    sys.argv[1:] = sys.argv[2:]
    return command()


if __name__ == "__main__":
    sys.exit(main())
