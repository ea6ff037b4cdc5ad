"""Recordings made here: what the reference answers, written down as each recorder writes it."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml

from conformance.exchange import Request, Response
from conformance.recordings.judged import Judging
from conformance.reference.server import Reference
from conformance.settings import Settings
from strategies.editions import edition

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.target import Role
    from reports.model import Report, Row

BASE = "https://api.openai.com/v1"
JSON_TYPE = ("Content-Type", "application/json")
SENT = (JSON_TYPE, ("Authorization", "Bearer sk-recorded-0123456789"), ("OpenAI-Beta", "assistants=v2"))
TOOL = {"type": "function", "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}}}


@dataclass
class Entry:
    """One exchange, as it is to be written down."""

    method: str
    path: str
    sent: bytes
    status: int
    came: bytes
    request_headers: tuple[tuple[str, str], ...] = SENT
    response_headers: tuple[tuple[str, str], ...] = (JSON_TYPE,)
    base: str = BASE

    @property
    def url(self) -> str:
        return f"{self.base}{self.path}"

    @property
    def value(self) -> Any:
        return json.loads(self.came)

    def answer(self, **members: Any) -> Entry:
        """Return it with members of its answer altered; ``...`` takes one out."""
        value = {key: item for key, item in {**self.value, **members}.items() if item is not ...}
        return replace(self, came=json.dumps(value).encode())


@dataclass
class Session:
    """Calls of the reference, one after the other."""

    reference: Any = field(default_factory=Reference)
    entries: list[Entry] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None) -> Entry:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        response: Response = self.reference.handle(Request(method, path, SENT, data))
        headers = tuple(pair for pair in response.headers if pair[0].lower() in {"content-type", "x-request-id"})
        entry = Entry(method, path, data, response.status, response.body, response_headers=headers)
        self.entries.append(entry)
        return entry

    def create(self, **body: Any) -> str:
        made = self.call("POST", "/assistants", {"model": "gpt-4o", **body}).value["id"]
        assert isinstance(made, str)
        return made

    def modify(self, id_: str, body: Any) -> Entry:
        return self.call("POST", f"/assistants/{id_}", body)

    def get(self, id_: str) -> Entry:
        return self.call("GET", f"/assistants/{id_}")


def usual(reference: Any = None) -> list[Entry]:
    """Create, modify twice, read back, refuse, read, list, delete, modify once more."""
    session = Session(reference or Reference())
    id_ = session.create(name="Ada", instructions="Count.", tools=[TOOL], metadata={"a": "b"}, temperature=0.5)
    session.modify(id_, {"name": "Grace"})  # 2
    session.modify(id_, {"instructions": None, "metadata": {"a": "c"}})  # 3
    session.get(id_)  # 4
    session.modify(id_, {"name": "x" * 257})  # 5
    session.get(id_)  # 6
    session.call("GET", "/assistants")  # 7
    session.modify(id_, {"tools": [{"type": "code_interpreter"}, TOOL]})  # 8
    session.get(id_)  # 9
    session.call("DELETE", f"/assistants/{id_}")  # 10
    session.modify(id_, {"name": "Gone"})  # 11
    return session.entries


# Formats


def har(entries: list[Entry], *, coded: bool = False, creator: str = "test") -> str:
    """Return HAR 1.2; ``coded`` bodies are base64."""
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": [*_har(entries, coded)]}},
        indent=1,
    )


def _har(entries: list[Entry], coded: bool) -> list[dict[str, Any]]:
    return [
        {
            "startedDateTime": f"2025-03-01T00:00:{number:02d}.000Z",
            "time": 12.5,
            "request": {
                "method": one.method,
                "url": one.url,
                "httpVersion": "HTTP/1.1",
                "headers": [{"name": name, "value": value} for name, value in one.request_headers],
                "cookies": [],
                "queryString": [],
                "headersSize": -1,
                "bodySize": len(one.sent),
                **({"postData": {"mimeType": "application/json", "text": one.sent.decode()}} if one.sent else {}),
            },
            "response": {
                "status": one.status,
                "statusText": "",
                "httpVersion": "HTTP/1.1",
                "headers": [{"name": name, "value": value} for name, value in one.response_headers],
                "cookies": [],
                "redirectURL": "",
                "headersSize": -1,
                "bodySize": -1,
                "content": {"size": len(one.came), "mimeType": "application/json", **_text(one.came, coded)},
            },
            "cache": {},
            "timings": {"send": 0, "wait": 12, "receive": 0.5},
        }
        for number, one in enumerate(entries)
    ]


def _text(data: bytes, coded: bool) -> dict[str, str]:
    return {"text": base64.b64encode(data).decode(), "encoding": "base64"} if coded else {"text": data.decode()}


def vcrpy(entries: list[Entry]) -> str:
    """Return what vcrpy writes, and pytest-recording with it."""
    return yaml.safe_dump(_vcrpy(entries))


def vcrpy_json(entries: list[Entry]) -> str:
    """Return what vcrpy writes with its serializer for JSON."""
    return json.dumps(_vcrpy(entries), indent=1)


def _vcrpy(entries: list[Entry]) -> dict[str, Any]:
    return {
        "version": 1,
        "interactions": [
            {
                "request": {
                    "method": one.method,
                    "uri": one.url,
                    "body": one.sent.decode() or None,
                    "headers": {name: [value] for name, value in one.request_headers},
                },
                "response": {
                    "status": {"code": one.status, "message": ""},
                    "headers": {name: [value] for name, value in one.response_headers},
                    "body": {"string": one.came.decode()},
                },
            }
            for one in entries
        ],
    }


def vcrpy_packed(entries: list[Entry]) -> str:
    """Return what vcrpy writes of bodies that came in gzip: bytes."""
    document = _vcrpy(entries)
    for entry, one in zip(document["interactions"], entries, strict=True):
        entry["request"]["body"] = one.sent or None
        entry["response"]["body"] = {"string": gzip.compress(one.came, mtime=0)}
        entry["response"]["headers"]["Content-Encoding"] = ["gzip"]
    return yaml.safe_dump(document)


def vcrpy_old(entries: list[Entry]) -> str:
    """Return what vcrpy wrote under Python 2."""
    text = vcrpy(entries)
    return text.replace("    method: POST", "    method: !!python/unicode 'POST'")


def ruby(entries: list[Entry]) -> str:
    """Return what VCR for Ruby writes."""
    return "---\n" + yaml.safe_dump(_ruby(entries, "string"))


def ruby_exact(entries: list[Entry]) -> str:
    """Return the same with preserve_exact_body_bytes, and betamax's form of it."""
    return json.dumps({**_ruby(entries, "base64_string"), "recorded_with": "betamax/0.9.0"})


def _ruby(entries: list[Entry], kind: str) -> dict[str, Any]:
    def body(data: bytes) -> dict[str, str]:
        text = base64.b64encode(data).decode() if kind == "base64_string" else data.decode()
        return {"encoding": "ASCII-8BIT", kind: text}

    return {
        "http_interactions": [
            {
                "request": {
                    "method": one.method.lower(),
                    "uri": one.url,
                    "body": body(one.sent),
                    "headers": {name: [value] for name, value in one.request_headers},
                },
                "response": {
                    "status": {"code": one.status, "message": ""},
                    "headers": {name: [value] for name, value in one.response_headers},
                    "body": body(one.came),
                },
                "recorded_at": "Sat, 01 Mar 2025 00:00:00 GMT",
            }
            for one in entries
        ],
        "recorded_with": "VCR 6.1.0",
    }


def test_proxy(entries: list[Entry]) -> str:
    """Return what the test proxy of the Azure SDKs writes: bodies as values, keys replaced."""
    document = {
        "Entries": [
            {
                "RequestUri": one.url,
                "RequestMethod": one.method,
                "RequestHeaders": {**dict(one.request_headers), "Authorization": "Sanitized"},
                "RequestBody": json.loads(one.sent) if one.sent else None,
                "StatusCode": one.status,
                "ResponseHeaders": dict(one.response_headers),
                "ResponseBody": one.value,
            }
            for one in entries
        ],
        "Variables": {},
    }
    return json.dumps(document, indent=2)


FORMATS: dict[str, Callable[[list[Entry]], str]] = {
    "plain.har": har,
    "coded.har": lambda entries: har(entries, coded=True),
    "vcrpy.yaml": vcrpy,
    "vcrpy.json": vcrpy_json,
    "packed.yaml": vcrpy_packed,
    "old.yaml": vcrpy_old,
    "ruby.yml": ruby,
    "betamax.json": ruby_exact,
    "test-proxy.json": test_proxy,
}


# Judging


def judged(path: Path, role: Role = "server", *, name: str = "2025-03", named: bool = True) -> Report:
    """Return the report of a file."""
    return judging(path, role, name=name, named=named).report(f"recording:{path.name}")


def judging(path: Path, role: Role = "server", *, name: str = "2025-03", named: bool = True) -> Judging:
    settings = Settings(target=f"recording:{path}", edition=name)
    from conformance.catalogue import catalogue

    made = Judging(settings, edition(name), role, tuple(catalogue(edition(name))))
    made.files([(path, named)])
    return made


def broken(report: Report) -> dict[str, Row]:
    """Return what is broken, by its id."""
    return {row.id: row for row in report.rows if row.finding is not None}


def written(tmp_path: Path, name: str, entries: list[Entry]) -> Path:
    """Return a file in the format of that name."""
    path = tmp_path / name
    path.write_text(FORMATS[name](entries), "utf-8")
    return path
