"""Connexion: the OpenAPI document decides; the functions that it names do the rest."""

import json
import sys
from pathlib import Path

import connexion
import yaml
from assistants import Memory, envelope, loads, serve_asgi
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionResponse
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

FIXED = "fixed" in sys.argv[1:]
assistants = Memory()


def create(body):
    return assistants.create(checked(body))


def retrieve(assistant_id):
    return assistants.get(assistant_id) or missing()


def modify(assistant_id, body):
    return assistants.update(assistant_id, checked(body)) or missing()


def delete(assistant_id):
    if not assistants.delete(assistant_id):
        return missing()
    return {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


def missing():
    return (envelope("No such assistant.") if FIXED else {"detail": "Not found."}), 404


def checked(body):
    """Return the body; OpenAPI 3.0 has no propertyNames, so keys are measured here."""
    if FIXED and any(len(key) > 64 for key in body.get("metadata") or {}):
        raise ProblemException(status=400, detail="metadata has a key that is too long")
    return body


async def enveloped(request, error):
    status = getattr(error, "status", None) or error.status_code
    return ConnexionResponse(status, content_type="application/json", body=json.dumps(envelope(str(error.detail))))


class Strict:
    """Reads a body as JSON before the application does, and says what it is: what is none is refused here."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        try:
            loads(body.decode())
        except (ValueError, RecursionError):
            await JSONResponse(envelope("The body cannot be read."), 400)(scope, receive, send)
            return

        async def again():
            return {"type": "http.request", "body": body, "more_body": False}

        headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
        headers.append((b"content-type", b"application/json"))
        await self.app({**scope, "headers": headers}, again, send)


def document():
    told = yaml.safe_load(Path(__file__).with_name("openapi.yaml").read_text("utf-8"))
    if FIXED:
        schemas = told["components"]["schemas"]
        schemas["Name"]["pattern"] = r"^[a-zA-Z0-9_-]+(?!\n)$"
        formats = schemas["ModifyAssistant"]["properties"]["response_format"]["oneOf"]
        formats[0] = {"type": "string", "enum": ["auto", None], "nullable": True}
    return told


if __name__ == "__main__":
    app = connexion.AsyncApp("connexion_openapi")
    app.add_api(document(), base_path="/v1")
    if FIXED:
        app.add_error_handler(ProblemException, enveloped)
        app.add_error_handler(HTTPException, enveloped)
    serve_asgi(Strict(app) if FIXED else app)
