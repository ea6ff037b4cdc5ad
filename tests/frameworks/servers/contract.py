"""The body of a modify as a JSON Schema, as one writes it from the document; for the servers that take one."""


def text(longest):
    return {"type": ["string", "null"], "maxLength": longest}


def listed(*values):
    return {"type": "string", "enum": list(values)}


def either(**branches):
    """Return a union of objects that are told apart by their type."""
    branch = {"type": "object", "required": ["type"]}
    return [
        {**branch, **more, "properties": {"type": {"const": name}, **more.get("properties", {})}}
        for name, more in branches.items()
    ]


NAME = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9_-]+$"}
STRICT = {"type": ["boolean", "null"]}
FUNCTION = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": NAME,
        "description": {"type": "string"},
        "parameters": {"type": "object"},
        "strict": STRICT,
    },
}
RANKING = {
    "type": "object",
    "required": ["score_threshold"],
    "properties": {
        "ranker": listed("auto", "default_2024_08_21"),
        "score_threshold": {"type": "number", "minimum": 0, "maximum": 1},
    },
}
SEARCH = {
    "type": "object",
    "properties": {
        "max_num_results": {"type": "integer", "minimum": 1, "maximum": 50},
        "ranking_options": RANKING,
    },
}
TOOLS = {
    "type": "array",
    "maxItems": 128,
    "items": {
        "oneOf": either(
            code_interpreter={},
            file_search={"properties": {"file_search": SEARCH}},
            function={"required": ["type", "function"], "properties": {"function": FUNCTION}},
        )
    },
}


def ids(most):
    return {"type": "array", "maxItems": most, "items": {"type": "string"}}


RESOURCES = {
    "type": ["object", "null"],
    "properties": {
        "code_interpreter": {"type": "object", "properties": {"file_ids": ids(20)}},
        "file_search": {"type": "object", "properties": {"vector_store_ids": ids(1)}},
    },
}
FORMAT = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": NAME,
        "description": {"type": "string"},
        "schema": {"type": "object"},
        "strict": STRICT,
    },
}
FORMATS = {
    "oneOf": [
        {"enum": ["auto", None]},
        *either(
            text={},
            json_object={},
            json_schema={"required": ["type", "json_schema"], "properties": {"json_schema": FORMAT}},
        ),
    ]
}
METADATA = {
    "type": ["object", "null"],
    "maxProperties": 16,
    "propertyNames": {"maxLength": 64},
    "additionalProperties": {"type": "string", "maxLength": 512},
}
MODIFY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "model": {"type": "string"},
        "reasoning_effort": {"enum": ["low", "medium", "high", None]},
        "name": text(256),
        "description": text(512),
        "instructions": text(256000),
        "tools": TOOLS,
        "tool_resources": RESOURCES,
        "metadata": METADATA,
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "response_format": FORMATS,
    },
}
CREATE = {**MODIFY, "required": ["model"]}


def with_pattern(schema, pattern):
    """Return the schema with another pattern for names."""
    if isinstance(schema, dict):
        return {k: pattern if k == "pattern" else with_pattern(v, pattern) for k, v in schema.items()}
    return [with_pattern(item, pattern) for item in schema] if isinstance(schema, list) else schema
