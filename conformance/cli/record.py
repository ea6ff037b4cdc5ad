"""``conformance record``: a proxy before a server, that writes what passes into a HAR file and judges it."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from conformance.cli import completion
from conformance.cli.judge import claim_report_dir
from conformance.cli.options import EDITIONS, FAILS, ONLY, SKIP, settings_of
from conformance.cli.progress import Watcher, console_of
from conformance.cli.recordings import begun, ended
from conformance.errors import UsageError
from conformance.keys import keys_of
from conformance.recordings.files import PREFIX, TOUCHED
from conformance.recordings.harfile import HarFile
from conformance.recordings.proxy import Proxy
from conformance.recordings.recorder import Recorder
from conformance.reference.serve import asked_to_end, listener_at
from conformance.settings import FAIL_ON, Settings
from conformance.targets.baseurl import parse_base_url
from conformance.targets.certificates import tls

if TYPE_CHECKING:
    import socket

    from conformance.target import Role

_DEFAULTS = Settings()
_LEFT = 3  # seconds that are left to what is under way when the proxy is told to end


@click.command()
@click.argument("url")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; by default the system picks one.")
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="HAR file to write."
)
@click.option(
    "--role",
    type=click.Choice(("server", "sdk")),
    default="server",
    show_default=True,
    help="Whether the answers are judged, or what was sent.",
)
@click.option("--require", type=click.Choice((TOUCHED,)), help="Exit 0 where something was seen and nothing is broken.")
@click.option(
    "--edition",
    default=_DEFAULTS.edition,
    show_default=True,
    metavar="EDITION",
    help=EDITIONS,
    shell_complete=completion.editions,
)
@click.option(
    "--report-dir", default=_DEFAULTS.report_dir, show_default=True, metavar="DIR", help="Where to write the reports."
)
@click.option("--only", multiple=True, metavar="PATTERN", help=ONLY)
@click.option("--skip", multiple=True, metavar="PATTERN", help=SKIP)
@click.option("--fail-on", type=click.Choice(FAIL_ON), default=_DEFAULTS.fail_on, show_default=True, help=FAILS)
@click.option(
    "--baseline", metavar="FILE", help="TOML file of expected failures: they are waived, anything else counts."
)
@click.option("--insecure", is_flag=True, help="Do not check the certificate of an https server.")
@click.option("--ca-bundle", metavar="FILE", help="File of certificate authorities to check an https server by.")
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict only.")
def record(url: str, port: int, output: Path, role: Role, require: str | None, quiet: bool, **given: Any) -> None:
    """Record and judge what passes to the server at URL.

    A proxy passes on what comes and writes it into a HAR file, until Ctrl-C.

    Give your application, or the tests of your SDK, the address that is printed instead of the server's. Everything is
    passed on unchanged, both ways. Keys are taken out of the file by value. Findings are printed as they come, the
    verdict at the end; conformance run recording:FILE judges the file again.
    """
    settings = settings_of({**given, "header": (), "query": (), "no_beta": False})
    base = parse_base_url(url)
    certificates = tls(settings.ca_bundle, insecure=settings.insecure) if base.scheme == "https" else None
    judging = begun(settings, role)
    watcher = Watcher(console_of("auto"), quiet=quiet, report_dir=settings.report_dir)
    judging.on_found = watcher.found
    listener = listener_at("127.0.0.1", port)
    claim_report_dir(settings)
    recorder = Recorder(HarFile(output), judging, (keys_of(settings).key, base.password, base.user))
    local = f"http://127.0.0.1:{listener.getsockname()[1]}{base.path}"
    if not quiet:
        click.echo(f"{local} is passed on to {base.display} and recorded in {output}; Ctrl-C ends it")
    _serve(Proxy(base, certificates, recorder.began, recorder.ended), listener)
    recorder.close()
    judging.formats = {"HAR": 1}
    sys.exit(ended(judging, judging.report(f"{PREFIX}{output}"), watcher, require=require))


def _serve(proxy: Proxy, listener: socket.socket) -> None:
    """Serve until somebody asks to end; to be called from the main thread."""
    config = uvicorn.Config(
        proxy,
        lifespan="off",
        http="h11",
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_LEFT,
    )
    server = uvicorn.Server(config)

    def run() -> None:
        async def serving() -> None:
            try:
                await server.serve([listener])
            finally:
                await proxy.close()

        asyncio.run(serving())

    thread = threading.Thread(target=run, name="proxy", daemon=True)
    with asked_to_end() as wait:
        thread.start()
        try:
            was_asked = wait(thread)
        finally:
            server.should_exit = True
            thread.join(2 * _LEFT)
            listener.close()
    if not was_asked:
        raise UsageError("the proxy ended by itself", "start it again; what was recorded is in the file")
