"""Runs a command while a CUDA device is almost full, to see what becomes of it.

    python scripts/full_device.py --leave-mib 6144 --expect 6 COMMAND...

Holds all of the device's free memory but what is to be left, runs the command, and ends with 0 if
its exit status is the expected one, else with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import torch

MIB = 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--leave-mib", type=int, required=True)
    parser.add_argument("--expect", type=int, default=0, help="exit status (default: 0)")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    free, _ = torch.cuda.mem_get_info(arguments.device)
    held = free - arguments.leave_mib * MIB
    if held < 0:
        parser.error(f"--leave-mib {arguments.leave_mib}: only {free // MIB} MiB are free.")
    ballast = torch.empty(held, dtype=torch.uint8, device=arguments.device)
    print(f"{held // MIB} MiB are held, {arguments.leave_mib} are left", flush=True)
    status = subprocess.run(arguments.command, check=False).returncode
    del ballast
    print(f"exit status {status}, expected {arguments.expect}")
    return 0 if status == arguments.expect else 1


if __name__ == "__main__":
    sys.exit(main())
