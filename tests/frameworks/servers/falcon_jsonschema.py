"""Falcon: resources, media, and falcon.media.validators.jsonschema, as in its "Media" and "Tutorial"."""

import json
import sys
from functools import partial

import falcon
from assistants import Memory, envelope, loads, serve_wsgi
from contract import CREATE, MODIFY, with_pattern
from falcon.media import JSONHandler
from falcon.media.validators import jsonschema

FIXED = "fixed" in sys.argv[1:]
if FIXED:
    CREATE, MODIFY = with_pattern(CREATE, r"^[a-zA-Z0-9_-]+\Z"), with_pattern(MODIFY, r"^[a-zA-Z0-9_-]+\Z")
assistants = Memory()


class Assistants:
    @jsonschema.validate(CREATE)
    def on_post(self, req, resp):
        resp.media = assistants.create(req.media)


class Assistant:
    def on_get(self, req, resp, assistant_id):
        resp.media = found(assistants.get(assistant_id))

    @jsonschema.validate(MODIFY)
    def on_post(self, req, resp, assistant_id):
        resp.media = found(assistants.update(assistant_id, req.media))

    def on_delete(self, req, resp, assistant_id):
        found(assistants.delete(assistant_id))
        resp.media = {"id": assistant_id, "object": "assistant.deleted", "deleted": True}


def found(one):
    if not one:
        raise falcon.HTTPNotFound
    return one


def enveloped(req, resp, error):
    resp.content_type = falcon.MEDIA_JSON
    path = getattr(error.__cause__, "absolute_path", ())
    resp.text = json.dumps(envelope(error.description or error.title, ".".join(map(str, path)) or None))


class SmallLetters:
    """The handler of a media type is looked for by its letters, so they are written small."""

    def process_request(self, req, resp):
        req.content_type = (req.content_type or "").lower()


def unreadable(text):
    try:
        return loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


app = falcon.App(middleware=[SmallLetters()] if FIXED else None)
app.add_route("/v1/assistants", Assistants())
app.add_route("/v1/assistants/{assistant_id}", Assistant())
if FIXED:
    del app.req_options.media_handlers[falcon.MEDIA_URLENCODED]
    app.req_options.media_handlers[falcon.MEDIA_JSON] = JSONHandler(loads=unreadable)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = JSONHandler(dumps=partial(json.dumps, ensure_ascii=True))
    app.set_error_serializer(enveloped)

if __name__ == "__main__":
    serve_wsgi(app)
