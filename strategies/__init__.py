"""What can cross the wire: the contract as data, and the values made from it.

    from strategies import edition, modify_bodies

    bodies = modify_bodies(edition=edition("2026-08"), fields=["name", "tools"])

The names below are the public ones. They are imported when first asked for: reading an edition, say, does not
load Hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strategies.answers import assistants, future_assistants, listed_assistants, listed_future_assistants
    from strategies.bodies import create_bodies, field_values, modify_bodies
    from strategies.boundaries import boundary_cases
    from strategies.editions import Edition, edition
    from strategies.errors import ApiError, api_errors, listed_errors
    from strategies.freejson import FREE_JSON, free_objects, object_schemas, strict_schemas
    from strategies.payloads import payload_cases
    from strategies.text import AWKWARD, exact_texts, texts

__all__ = [
    "AWKWARD",
    "FREE_JSON",
    "ApiError",
    "Edition",
    "api_errors",
    "assistants",
    "boundary_cases",
    "create_bodies",
    "edition",
    "exact_texts",
    "field_values",
    "free_objects",
    "future_assistants",
    "listed_assistants",
    "listed_errors",
    "listed_future_assistants",
    "modify_bodies",
    "object_schemas",
    "payload_cases",
    "strict_schemas",
    "texts",
]

_MODULES = {
    "answers": ("assistants", "future_assistants", "listed_assistants", "listed_future_assistants"),
    "bodies": ("create_bodies", "field_values", "modify_bodies"),
    "boundaries": ("boundary_cases",),
    "editions": ("Edition", "edition"),
    "errors": ("ApiError", "api_errors", "listed_errors"),
    "freejson": ("FREE_JSON", "free_objects", "object_schemas", "strict_schemas"),
    "payloads": ("payload_cases",),
    "text": ("AWKWARD", "exact_texts", "texts"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
