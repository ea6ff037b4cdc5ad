"""The smallest honest SDK on each of five HTTP stacks of Python, as the documentation of the stack has one write it.

Each class is an adapter of this suite as well: ``sdk:sdks:Requests``; the one whose name ends in Fixed has the lines
that put right what the stack does by default.
"""

import asyncio
import importlib.metadata
import threading
from functools import partial
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

SECONDS = 5.0


class APIError(Exception):
    """What this SDK raises: the status and the error of the answer, as far as there are any."""

    def __init__(self, message, status=None, error=None):
        super().__init__(message)
        self.status = status
        self.error = error if isinstance(error, dict) else {}


class SDK:
    """Two calls on top of ``send``, which gives the status of an answer, and what reads its JSON."""

    reached = "wire"
    language = "python"
    settings = {"timeout": f"{SECONDS:g} s"}
    cannot = frozenset()
    package = ""
    failures = (OSError,)
    fixed = False

    def __init__(self, base_url, api_key):
        self.name, self.version = self.package, importlib.metadata.version(self.package)
        self.base_url, self.suffix = base_url, ""
        if self.fixed:
            parts = urlsplit(base_url)
            self.suffix = f"?{parts.query}" if parts.query else ""
            self.base_url = parts._replace(path=parts.path.rstrip("/"), query="").geturl()
        self.headers = {"Authorization": f"Bearer {api_key}", "OpenAI-Beta": "assistants=v2"}
        self.open()

    def modify(self, assistant_id, fields):
        return self.called("POST", assistant_id, fields)

    def retrieve(self, assistant_id):
        return self.called("GET", assistant_id, None)

    def called(self, method, assistant_id, fields):
        if self.fixed and assistant_id in {"", ".", ".."}:
            raise APIError("such an id would be taken for a step in the path")
        path = f"/assistants/{quote(assistant_id, safe='')}{self.suffix}"
        try:
            status, read = self.send(method, path, fields)
        except self.failures as error:
            raise APIError(str(error) or type(error).__name__) from error
        try:
            value = read()
        except (ValueError, *self.failures) as error:
            raise APIError(f"status {status}, and no JSON: {error}", status) from error
        if not 200 <= status < 300:
            error = value.get("error") if isinstance(value, dict) else None
            raise APIError(f"status {status}: {error}", status, error)
        if not isinstance(value, dict) or value.get("object") != "assistant":
            raise APIError("the answer is no assistant", status)
        return value

    def describe_error(self, exception):
        if not isinstance(exception, APIError):
            return None
        error = {name: exception.error.get(name) for name in ("type", "param", "code")}
        return SimpleNamespace(message=str(exception), status=exception.status, error=error, kind="APIError", own=True)

    def close(self):
        """Nothing is open."""


class Httpx(SDK):
    package = "httpx"
    options = {}

    def open(self):
        import httpx

        self.failures = (httpx.HTTPError, httpx.InvalidURL)
        self.client = httpx.Client(base_url=self.base_url, headers=self.headers, timeout=SECONDS, **self.options)

    def send(self, method, path, fields):
        answer = self.client.request(method, path, json=fields)
        return answer.status_code, answer.json

    def close(self):
        self.client.close()


class Httpx2(Httpx):
    package = "httpx2"

    def open(self):
        import httpx2

        self.failures = (httpx2.HTTPError, httpx2.InvalidURL)
        self.client = httpx2.Client(base_url=self.base_url, headers=self.headers, timeout=SECONDS, **self.options)


class Requests(SDK):
    package = "requests"

    def open(self):
        import requests

        self.failures = (requests.RequestException,)
        self.session = requests.Session()
        self.session.headers.update(self.headers)

    def send(self, method, path, fields):
        options = {"allow_redirects": False} if self.fixed else {}
        answer = self.session.request(method, self.base_url + path, json=fields, timeout=SECONDS, **options)
        return answer.status_code, answer.json

    def close(self):
        self.session.close()


class Urllib3(SDK):
    package = "urllib3"

    def open(self):
        import urllib3

        self.failures = (urllib3.exceptions.HTTPError,)
        self.pool = urllib3.PoolManager(headers=self.headers, timeout=SECONDS)

    def send(self, method, path, fields):
        content = {} if fields is None else {"json": fields}
        if self.fixed:
            content["retries"] = False
        answer = self.pool.request(method, self.base_url + path, **content)
        return answer.status, answer.json

    def close(self):
        self.pool.clear()


class Aiohttp(SDK):
    package = "aiohttp"

    def open(self):
        import aiohttp

        self.failures = (aiohttp.ClientError, TimeoutError)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.session = self.wait(self.opened(aiohttp))

    async def opened(self, aiohttp):
        # A path that begins with a slash would take the place of the whole path of base_url.
        rounding = {"ceil_threshold": 2 * SECONDS} if self.fixed else {}
        timeout = aiohttp.ClientTimeout(total=SECONDS, **rounding)
        return aiohttp.ClientSession(f"{self.base_url}/", headers=self.headers, timeout=timeout)

    def send(self, method, path, fields):
        return self.wait(self.sent(method, path, fields))

    async def sent(self, method, path, fields):
        options = {"allow_redirects": False} if self.fixed else {}
        async with self.session.request(method, path[1:], json=fields, **options) as answer:
            try:
                value = await answer.json(content_type=None if self.fixed else "application/json")
            except (ValueError, *self.failures) as error:
                return answer.status, partial(self.fail, error)
            return answer.status, lambda: value

    def fail(self, error):
        raise error

    def wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def close(self):
        self.wait(self.session.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


for one in (Httpx, Httpx2, Requests, Urllib3, Aiohttp):
    globals()[f"{one.__name__}Fixed"] = type(f"{one.__name__}Fixed", (one,), {"fixed": True})
