#!/usr/bin/env bash
# Package:  azure-ai-agents 1.1.0 (with azure-core), an SDK that calls POST /assistants/{id}
# Expected: update_agent(id, name=None) sends {"name": null}, since the parameter is Optional and null clears a field.
# Seen:     it sends {}: None and "not given" are one and the same, for name, metadata, temperature, tools. Only the form
#           with body={"name": None} sends null. [] and {} are sent as they are.
# Source:   reference of azure.ai.agents.AgentsClient.update_agent ("Default value is None" at each keyword).
# Matters:  with the keywords of this SDK no field can be cleared, and the call raises nothing: it reports success. Test
#           omitted, null and empty apart, at every field.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check azure-ai-agents==1.1.0 requests==2.34.2
"$work/venv/bin/python" -W ignore - <<'PY'
import sys

from azure.ai.agents import AgentsClient
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import HttpTransport


class Stop(Exception):
    pass


class Transport(HttpTransport):
    """Writes down what would be sent, and sends nothing."""

    def open(self):
        pass

    def close(self):
        pass

    def __exit__(self, *args):
        pass

    def send(self, request, **kwargs):
        raise Stop(request.method, request.url.split("?")[0].rsplit("/", 2)[1:], request.content)


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("none", 2**32)


client = AgentsClient(
    endpoint="https://server.example/api/projects/p", credential=Credential(), transport=Transport(), retry_total=0
)


def sent(**fields):
    try:
        client.update_agent("asst_1", **fields)
    except Stop as stop:
        return stop.args[2]


seen = {
    "name=None": sent(name=None),
    "metadata=None": sent(metadata=None),
    "tools=None": sent(tools=None),
    "tools=[]": sent(tools=[]),
    "metadata={}": sent(metadata={}),
    "body={'name': None}": sent(body={"name": None}),
}
for call, body in seen.items():
    print(call, "->", body)
sys.exit(list(seen.values()) != ["{}", "{}", "{}", '{"tools": []}', '{"metadata": {}}', '{"name": null}'])
PY
