"""The npm package openai, by the adapter program that comes with the suite: ``sdk:openai-node``."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path

from conformance.errors import TargetUnusableError
from conformance.targets.exec import ProgramFactory

SPEC = "sdk:openai-node"


def openai_node(call_limit: float) -> ProgramFactory:
    """Return a factory that starts the adapter program; ``call_limit`` is in seconds.

    The package is the one that a program in the current folder would get, from ``node_modules`` there or above, or
    from ``NODE_PATH``. Raises :class:`~conformance.errors.TargetUnusableError` where Node.js or the package is missing.
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
    program = str(files("conformance").joinpath("adapters", "openai-node", "adapter.mjs"))
    return ProgramFactory((node, program, str(found)), SPEC, call_limit)
