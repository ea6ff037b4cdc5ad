"""What the document leaves open: reported as it was seen, never judged.

An unspecified behaviour that lets a server take a body or refuse it has the name of the permission that the contract
gives for it (:attr:`strategies.contract.Judgement.permissions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue.requirement import SERVER, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strategies.editions import Edition

_VALUES: dict[str, str] = {
    "integer_as_float": "Whether `5.0` is accepted where an integer is expected.",
    "function_names_repeated": "Whether two functions may have one name.",
    "tool_repeated": "Whether `code_interpreter` or `file_search` may stand in `tools` twice.",
    "long_function_description": "Whether tools and formats accept descriptions of more than 1,024 characters.",
    "free_json_is_no_object_schema": "Whether `parameters` and `schema` may be anything but the schema of an object.",
    "schema_without_type": "Whether `parameters` and `schema` may go without `type`.",
    "schema_beyond_strict_subset": "Whether strict mode accepts schemas outside its subset.",
    "effort_on_other_model": "Whether an effort is accepted with a model that does not reason, or is not known to.",
    "no_effort_on_reasoning_model": "Whether a reasoning model may go without an effort.",
    "effort_not_on_every_model": "Whether every model takes every effort.",
    "sampling_on_reasoning_model": "Whether a reasoning model takes `temperature` and `top_p`.",
    "json_format_with_other_tools": "Whether JSON formats are accepted together with tools other than functions.",
    "json_format_on_other_model": "Whether JSON formats are accepted with models that may not support them.",
    "resource_without_tool": "Whether ids are accepted for a tool that is not in `tools`.",
    "unknown_resource_id": "Whether ids of files and vector stores that may not exist are accepted.",
    "metadata_merged_beyond_limit": "Whether pairs that make more than 16 with the stored ones are accepted.",
}
_TEXTS: dict[str, str] = {
    "duplicate_key": "Whether a key may stand in an object twice.",
    "byte_order_mark": "Whether a byte-order mark before the body is accepted.",
    "beyond_double": "Whether numbers beyond the range of a double are accepted in free JSON.",
    "deep_nesting": "Whether nesting of more than a dozen levels is accepted.",
    "lone_surrogate": "Whether half a surrogate pair is accepted.",
    "nul": "Whether NUL is accepted in strings.",
    "content_type": "Whether another content type, or none, is accepted.",
    "other_encoding": "Whether UTF-16 and UTF-32 are accepted.",
    "large_body": "Whether a body of 10 MiB is accepted.",
    "coded_body": "Whether a gzip body, labelled as such, is accepted.",
    "retry_after": "How often the target asked to be asked again later.",
    "unsteady": "Whether plain requests fail now and then (502, 503, 504, a reset); they were sent again.",
    "redirect": "How often a modify was redirected to the same URL with a slash at its end; it was followed.",
}
AFTER_NULL = ("temperature", "top_p", "response_format", "metadata", "tool_resources")
"""Fields that may read in more than one way after null."""

RESOURCES = "roundtrip.unspecified.tool_resources"
EFFORT = "roundtrip.unspecified.reasoning_effort"
FILLED_IN = "roundtrip.unspecified.filled_in"
UNSET = "response.unspecified.unset"
ADDED = "response.unspecified.added"
CREATED_AT = "response.unspecified.created_at"
CREATE_STATUS = "response.unspecified.create_status"
PACKED = "response.unspecified.packed"
RETRY_AFTER = "transport.unspecified.retry_after"
UNSTEADY = "transport.unspecified.unsteady"
REDIRECT = "transport.unspecified.redirect"
LIST_LAGS = "response.unspecified.list_lags"
CODED_BODY = "transport.unspecified.coded_body"


OF_PERMISSIONS: dict[str, str] = {
    **{permission: f"validation.unspecified.{permission}" for permission in _VALUES},
    **{permission: f"transport.unspecified.{permission}" for permission in _TEXTS},
}
"""The id of the requirement that each permission names; ids, models and nested keys have some of their own."""


def of_null(field: str) -> str:
    """Return the id of the unspecified behaviour about what null leaves in a field."""
    return f"roundtrip.unspecified.null_{field}"


def requirements(edition: Edition) -> Iterator[Requirement]:
    """Return the unspecified behaviours of all families."""
    for permission, sentence in {**_VALUES, **_TEXTS}.items():
        yield _of(OF_PERMISSIONS[permission], sentence)
    for field in (one for one in AFTER_NULL if one in edition.fields):
        yield _of(of_null(field), f"What null leaves in `{field}`.")
    yield _of(RESOURCES, "Whether the part of `tool_resources` for a tool that was not mentioned is kept.")
    yield _of(EFFORT, "Whether answers show `reasoning_effort`.")
    yield _of(FILLED_IN, "What the server fills in inside `tools` and `response_format`.")
    yield _of(UNSET, "Whether optional fields that hold nothing are null or absent.")
    yield _of(ADDED, "Which fields answers have that the spec does not name.")
    yield _of(CREATED_AT, "Whether `created_at` is written as an integer.")
    yield _of(LIST_LAGS, "How long the list shows an assistant as it was before its last modify.")
    yield _of(PACKED, "How answers come packed, and what was asked for.")
    yield _of(CREATE_STATUS, "Which status a create is answered with.")


def _of(id_: str, sentence: str) -> Requirement:
    return Requirement(id_, "INFO", "observed", sentence, "the spec is silent", SERVER, vacuous=True)
