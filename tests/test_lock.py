"""The lock file of a release: all that is needed is in it, each with a version and hashes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WANTED = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in ("mcp",))]


def _locked() -> dict[str, list[tuple[Requirement, int]]]:
    """By name: what is locked, and how many hashes it has. A package may have a version for each Python."""
    found: dict[str, list[tuple[Requirement, int]]] = {}
    text = (ROOT / ".ci" / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and line[0] not in "# ":
            said, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
            wanted = Requirement(said)
            assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes), line
            found.setdefault(canonicalize_name(wanted.name), []).append((wanted, len(hashes)))
    return found


def test_each_has_one_version_and_hashes() -> None:
    locked = _locked()
    assert len(locked) > 40
    for versions in locked.values():
        for wanted, hashes in versions:
            assert re.fullmatch(r"==[^,*]+", str(wanted.specifier)), wanted
            assert hashes, wanted


@pytest.mark.parametrize(
    "line", [one for part in WANTED for one in ([part] if isinstance(part, str) else part)]
)
def test_what_the_project_needs_is_locked(line: str) -> None:
    wanted = Requirement(line)
    versions = _locked()[canonicalize_name(wanted.name)]
    for locked, _ in versions:
        version = str(locked.specifier).removeprefix("==")
        assert wanted.specifier.contains(version, prereleases=True), (
            f"renew the lock: {line}, locked {version}"
        )
