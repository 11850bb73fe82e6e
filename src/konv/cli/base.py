"""What a command is made of: its arguments and options, and how its help is shown.

Texts stand in the source in English, marked for the catalogue, and are translated when shown: a
module is imported before the language is known.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from konv.cli.help import command_help
from konv.cli.usage import misused, unknown_command
from konv.language import translate as _

__all__ = ["Argument", "Command", "Group", "argument", "command", "option"]

Function = TypeVar("Function", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose help is in the person's language and shows examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = examples

    def get_help(self, ctx: click.Context) -> str:
        return command_help(ctx, examples=self.examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True  # click's own refusal speaks English only
        try:
            left = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click does not always say whose options it means
            raise
        if left:
            raise misused(ctx, _("{argument} is one too many", argument=repr(left[0])[:60]))
        return left


class Group(click.Group):
    """Commands that are imported when they are used: help and other commands cost nothing.

    Args:
        modules: the name of a command -> the module that holds it, under that name.
        summaries: the name of a command -> what it does, in a line.
    """

    def __init__(
        self,
        *args: Any,
        modules: Mapping[str, str],
        summaries: Mapping[str, str],
        **attributes: Any,
    ) -> None:
        super().__init__(*args, **attributes)
        self.modules = modules
        self.summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        module = importlib.import_module(self.modules[cmd_name])
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.modules:
            raise unknown_command(ctx, args[0], self.modules)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return command_help(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            click.echo(self.get_help(ctx))
            ctx.exit()
        return super().parse_args(ctx, args)


class Argument(click.Argument):
    """An argument that says what it is."""

    def __init__(self, *args: Any, help: str = "", **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.help = help


def command(
    name: str, *, help: str, examples: Sequence[str] = (), kind: type[Command] = Command
) -> Callable[[Callable[..., Any]], click.Command]:
    """A function as a command; its texts are marked, not translated."""
    return click.command(name, cls=kind, help=help, examples=examples)


def argument(name: str, *, help: str, **attributes: Any) -> Callable[[Function], Function]:
    """An argument of a command, in capitals in its help."""
    return click.argument(name, cls=Argument, help=help, **attributes)


def option(*names: str, help: str, **attributes: Any) -> Callable[[Function], Function]:
    """An option of a command."""
    return click.option(*names, help=help, **attributes)
