"""Certificates are checked, by a file of authorities or not at all where the user says so; the report says it then."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import trustme

from conformance.exchange import Request
from conformance.reference.server import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conformance.cli.conftest import Ended


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[str]:
    reference = Reference()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = self.path.removeprefix("/v1")
            response = reference.handle(Request(self.command, path, tuple(self.headers.items()), body))
            self.send_response(response.status)
            for name, value in response.headers:
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - as the standard library calls them

        def log_message(self, *arguments: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Say nothing of clients that hang up: they are the subject."""

    serving = Server(("127.0.0.1", 0), Handler)
    serving.daemon_threads = True
    serving.socket = context.wrap_socket(serving.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{serving.server_port}/v1"
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def bundle(folder: Path, authority: trustme.CA) -> str:
    """A file with the authority of the server."""
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return "ca.pem"


def notes(folder: Path) -> list[str]:
    return list(json.loads((folder / "conformance-report" / "report.json").read_text())["notes"])


@pytest.mark.parametrize("words", [("smoke",), ("run", "-q")])
def test_a_certificate_of_nobody_is_one_line_that_names_the_options(
    server: str, command: Callable[..., Ended], words: tuple[str, ...]
) -> None:
    done = command(words[0], server, *words[1:])
    assert done.code == 3
    assert "TLS failed" in done.complaint
    assert "--ca-bundle" in done.complaint
    assert "--insecure" in done.complaint


ALL_CONNECTIONS = ("--only=roundtrip.name", "--only=transport.framing", "--only=concurrency", "--effort=quick", "-q")


@pytest.mark.parametrize("words", [("--insecure",), ("--ca-bundle", "ca.pem")], ids=["insecure", "ca"])
def test_it_is_judged_over_connections_of_every_kind(
    server: str, bundle: str, folder: Path, command: Callable[..., Ended], words: tuple[str, ...]
) -> None:
    assert command("smoke", server, *words).code == 0
    done = command("run", server, *ALL_CONNECTIONS, *words)
    report = json.loads((folder / "conformance-report" / "report.json").read_text())
    rows = {row["id"]: row["outcome"] for row in report["requirements"]}
    assert rows["roundtrip.name.null"] == "pass", done.out
    assert "error" not in rows.values()
    assert any(words[0] in note for note in report["notes"])
    assert words[0] in report["command"]
    assert report["settings"].get("insecure") is (True if words[0] == "--insecure" else None)


def test_nothing_is_said_where_it_was_checked_as_usual(folder: Path, command: Callable[..., Ended]) -> None:
    assert command("run", "--insecure", "--only=roundtrip.name.null", "--effort=quick", "-q").code == 0
    assert not any("certificate" in note for note in notes(folder))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--ca-bundle", "none.pem"), "--ca-bundle: cannot read none.pem: No such file or directory"),
        (("--ca-bundle", "."), "--ca-bundle: "),
        (("--ca-bundle", "empty.pem"), "--ca-bundle: empty.pem contains no certificate"),
        (("--ca-bundle", "empty.pem", "--insecure"), "--insecure and --ca-bundle exclude each other"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, command: Callable[..., Ended], words: tuple[str, ...], told: str) -> None:
    (folder / "empty.pem").write_text("no certificate")
    done = command("run", "https://127.0.0.1:1/v1", *words)
    assert done.code == 2
    assert told in done.complaint


def test_plain_pytest_and_the_configuration_take_them_too(
    server: str, bundle: str, folder: Path, command: Callable[..., Ended]
) -> None:
    (folder / "conformance.toml").write_text(f'ca-bundle = "{bundle}"\n')
    assert command("smoke", server).code == 0
    words = ["--pyargs", "conformance.suites", f"--conformance-target={server}", "--conformance-insecure"]
    words += ["--conformance-only=roundtrip.name.null", "--conformance-effort=quick", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([sys.executable, "-m", "pytest", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert any("--insecure" in note for note in notes(folder))
