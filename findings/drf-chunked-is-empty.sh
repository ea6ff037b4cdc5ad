#!/usr/bin/env bash
# Packages: djangorestframework 3.18.3, django 5.2.19, gunicorn 27.0.1
# Expected: a JSON body in chunks (no Content-Length) is read, or the request refused: gunicorn reads chunks.
# Seen:     request.data is empty, and no error: Django reads as many bytes as Content-Length says, none where it is missing.
# Source:   RFC 9112, 7.1; documentation of gunicorn (wsgi.input_terminated); Django's WSGIRequest, LimitedStream.
# Matters:  with partial=True that is a modify of nothing, answered 200. Proxies and clients that stream send chunks. Refuse what
#           has no length with 411, or serve the ASGI application.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check djangorestframework==3.18.3 django==5.2.19 gunicorn==27.0.1
cat >"$work/small.py" <<'PY'
import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="small",
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.decorators import api_view  # noqa: E402
from rest_framework.response import Response  # noqa: E402


@api_view(["POST"])
def show(request):
    return Response(request.data)


urlpatterns = [path("", show)]
application = get_wsgi_application()
PY
cat >"$work/ask.py" <<'PY'
import http.client
import re
import subprocess
import sys

words = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "small:application"]
server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
try:
    port = next(int(found[1]) for line in server.stderr if (found := re.search(r"http://127.0.0.1:(\d+)", line)))
    seen = {}
    for name, chunked in (("with a length", False), ("in chunks", True)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        body = iter([b'{"name":"n"}']) if chunked else b'{"name":"n"}'
        connection.request("POST", "/", body, {"Content-Type": "application/json"}, encode_chunked=chunked)
        answer = connection.getresponse()
        seen[name] = answer.status, answer.read()
finally:
    server.terminate()
print(seen)
sys.exit(seen != {"with a length": (200, b'{"name":"n"}'), "in chunks": (200, b"{}")})
PY
cd "$work" && "$work/venv/bin/python" ask.py
