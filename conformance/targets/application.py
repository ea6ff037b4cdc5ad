"""``asgi:module:app`` and ``wsgi:module:app``: an application of the user's, served in a process of its own.

It is served on a loopback port that the system picks, and sent real HTTP like any other server. What it does to its
process is seen, and ends the run: where it exits, or would have, where it uses too much memory or its event loop hangs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from conformance.exchange import DOCUMENTED, NoAnswer
from conformance.target import Description
from conformance.targets.child import named
from conformance.targets.given import hidden_variables
from conformance.targets.http import HttpTarget
from conformance.targets.secrets import Secrets
from conformance.targets.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpcore

    from conformance.exchange import Exchange, Manner, Operation, Request

Interface = Literal["asgi", "wsgi"]

DEFAULT_PATH = "/v1"
"""Below which an application is taken to serve, unless a path was given with it."""


class ApplicationTarget(HttpTarget):
    """A server target that is an application in a process of its own.

    ``name`` is ``module:app``, or ``module:app/path`` for an application that is to be asked below that path.
    ``options`` are those of :class:`~conformance.targets.http.HttpTarget`. Raises
    :class:`~conformance.errors.UsageError` where there is no such application, and
    :class:`~conformance.errors.TargetUnusableError` when it does not start.
    """

    def __init__(
        self,
        kind: Interface,
        spec: str,
        name: str,
        *,
        api_key: str | None = None,
        other_api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        beta: bool = True,
        timeout: float = 10.0,
        secrets: Secrets | None = None,
        manner: Manner = DOCUMENTED,
        renewed: Callable[[str], str] | None = None,
    ) -> None:
        self._spec = spec
        form = f"{kind}:module:app, or {kind}:module:app/path for another path than {DEFAULT_PATH}"
        name, slash, path = name.partition("/")
        named(spec, name, form)
        self._path = f"/{path}".rstrip("/") if slash else DEFAULT_PATH
        settings = {"kind": kind, "name": name, "form": form}
        # It may speak to others, so that its environment is left alone.
        secrets_of_others = Secrets(hidden_variables(()))
        self._serving = Served(spec, "the application", "serving", settings, os.environ, secrets_of_others)
        try:
            super().__init__(
                self._serving.said + self._path,
                api_key=api_key,
                other_api_key=other_api_key,
                headers=headers,
                query=query,
                beta=beta,
                timeout=timeout,
                secrets=secrets,
                manner=manner,
                renewed=renewed,
            )
        except BaseException:
            self._serving.close()
            raise

    def describe(self) -> Description:
        """Say which application this is; the port is different every time, and left out."""
        described = super().describe()
        kind = self._spec.partition(":")[0]
        details = {"served": f"by uvicorn in a process of its own, below {self._path or '/'}", **described.details}
        return Description(kind, self._spec, details=details)

    def exchange(
        self,
        operation: Operation,
        request: Request,
        assistant_id: str | None = None,
        *,
        pool: httpcore.ConnectionPool | None = None,
    ) -> Exchange:
        """Send a request, and tell what came of it.

        Raises :class:`~conformance.errors.TargetUnusableError`, once in each thread, where the application has ended
        its process, has tried to, or was ended for what it did: what a client meets is nobody's answer then.
        """
        exchange = super().exchange(operation, request, assistant_id, pool=pool)
        self._serving.see(exchange.outcome if isinstance(exchange.outcome, NoAnswer) else None)
        if operation != "delete":
            self._serving.kept.check()
        return exchange

    def close(self) -> None:
        """Close all connections, and stop the application; raises as :meth:`exchange` does."""
        super().close()
        self._serving.close()
        self._serving.kept.check_at_last()
