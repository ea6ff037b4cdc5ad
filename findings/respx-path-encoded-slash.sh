#!/usr/bin/env bash
# Package:  respx 0.23.1 (with httpx 0.28.1)
# Expected: a request for /v1/assistants/a%2Fb is taken by the route path="/v1/assistants/a%2Fb" and by no other.
# Seen:     the other way round: path="/v1/assistants/a/b" and url="http://…/v1/assistants/a/b" match, path with %2F does not:
#           what is compared is the path after it was decoded.
# Source:   RFC 3986, 2.2: URIs that differ in a reserved character being percent-encoded are not equivalent;
#           respx user guide, "Path" pattern.
# Matters:  whether an SDK encodes an id before it goes into the path cannot be seen through such a route: the client that
#           forgets to encode and the one that does both match. Compare request.url.raw_path instead.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check respx==0.23.1 httpx==0.28.1
"$work/venv/bin/python" - <<'PY'
import sys

import httpx
import respx

HOST = "http://server.example"


def matches(**pattern):
    with respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        route = router.route(**pattern)
        httpx.post(HOST + "/v1/assistants/a%2Fb")
        return route.called, route.calls and route.calls[0].request.url.raw_path


decoded = matches(path="/v1/assistants/a/b")
url = matches(url=HOST + "/v1/assistants/a/b")
encoded = matches(path="/v1/assistants/a%2Fb")
print("asked for /v1/assistants/a%2Fb; path=a/b:", decoded, "url=a/b:", url, "path=a%2Fb:", encoded[0])
sys.exit(not (decoded[0] and url[0] and not encoded[0] and decoded[1] == b"/v1/assistants/a%2Fb"))
PY
