"""Flask and jsonschema: the body is checked in the view, as in jsonschema's own introduction."""

import math
import sys

from assistants import Memory, envelope, loads, serve_wsgi
from contract import CREATE, MODIFY, with_pattern
from flask import Flask, abort, jsonify, request
from flask.json.provider import DefaultJSONProvider
from jsonschema import Draft202012Validator, ValidationError
from stores import store
from werkzeug.exceptions import HTTPException

FIXED = bool({"fixed", "sqlite", "postgresql"} & set(sys.argv))


class StrictProvider(DefaultJSONProvider):
    def loads(self, text, **options):
        return loads(text)


def is_number(checker, value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


app = Flask(__name__)
assistants = store(sys.argv[1:], Memory)
if FIXED:
    app.json = StrictProvider(app)
    CREATE, MODIFY = with_pattern(CREATE, r"^[a-zA-Z0-9_-]+\Z"), with_pattern(MODIFY, r"^[a-zA-Z0-9_-]+\Z")
creating, modifying = Draft202012Validator(CREATE), Draft202012Validator(MODIFY)


def checked(validator):
    body = request.get_json()
    validator.validate(body)
    return body


@app.post("/v1/assistants")
def create():
    return jsonify(assistants.create(checked(creating)))


@app.get("/v1/assistants/<assistant_id>")
def retrieve(assistant_id):
    return jsonify(assistants.get(assistant_id) or abort(404))


@app.post("/v1/assistants/<assistant_id>")
def modify(assistant_id):
    return jsonify(assistants.update(assistant_id, checked(modifying)) or abort(404))


@app.delete("/v1/assistants/<assistant_id>")
def delete(assistant_id):
    if not assistants.delete(assistant_id):
        abort(404)
    return jsonify({"id": assistant_id, "object": "assistant.deleted", "deleted": True})


@app.errorhandler(ValidationError)
def invalid(error):
    if FIXED:
        return jsonify(envelope(error.message, ".".join(map(str, error.absolute_path)) or None)), 400
    return jsonify({"error": error.message}), 400


if FIXED:

    @app.errorhandler(HTTPException)
    def refused(error):
        return jsonify(envelope(error.description)), error.code

    @app.errorhandler(ValueError)
    @app.errorhandler(RecursionError)
    def unreadable(error):
        return jsonify(envelope("The body cannot be read.")), 400


if __name__ == "__main__":
    serve_wsgi(app)
