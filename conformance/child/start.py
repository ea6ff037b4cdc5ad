"""The beginning of a child: ``python -P start.py LIFE OUT SETTINGS``, run by its path and never imported.

``LIFE`` is a pipe that the parent holds open as long as it lives, ``OUT`` one for what is printed, ``SETTINGS`` a JSON
object: ``serves`` names a module
beside this file, ``path`` is the parent's ``sys.path``. The child speaks frames over its standard input and output.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import select
import signal
import sys
import types
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

NAME = "modify_assistant_conformance_child"
"""What the package of these modules is called in a child."""
_ROOT = Path(__file__).parents[2]


def _end_with_the_parent(life: int) -> None:
    """Have the system end the whole process group as soon as the parent is gone, whatever it does just then."""
    if not (hasattr(fcntl, "F_SETSIG") and hasattr(os, "O_ASYNC")):
        return  # the end of the standard input does it, where something still reads that
    fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:
        os.killpg(0, signal.SIGKILL)


class _Ours:
    """Finds what of the suite's packages a project's own package of the same name does not have.

    An adapter may take ``Raised`` from ``conformance.exchange`` where the project has a folder called ``conformance``.
    """

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        first, *more = name.split(".")
        if first not in {"conformance", "strategies", "reports"} or not more:
            return None
        return PathFinder.find_spec(name, [str(_ROOT.joinpath(first, *more[:-1]))])


def _start(life: int, out: int, settings: dict[str, Any]) -> None:
    _end_with_the_parent(life)
    package = types.ModuleType(NAME)
    package.__path__ = [str(Path(__file__).parent)]
    sys.modules[NAME] = package
    here = str(Path.cwd())
    own = [entry for entry in settings["path"] if entry not in {"", here}]
    sys.path[:] = [*own, *(entry for entry in sys.path if entry not in {"", here, *own})]
    importlib.import_module(f"{NAME}.heap").give_back()
    channel = importlib.import_module(f"{NAME}.channel").Channel.of_this_process(out)
    serving = importlib.import_module(f"{NAME}.{settings['serves']}")
    # As for `python -m`: what stands in the current folder comes first.
    sys.path.insert(0, here)
    sys.meta_path.append(_Ours)
    serving.serve(channel, settings)


if __name__ == "__main__":
    _start(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
