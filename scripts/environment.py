"""Makes the virtual environment that the Makefile works in.

It holds what pyproject.toml names (build, run and test requirements) and this folder as an editable
package. The native modules are built afterwards, where their progress can be seen.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old; install Python 3.11 or "
        "newer and name it: make PYTHON=python3.12"
    )

import tomllib

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str, hint: str) -> None:
    """Runs a command; if it fails, ends with a sentence that says what to do."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"error: {hint}")


def create(folder: Path) -> None:
    """An environment with pip, also where the distribution ships Python without ensurepip."""
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode == 0:
        return
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder),
        hint=f"{folder} can't be created; check the folder's permissions")  # fmt: skip
    run(sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "-q",
        "pip", hint=f"{sys.executable} has neither ensurepip nor pip; install one of them")  # fmt: skip


def requirements() -> list[str]:
    """Everything that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    return [
        *project["build-system"]["requires"],
        "wheel",
        *project["project"]["dependencies"],
        *extras["test"],
    ]


def main() -> None:
    """Creates or updates the environment named on the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    python = folder / "bin" / "python"
    if not python.is_file():
        print(f"creating {folder} with Python {sys.version.split()[0]}", flush=True)
        create(folder)
    print("installing what pyproject.toml names (PyTorch is several GB)", flush=True)
    run(str(python), "-m", "pip", "install", "-q", *requirements(),
        hint="pip could not install the requirements; check the network and the package index")  # fmt: skip
    # DLIB_NET_ONLY_REGISTER: this step makes the folder importable; make build compiles.
    run("env", "DLIB_NET_ONLY_REGISTER=1", str(python), "-m", "pip", "install", "-q",
        "--no-deps", "--no-build-isolation", "-e", ".",
        hint="the project can't be installed into the environment; see pip's message above")  # fmt: skip


if __name__ == "__main__":
    main()
