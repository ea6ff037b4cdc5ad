"""The pytest plugin by its name within the suite; the code is in the module that the entry points name.

That module is installed beside the packages. In a checkout it stands in the folder ``entry``, and is read from there.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

NAME = "modify_assistant_conformance_plugin"


def _entry() -> ModuleType:
    here = Path(__file__).resolve().parent / "entry" / f"{NAME}.py"
    spec = importlib.util.spec_from_file_location(NAME, here) if here.is_file() else None
    if spec is None or spec.loader is None:
        return importlib.import_module(NAME)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_module = _entry()

PREFIX: str = _module.PREFIX
RUN: str = _module.RUN
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = _module.OPTIONS

globals().update({name: value for name, value in vars(_module).items() if name.startswith("pytest_")})
