"""The npm package openai, by the adapter program that comes with the suite: ``sdk:openai-node``."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from json import JSONDecodeError, loads
from pathlib import Path

from conformance.errors import TargetUnusableError
from conformance.targets.exec import ProgramFactory

SPEC = "sdk:openai-node"
MAJORS = range(5, 8)
"""Major versions of the npm package that the adapter program was tried with."""


def openai_node(call_limit: float) -> ProgramFactory:
    """Return a factory that starts the adapter program; ``call_limit`` is in seconds.

    The package is the one that a program in the current folder would get, from ``node_modules`` there or above, or
    from ``NODE_PATH``. Raises :class:`~conformance.errors.TargetUnusableError` where Node.js or the package is missing,
    and for a version that the adapter program does not take.
    """
    node = shutil.which("node")
    if node is None:
        raise TargetUnusableError(f"{SPEC} needs Node.js", "install it, so that node is found on the PATH")
    here = Path.cwd()
    folders = [folder / "node_modules" for folder in (here, *here.parents)]
    folders += [Path(entry) for entry in os.environ.get("NODE_PATH", "").split(os.pathsep) if entry]
    found = next((folder / "openai" for folder in folders if (folder / "openai" / "package.json").is_file()), None)
    if found is None:
        raise TargetUnusableError(
            f"{SPEC}: the npm package openai is not found from {here}",
            "install it there with: npm install openai; or name its folder in NODE_PATH",
        )
    version = _version(found)
    major = version.partition(".")[0]
    if not (major.isdigit() and int(major) in MAJORS):
        raise TargetUnusableError(
            f"{SPEC} takes versions {MAJORS[0]} to {MAJORS[-1]} of the npm package openai; {found} is {version}",
            f"install one of them with: npm install openai@{MAJORS[-1]}",
        )
    program = str(files("conformance").joinpath("adapters", "openai-node", "adapter.mjs"))
    return ProgramFactory((node, program, str(found)), SPEC, call_limit)


def _version(package: Path) -> str:
    """Return the version that a package says it has."""
    try:
        said = loads((package / "package.json").read_text("utf-8"))
    except (OSError, UnicodeDecodeError, JSONDecodeError):
        return "of a version that cannot be read"
    version = said.get("version") if isinstance(said, dict) else None
    return version if isinstance(version, str) and version else "of no version"
