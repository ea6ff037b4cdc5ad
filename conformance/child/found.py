"""Something of the user's, found by the name of its module and its own: ``module:attribute``."""

from __future__ import annotations

import importlib

from .endings import attempt, ends_more


class UnusableError(Exception):
    """What was named cannot be used. ``kind`` is ``usage``, ``unusable`` or ``ended``, as the parent is to take it."""

    def __init__(self, kind: str, what: str, remedy: str = "", cause: tuple[str, bool] | None = None) -> None:
        super().__init__(what)
        self.told = (kind, what, remedy, cause)
        """For the parent; ``cause`` is of an import that failed: what was said, and whether it is an error of files."""


def found(name: str, form: str) -> object:
    """Return what ``name`` (``module:attribute``, where the attribute may have dots) stands for.

    ``form`` is how it is to be written, for messages. Raises :class:`UnusableError`.
    """
    module_name, _, attribute = name.partition(":")
    try:
        value: object = importlib.import_module(module_name)
    except BaseException as error:  # noqa: BLE001 - it is told to the parent
        if ends_more(error):
            raise UnusableError("ended", f"{module_name}, as it is imported, {attempt(error)}") from None
        said = " ".join(str(error).split())
        told = f"{module_name} cannot be imported: {type(error).__name__}: {said}"
        remedy = "it is looked for in the current folder and in the installed packages"
        raise UnusableError("usage", told, remedy, (said, isinstance(error, OSError))) from None
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise UnusableError("usage", f"{module_name} has no {attribute}", f"write {form}") from None
    return value
