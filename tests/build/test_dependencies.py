"""What is installed fits what is required, and the page names what is required."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIRED = [Requirement(text) for text in PROJECT["dependencies"]]
ROW = re.compile(r"\| `([a-z0-9-]+)` \| `([^`]+)` \| ([\d.]+) \| ([\d.]+) \|")


def test_pip_finds_no_broken_requirement():
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("requirement", REQUIRED, ids=lambda one: one.name)
def test_the_installed_version_is_within_the_bounds(requirement):
    assert requirement.specifier.contains(metadata.version(requirement.name))


def test_the_page_has_each_requirement_with_the_versions_that_were_tested():
    rows = {row[0]: row[1:] for row in ROW.findall((ROOT / "docs/reliability.md").read_text())}
    assert rows.keys() == {one.name for one in REQUIRED}
    for requirement in REQUIRED:
        bounds, lowest, newest = rows[requirement.name]
        assert Requirement(f"{requirement.name}{bounds}").specifier == requirement.specifier
        low = next(one.version for one in requirement.specifier if one.operator == ">=")
        assert Version(lowest).release[: len(Version(low).release)] == Version(low).release
        assert requirement.specifier.contains(lowest)
        assert Version(lowest) <= Version(newest)
        assert requirement.specifier.contains(newest)
