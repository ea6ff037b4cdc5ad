"""The kinds of targets, in words; nothing of what it takes to judge one is imported here."""

from __future__ import annotations

REFERENCE = "reference"
"""What the embedded reference is called where a target has to be named."""

BUNDLED = ("openai", "openai-async", "openai-wire", "openai-async-wire", "openai-node")
"""SDKs whose adapters come with the suite."""

KINDS = """\
http://… or https://…    a server: its base URL, /v1 included
asgi:MODULE:APP          an ASGI application, served in its own process and
                         asked below /v1; MODULE:APP/PATH: below that path;
                         MODULE:APP/: below the root
wsgi:MODULE:APP          a WSGI application, likewise
respx:MODULE:FACTORY     a mock that a package sets up as a respx router
sdk:openai               the Python package openai, where it is installed
sdk:openai-async         its asynchronous client; with -wire behind either
                         name (sdk:openai-wire) it uses real sockets
sdk:openai-node          the npm package openai, if it is installed in the
                         current folder
sdk:MODULE:FACTORY       an adapter of your own for another SDK
exec:COMMAND             an adapter program in any language; the command is
                         split as a shell would, and started without a shell
recording:FILE           recorded traffic, or a folder of it: HAR, VCR,
                         Azure SDK test proxy; only for conformance run;
                         nothing is sent"""
"""The grammar, for the help of commands."""

GRAMMAR = (
    "a base URL such as http://127.0.0.1:8123/v1, asgi:module:app, wsgi:module:app, respx:module:factory, sdk:openai, "
    "sdk:openai-async, sdk:openai-node, sdk:module:factory, exec:command, recording:file, "
    "or none for the embedded reference"
)

RECORDINGS = (".har", ".json", ".yml", ".yaml", ".jsonl")
"""How a file ends that may be a recording."""
