"""Something of the user's, found by the name of its module and its own: ``module:attribute``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from conformance.child.endings import ends_more
from conformance.errors import UsageError
from conformance.targets.endings import UserCode
from conformance.targets.environment import attributed


def imported(spec: str, name: str, form: str) -> object:
    """Return what ``name`` (``module:attribute``, where the attribute may have dots) stands for.

    Modules are looked for in the installed packages and in the current folder. ``spec`` is the whole target and
    ``form`` how it is to be written, for messages. Raises :class:`~conformance.errors.UsageError`, and
    :class:`~conformance.targets.endings.EndedByUserCodeError` for a module that would end the process.
    """
    module_name, colon, attribute = name.partition(":")
    if not (colon and module_name and attribute):
        raise UsageError(f"{spec!r} names no target", f"write {form}")
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        # At the end: a folder here may have the name of a package of ours.
        sys.path.append(here)
    with UserCode(f"{spec}: {module_name}, as it is imported,"):
        return _found(spec, module_name, attribute, form)


def _found(spec: str, module_name: str, attribute: str, form: str) -> object:
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:
        if ends_more(error):
            raise
        cause = " ".join(str(error).split())
        raise UsageError(
            f"{spec}: {module_name} cannot be imported: {type(error).__name__}: {cause}",
            attributed(cause, of_files=isinstance(error, OSError))
            or "it is looked for in the current folder and in the installed packages",
        ) from error
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise UsageError(f"{spec}: {module_name} has no {attribute}", f"write {form}") from None
    return found
