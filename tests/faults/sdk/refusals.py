"""Faulty SDKs that read badly what refuses them."""

from __future__ import annotations

import json

import httpx

from conformance.catalogue import sdk
from tests.faults.sdk.faulty import JSON, fault
from tests.faults.sdk.small_sdk import ApiError, Core, SmallError


@fault(sdk.ERRORS)
class NothingForUnknownId(Core):
    """Gives nothing for 404."""

    def refused(self, response: httpx.Response) -> JSON:
        return None if response.status_code == 404 else super().refused(response)


@fault(sdk.ERRORS, sdk.NO_REDIRECT, sdk.NOTHING_INVENTED, sdk.ERROR_ODD)
class SwallowsErrors(Core):
    """Gives the body of a refusal as if it were an assistant."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return response.json()
        except ValueError:
            return {}


@fault(sdk.ERRORS, sdk.NO_REDIRECT, sdk.NOTHING_INVENTED, sdk.ERROR_ODD)
class RaisesErrorsOfItsStack(Core):
    """Raises the error of httpx."""

    def refused(self, response: httpx.Response) -> JSON:
        raise httpx.HTTPStatusError(f"status {response.status_code}", request=response.request, response=response)


@fault(sdk.ERRORS)
class GivesBodyOfGatewayTimeout(Core):
    """Gives nothing for 504."""

    def refused(self, response: httpx.Response) -> JSON:
        return None if response.status_code == 504 else super().refused(response)


@fault(sdk.ERRORS)
class TripsOverRetryAfter(Core):
    """Takes Retry-After for whole seconds, though it may be a date."""

    def refused(self, response: httpx.Response) -> JSON:
        int(response.headers.get("retry-after", 0))
        return super().refused(response)


@fault(sdk.ERROR_STATUS)
class LosesStatus(Core):
    """Gives no status with its errors."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.status = None
            raise


@fault(sdk.ERROR_STATUS, only="sync")
class CallsEveryFailure500(Core):
    """Its synchronous client gives 500 for every 5xx."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.status = min(error.status or 500, 500)
            raise


@fault(sdk.ERROR_MESSAGE, sdk.ERROR_TRUE, sdk.ERROR_TEXT)
class LosesMessage(Core):
    """Says of every refusal that something went wrong."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            kept = {key: value for key, value in (error.error or {}).items() if key != "message"}
            raise ApiError("something went wrong", error.status, kept) from None


@fault(sdk.ERROR_MEMBERS)
class LosesParam(Core):
    """Does not tell the parameter."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.error = {key: value for key, value in (error.error or {}).items() if key != "param"}
            raise


@fault(sdk.ERROR_MEMBERS, only="async")
class LosesCodeWhenAsync(Core):
    """Its asynchronous client does not tell the code."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            error.error = {key: value for key, value in (error.error or {}).items() if key != "code"}
            raise


@fault(sdk.ERROR_ODD, sdk.NO_REDIRECT)
class TripsOverHtml(Core):
    """Takes the body of every refusal for JSON."""

    def refused(self, response: httpx.Response) -> JSON:
        response.json()
        return super().refused(response)


@fault(sdk.ERROR_ODD)
class TripsOverTextError(Core):
    """Takes the error of every refusal for an object."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            body = json.loads(response.content)
        except ValueError:
            body = {}
        if isinstance(body, dict) and "error" in body:
            body["error"].get("message")
        return super().refused(response)


@fault(sdk.ERROR_TEXT)
class LosesTextOfError(Core):
    """Has no message where the error of a refusal is a text and no object."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            if response.content.startswith(b'{"error": "'):
                raise ApiError(f"{response.status_code} without a message", error.status, {}) from None
            raise


@fault(sdk.ERROR_ODD)
class TripsOverNumericCode(Core):
    """Takes the code of an error for text."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            code = (error.error or {}).get("code")
            if code is not None:
                code.strip()
            raise


@fault(sdk.LEFT_OVER)
class KeepsFormerRefusal(Core):
    """Gives the members of the refusal before, where one has no envelope."""

    former: dict[str, JSON] | None = None

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            if not error.error:
                raise ApiError(str(error), error.status, self.former or {}) from None
            self.former = error.error
            raise


@fault(sdk.ERROR_TRUE, sdk.LEFT_OVER, sdk.ERROR_MEMBERS, sdk.ERROR_TYPE)
class LaysRefusalsOverEachOther(Core):
    """Gives a refusal what it lacks from those before."""

    known: dict[str, JSON] | None = None

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            self.known = {**(self.known or {}), **(error.error or {})}
            raise ApiError(str(error), error.status, dict(self.known)) from None


@fault(sdk.ERROR_ODD)
class TripsOverListedMessage(Core):
    """Takes the message of an error for text."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            message = (error.error or {}).get("message")
            if message is not None:
                message.strip()
            raise


@fault(sdk.ERROR_ODD, sdk.NOTHING_INVENTED, sdk.NO_REDIRECT)
class EmptyRefusalIsSuccess(Core):
    """Takes a refusal without a body for success."""

    def refused(self, response: httpx.Response) -> JSON:
        return super().refused(response) if response.content else {}


@fault(sdk.NO_JSON, sdk.NO_BODY, sdk.CUT_JSON, sdk.ERROR_OF_200, sdk.NO_ASSISTANT)
class GivesText(Core):
    """Gives the text of an answer that is no JSON."""

    def parsed(self, response: httpx.Response) -> JSON:
        try:
            return super().parsed(response)
        except SmallError:
            return response.text


@fault(sdk.CUT_JSON, sdk.NO_JSON, sdk.NO_BODY)
class TripsOverNonsense(Core):
    """Lets the JSON parser's error through."""

    def parsed(self, response: httpx.Response) -> JSON:
        json.loads(response.content)
        return super().parsed(response)


@fault(sdk.ERROR_READABLE, sdk.ERROR_TEXT)
class ShowsObjects(Core):
    """Puts the envelope of an odd error into its message as JavaScript shows objects."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            if not error.error:
                error.args = (f"{response.status_code} [object Object]",)
            raise


@fault(sdk.ERROR_MESSAGE, sdk.ERROR_TRUE, sdk.ERROR_TEXT)
class OwnWordsForUnknownIds(Core):
    """Says in words of its own that there is no such assistant, whatever the server says."""

    def refused(self, response: httpx.Response) -> JSON:
        try:
            return super().refused(response)
        except ApiError as error:
            if response.status_code == 404:
                error.args = ("Assistant not found",)
                error.error = {**(error.error or {}), "message": "Assistant not found"}
            raise
