"""Bodies for a target that refuses every modify without a model: the model is put in front, the rest stays as it is."""

from __future__ import annotations

import json

from strategies.jsonvalues import NotJSONError, decode


def naming_model(body: bytes, model: str) -> bytes:
    """Return a JSON object that names no model with ``model`` as its first member; anything else as it is."""
    try:
        value = decode(body).value
    except NotJSONError:
        return body
    if not isinstance(value, dict) or "model" in value:
        return body
    start, _, rest = body.partition(b"{")
    member = f'"model":{json.dumps(model)}'.encode()
    return start + b"{" + member + (b"," if value else b"") + rest
