"""Faulty SDKs that give their caller what no server has sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import ApiError, Core, SmallError

if TYPE_CHECKING:
    import httpx


@fault(sdk.NOTHING_INVENTED)
class FillsDefaults(Core):
    """Fills what an answer lacks with defaults of its own."""

    def assistant(self, value: JSON) -> JSON:
        return {"temperature": 1, "top_p": 1, "response_format": "auto", **value}


@fault(sdk.NOTHING_INVENTED)
class FillsDefaultsOfFunctions(Core):
    """Says that a function is not strict where an answer does not say it."""

    def assistant(self, value: JSON) -> JSON:
        tools = [
            {**tool, "function": {"strict": False, **tool["function"]}} if tool["type"] == "function" else tool
            for tool in value["tools"]
        ]
        return {**value, "tools": tools}


@fault(sdk.NOTHING_INVENTED, sdk.RETRIEVED)
class FillsDefaultsWhenRetrieving(Core):
    """Fills what an assistant that is read lacks with defaults of its own."""

    def retrieved(self, value: JSON) -> JSON:
        return {"temperature": 1, **value}


class _Nonsense(Core):
    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            return super().parsed(response)
        except SmallError:
            return self.made(response)

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        raise SmallError("the answer is no assistant")


@fault(sdk.NOTHING_INVENTED, sdk.NO_BODY)
class MakesAssistantOfNothing(_Nonsense):
    """Makes an assistant of an answer without a body."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        return {} if not response.content else super().made(response)


@fault(sdk.NOTHING_INVENTED, sdk.NO_JSON, sdk.CUT_JSON)
class MakesAssistantOfHtml(_Nonsense):
    """Gives an empty object for a page of HTML."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        return {} if b"<html>" in response.content else super().made(response)


@fault(sdk.NOTHING_INVENTED, sdk.NO_ASSISTANT)
class TakesFirstOfList(_Nonsense):
    """Gives the first item of a list for an assistant."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            found = json.loads(response.content)
        except ValueError:
            return super().made(response)
        first = found[0] if isinstance(found, list) and found else None
        return first if isinstance(first, dict) else super().made(response)


@fault(sdk.NOTHING_INVENTED)
class TakesFirstOfPage(Core):
    """Gives the first assistant of a page of a list for the assistant."""

    def parsed(self, response: httpx.Response) -> dict[str, JSON]:
        found = super().parsed(response) if b'"data"' not in response.content else response.json()
        return found["data"][0] if found.get("object") == "list" else found


@fault(sdk.NOTHING_INVENTED, sdk.CUT_JSON)
class FixesCutJson(_Nonsense):
    """Puts the bracket that a JSON text lacks at its end."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            found: dict[str, JSON] = json.loads(response.content + b"}")
        except ValueError:
            return super().made(response)
        return found


@fault(sdk.CUT_JSON)
class IgnoresWhatFollows(_Nonsense):
    """Reads the first JSON text of an answer, whatever stands behind it."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            found = json.JSONDecoder().raw_decode(response.text.strip())[0]
        except ValueError:
            return super().made(response)
        return found if isinstance(found, dict) and "id" in found else super().made(response)


class _Whole(_Nonsense):
    """Takes every object for an assistant."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        try:
            found = json.loads(response.content)
        except ValueError:
            return super().made(response)
        return found if isinstance(found, dict) else super().made(response)


@fault(sdk.NOTHING_INVENTED, sdk.ERROR_OF_200)
class MakesAssistantOfError(_Whole):
    """Makes an assistant without a name of a 200 that holds an error."""

    def made(self, response: httpx.Response) -> dict[str, JSON]:
        return {"id": "", "object": "assistant", "tools": [], **super().made(response)}


@fault(sdk.ERROR_OF_200)
class GivesErrorOf200(_Whole):
    """Gives a 200 that holds an error as if it were an assistant."""


class _Refusing(Core):
    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            raise self.told(error) from None

    def told(self, error: ApiError) -> ApiError:
        return error


@fault(sdk.ERROR_TRUE, sdk.ERROR_MEMBERS)
class SwapsParamAndCode(_Refusing):
    """Gives the param for the code, and the code for the param."""

    def told(self, error: ApiError) -> ApiError:
        held = error.error or {}
        swapped = {"type": held.get("type"), "param": held.get("code"), "code": held.get("param")}
        return ApiError(str(error), error.status, {**held, **swapped})


@fault(sdk.ERROR_TRUE, sdk.ERROR_MESSAGE, sdk.ERROR_TEXT)
class ReplacesMessages(_Refusing):
    """Says in words of its own what a status means."""

    def told(self, error: ApiError) -> ApiError:
        kept = {key: value for key, value in (error.error or {}).items() if key != "message"}
        return ApiError("Please check what you have entered.", error.status, kept)


@fault(sdk.ERROR_MESSAGE)
class CutsLongMessages(_Refusing):
    """Tells no more than 200 characters of a message, and nothing in place of the rest."""

    def told(self, error: ApiError) -> ApiError:
        kept = {key: value for key, value in (error.error or {}).items() if key != "message"}
        return ApiError(str(error)[:200], error.status, kept)


@fault(sdk.ERROR_MESSAGE, sdk.ERROR_TEXT)
class TellsStatusAlone(_Refusing):
    """Says of every refusal its status and no more."""

    def told(self, error: ApiError) -> ApiError:
        kept = {key: value for key, value in (error.error or {}).items() if key != "message"}
        return ApiError(f"Request failed with status code {error.status}", error.status, kept)


@fault(sdk.ERROR_TRUE, sdk.ERROR_TYPE)
class DefaultsErrorType(_Refusing):
    """Gives a type of its own for an error that has none."""

    def told(self, error: ApiError) -> ApiError:
        return ApiError(str(error), error.status, {"type": "api_error", **(error.error or {})})


@fault(sdk.ERROR_TYPE)
class LosesErrorType(_Refusing):
    """Does not tell the type of an error."""

    def told(self, error: ApiError) -> ApiError:
        kept = {key: value for key, value in (error.error or {}).items() if key != "type"}
        return ApiError(str(error), error.status, kept)


@fault(sdk.ERROR_TRUE, sdk.ERROR_MEMBERS)
class SwapsWithoutTypes(_Refusing):
    """Has no type in its errors, says so, and gives the param for the code."""

    lacks = frozenset({"error.type"})

    def told(self, error: ApiError) -> ApiError:
        held = error.error or {}
        kept = {"message": held.get("message"), "param": held.get("code"), "code": held.get("param")}
        return ApiError(str(error), error.status, kept)


@fault(sdk.NO_ASSISTANT)
class GivesLists(_Nonsense):
    """Gives a list as it came."""

    def made(self, response: httpx.Response) -> JSON:
        try:
            found = json.loads(response.content)
        except ValueError:
            return super().made(response)
        return found if isinstance(found, list) else super().made(response)


@fault(sdk.NO_BODY)
class GivesNothingForNothing(_Nonsense):
    """Gives nothing for an answer without a body."""

    def parsed(self, response: httpx.Response) -> JSON:
        return super().parsed(response) if response.content else None

    def assistant(self, value: JSON) -> JSON:
        return value
