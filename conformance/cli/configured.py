"""Commands whose options may also stand in the environment and in the configuration of the project.

The command line comes first, then the environment (``CONFORMANCE_EFFORT`` for ``--effort``), then the file, then the
defaults.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance import config
from conformance.errors import UsageError
from conformance.unrepeated import unrepeated

PREFIX = "CONFORMANCE"
"""What the names of the environment variables begin with."""


class Configured(click.Command):
    """A command that judges a target and takes its options from the configuration too."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.context_settings.setdefault("auto_envvar_prefix", PREFIX)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line over the environment over the file.

        Raises :class:`UsageError` for a file that is not as it is to be.
        """
        if ctx.resilient_parsing:  # a shell asks what to offer where Tab was pressed
            return super().parse_args(ctx, args)
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        asked = self.get_help_option(ctx)
        if asked is not None and asked.name is not None and given.get(asked.name) is True:
            return super().parse_args(ctx, args)
        self.check_target(self._asked(ctx, given))
        found = config.load(Path.cwd(), _kinds(configured()))
        options = found.chosen(self._asked(ctx, given))
        mine = {param.name: param for param in self.params if param.name}
        for name, value in options.items():
            _check(mine.get(name) or _elsewhere(name), name, value, found.source)
        ctx.default_map = {name: value for name, value in options.items() if name in mine}
        rest = super().parse_args(ctx, args)
        ctx.params["target"] = found.spec(ctx.params.get("target"))
        return rest

    def check_target(self, target: str | None) -> None:
        """Refuse a target that the command line and the environment name, or that they name none; here nothing is."""

    def _asked(self, ctx: click.Context, given: dict[str, Any]) -> str | None:
        """Return the target that the command line or the environment names."""
        target = next(param for param in self.params if param.name == "target")
        # Newer releases of click mark what was not given by an object of their own.
        named = given.get("target")
        if not isinstance(named, str):
            named = target.value_from_envvar(ctx)
        return named if isinstance(named, str) else None


def configured() -> list[click.Command]:
    """Return all commands that the configuration speaks to."""
    from conformance.cli.commands import CONFIGURED, cli  # noqa: PLC0415 - which imports the modules that use this one

    found = (cli.get_command(click.Context(cli), name) for name in CONFIGURED)
    return [command for command in found if command is not None]


def _elsewhere(name: str) -> click.Parameter | None:
    found = (param for command in configured() for param in command.params if param.name == name)
    return next(found, None)


def _kinds(commands: list[click.Command]) -> dict[str, config.Kind]:
    kinds: dict[str, config.Kind] = {}
    for command in commands:
        for param in command.params:
            if isinstance(param, click.Option) and param.name and not param.required:
                kinds.setdefault(param.name, "number or text" if param.name in _TOLD else _kind(param))
    return kinds


_TOLD = ("time", "seed")
"""What is a number for one command and may be a word for another."""


def _kind(option: click.Option) -> config.Kind:
    if option.multiple:
        return "list"
    if option.is_flag:
        return "switch"
    if isinstance(option.type, click.types.IntParamType):
        return "whole number"
    return "number" if isinstance(option.type, click.types.FloatParamType) else "text"


def _check(param: click.Parameter | None, name: str, value: config.Value, source: str) -> None:
    """Refuse a value that the option itself would refuse, in one line that names the file."""
    if param is None or isinstance(value, tuple | bool):
        return
    try:
        param.type.convert(value, param, None)
    except click.BadParameter as error:
        told = unrepeated(" ".join(error.message.split()), [str(value)])
        raise UsageError(f"{source}: {name.replace('_', '-')}: {told}") from None
