"""The command ``conformance``, with one scenario after the other, however long a request takes.

Beside each other they are done in another order each time, and of what is wrong another example comes first: the page
would not be the same twice. Nor would it be where the time for smaller bodies ends sooner on a machine that is busy:
their number ends it. Run as ``python tests/frameworks/judging.py run …``.
"""

from __future__ import annotations

import math

from conformance.campaign import campaign, confirm
from conformance.cli.commands import cli

if __name__ == "__main__":
    campaign.SLOW = math.inf
    confirm.SECONDS = math.inf
    cli()
