"""What the site has beside the pages of docs/: the README, the reference of commands and of strategies, and files.

mkdocs calls the functions whose names begin with ``on_``. Links that lead out of docs/ are made to lead to pages
that show what lies there, so the site is whole wherever it is put.
"""

from __future__ import annotations

import dataclasses
import inspect
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from mkdocs.structure.files import File, InclusionLevel

import strategies
from conformance.cli.commands import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"(?<=\]\()(?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?(?=\))")
FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
KINDS = {".py": "python", ".mjs": "javascript", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
MADE = "made"
"""The attribute of a page that says where in the repository its text is from."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put pages that the navigation does not name at its end."""
    named = set(re.findall(r"[\w/-]+\.md", str(config.nav)))
    config.nav[-1]["Results"] += sorted(page.name for page in DOCS.glob("*.md") if page.name not in named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here, and one for each place of the repository that a page leads to."""
    texts = {"index.md": (ROOT / "README.md", (ROOT / "README.md").read_text("utf-8"))}
    texts["cli.md"] = (DOCS / "cli.md", "\n".join(_commands()))
    texts["strategies-api.md"] = (DOCS / "strategies-api.md", "\n".join(_strategies()))
    pages = {page: page.read_text("utf-8") for page in DOCS.glob("*.md")} | dict(texts.values())
    while pages:
        found = {place for page, text in pages.items() for place in _places(page, text)}
        new = {place: _shown(place) for place in sorted(found) if _address(place) not in texts}
        texts |= {_address(place): (place, text) for place, text in new.items()}
        pages = {place: text for place, text in new.items() if place.suffix == ".md" or place.is_dir()}
    for address, (place, text) in texts.items():
        shown = InclusionLevel.NOT_IN_NAV if address.startswith("files/") else InclusionLevel.INCLUDED
        made = File.generated(config, address, content=text, inclusion=shown)
        setattr(made, MADE, place)
        files.append(made)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead every link to a file to its page."""
    written = getattr(page.file, MADE, DOCS / page.file.src_uri)
    here = posixpath.dirname(page.file.src_uri)

    def led(match: re.Match[str]) -> str:
        place = _resolved(written, match["path"])
        return posixpath.relpath(_address(place), here or ".") + (match["anchor"] or "")

    parts = FENCED.split(markdown)
    return "".join(part if number % 2 else LINK.sub(led, part) for number, part in enumerate(parts))


def _resolved(page: Path, link: str) -> Path:
    return Path(posixpath.normpath((page if page.is_dir() else page.parent) / link))


def _address(place: Path) -> str:
    """Return where in the site a place of the repository is."""
    if place == ROOT / "README.md":
        return "index.md"
    if place.parent == DOCS:
        return place.name
    path = place.relative_to(ROOT).as_posix()
    return f"files/{path}" if place.suffix == ".md" else f"files/{path}.md"


def _places(page: Path, text: str) -> Iterator[Path]:
    """Yield the places outside of the pages that a page leads to."""
    for part in FENCED.split(text)[::2]:
        for match in LINK.finditer(part):
            place = _resolved(page, match["path"])
            if place.parent != DOCS and place.exists():
                yield place


def _shown(place: Path) -> str:
    name = place.relative_to(ROOT).as_posix()
    if place.is_dir():
        inside = sorted(one for one in place.iterdir() if one.is_file() and one.suffix in KINDS)
        return "\n".join([f"# {name}", "", *(f"- [{one.name}]({one.name})" for one in inside)])
    text = place.read_text("utf-8")
    return text if place.suffix == ".md" else f"# {name}\n\n````{KINDS.get(place.suffix, 'text')}\n{text}````\n"


def _commands() -> Iterator[str]:
    """Write what each command says of itself, in the order of ``conformance --help``."""
    yield "# Command line\n\nWhat `conformance COMMAND --help` prints.\n"
    context = click.Context(cli, info_name="conformance")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from _help(command, click.Context(command, info_name=name, parent=context, max_content_width=100), "##")
    yield "## Exit codes\n\nThe README has them [in a table](../README.md#exit-codes).\n"


def _help(command: click.Command, context: click.Context, heading: str) -> Iterator[str]:
    yield f"{heading} {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            inner_context = click.Context(inner, info_name=name, parent=context, max_content_width=100)
            yield from _help(inner, inner_context, f"{heading}#")


def _strategies() -> Iterator[str]:
    """Write the signature and the docstring of each public name of ``strategies``."""
    yield f"# Strategies API\n\n{_plain(inspect.getdoc(strategies) or '')}\n"
    yield "[Drawing bodies](strategies.md) and [the page after it](strategies-cases.md) have examples.\n"
    for name in strategies.__all__:
        value = getattr(strategies, name)
        if inspect.isclass(value):
            yield f"## {name}\n\n{_plain(inspect.getdoc(value) or '')}\n"
            yield from (f"- `{one.name}`: {one.type}" for one in dataclasses.fields(value))
            properties = inspect.getmembers(value, lambda one: isinstance(one, property))
            yield from (f"- `{key}`: {_plain(inspect.getdoc(one) or '')}" for key, one in properties)
            yield ""
        elif callable(value):
            yield f"## {name}\n\n```python\n{name}{_signature(value)}\n```\n\n{_plain(inspect.getdoc(value) or '')}\n"
        else:
            yield f"## {name}\n\nSamples by name: {', '.join(f'`{key}`' for key in value)}.\n"


def _signature(value: object) -> str:
    found = inspect.signature(value)  # type: ignore[arg-type]
    inside = "".join(f"\n    {one}," for one in _parameters(found))
    return f"({inside}\n) -> {found.return_annotation}" if inside else f"() -> {found.return_annotation}"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for one in signature.parameters.values():
        if one.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        default = "" if one.default is inspect.Parameter.empty else f" = {one.default!r}"
        yield f"{one.name}: {one.annotation}{default}"


def _plain(docstring: str) -> str:
    """Return a docstring in Markdown."""
    return ROLE.sub(r"`\1`", docstring).replace("``", "`")
