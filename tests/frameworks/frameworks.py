"""Judge small servers on twelve frameworks and SDKs on ten HTTP stacks, as they are and put right; write the pages.

Run as ``python tests/frameworks/frameworks.py [--only NAME ...] [--environment DIR] [--jobs N] [--write]``. What is
pinned in ``requirements.txt`` and ``package.json`` is installed in a temporary folder, or in DIR, where it is found
again.
Each result is kept in ``results``: with ``--only`` the others are taken from there, with ``--only`` and no name all.
Ends with 1 when something was found that the words do not explain, or nothing of what they say.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

if (root := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.insert(0, root)  # where ``tests`` is

from tests.frameworks.described import clients, servers
from tests.frameworks.installing import Installed
from tests.frameworks.measuring import keep, kept, measured
from tests.frameworks.page import page, page_of_clients, problems

DOCS = Path(root) / "docs"


def main() -> int:
    """Judge what was asked for, write the page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="names of servers and SDKs; the others are taken from their results")
    parser.add_argument("--environment", type=Path, help="folder that the packages are installed in, and kept")
    parser.add_argument("--write", action="store_true", help="write docs/frameworks.md and docs/clients.md")
    parser.add_argument("--effort", choices=("quick", "standard"), default="", help="judge in this one only")
    parser.add_argument("--jobs", type=int, default=3, help="how many are judged at a time: many only wait")
    options = parser.parse_args()
    every = [*servers(), *clients()]
    if unknown := set(options.only or ()) - {server.name for server in every}:
        parser.error(f"no such server or SDK: {', '.join(sorted(unknown))}")
    with ExitStack() as stack:
        asked = [server for server in every if options.only is None or server.name in options.only]
        if asked:
            folder = options.environment or Path(stack.enter_context(TemporaryDirectory()))
            folder.mkdir(parents=True, exist_ok=True)
            installed = Installed(folder)
            installed.install()
            with ThreadPoolExecutor(options.jobs) as pool:
                for _ in pool.map(lambda server: keep(server.name, measured(server, installed, options.effort)), asked):
                    pass  # what was raised is raised here
    results = {server.name: result for server in every if (result := kept(server.name)) is not None}
    if options.write:
        (DOCS / "frameworks.md").write_text(page([one for one in servers() if one.name in results], results), "utf-8")
        told = page_of_clients([one for one in clients() if one.name in results], results)
        (DOCS / "clients.md").write_text(told, "utf-8")
    found = [f"{one.name}: it was not judged yet" for one in every if one.name not in results]
    found += problems([one for one in every if one.name in results], results)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
