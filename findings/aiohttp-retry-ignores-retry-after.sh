#!/usr/bin/env bash
# Package:  aiohttp-retry 2.9.1 with aiohttp 3.14.5
# Expected: a 429 with Retry-After: 2 is asked again after two seconds at the earliest; a POST that failed is not asked again unless
#           the caller said so, as in urllib3 and other clients.
# Seen:     it is asked again after a fraction of a second, Retry-After is never read; and POST is among the methods asked again
#           by default, so a modify that the server had carried out before its 500 is sent twice.
# Source:   RFC 9110, 10.2.3 (Retry-After) and 9.2.2 (no automatic retry of a method that is not idempotent); README of
#           aiohttp-retry (says nothing of Retry-After), default of "methods" in RetryOptionsBase.
# Matters:  on a server with a rate limit such a client uses up its attempts within the wait it was told, and a server that counts
#           requests sees more than were meant.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp-retry==2.9.1 aiohttp==3.14.5
"$work/venv/bin/python" - <<'PY'
import asyncio
import sys
import time

import aiohttp_retry
from aiohttp import web


async def times(status):
    asked = []

    async def modify(request):
        asked.append(time.monotonic())
        return web.json_response({}, status=status if len(asked) == 1 else 200, headers={"Retry-After": "2"})

    app = web.Application()
    app.router.add_post("/v1/assistants/{id}", modify)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    options = aiohttp_retry.ExponentialRetry(attempts=2, statuses={429})
    async with aiohttp_retry.RetryClient(retry_options=options) as client:
        async with client.post(f"http://127.0.0.1:{port}/v1/assistants/asst_1", json={"name": "x"}) as answer:
            await answer.read()
    await runner.cleanup()
    return [later - earlier for earlier, later in zip(asked, asked[1:])]


async def main():
    return await times(429), await times(500)


limited, failed = asyncio.run(main())
print("seconds between the two requests: after 429 with Retry-After 2:", limited, "| after 500:", failed)
sys.exit(not (len(limited) == len(failed) == 1 and limited[0] < 1.9))
PY
