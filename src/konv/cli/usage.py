"""Command lines that are not right: click's complaints as errors that teach."""

from __future__ import annotations

from collections.abc import Iterable

import click

from konv.cli.common import COMMON_OPTIONS
from konv.cli.help import usage_line
from konv.constraints import did_you_mean
from konv.errors import ParameterError
from konv.language import translate as _

__all__ = ["misused", "unknown_command", "usage_error"]


def misused(context: click.Context | None, what: str, fix: str = "") -> ParameterError:
    """A command that is not used correctly; without a fix, where to read how it is."""
    where = "konv" if context is None else context.command_path
    return ParameterError(
        what,
        code="K901",
        where=where,
        fix=fix or _("{command} --help shows how", command=where),
    )


def unknown_command(context: click.Context, name: str, names: Iterable[str]) -> ParameterError:
    """A command that does not exist, with the nearest one that does."""
    names = list(names)
    return misused(
        context,
        _("there is no command {name}", name=repr(name)[:60]) + did_you_mean(name, names),
        _("one of {names}", names=", ".join(names)),
    )


def usage_error(error: click.UsageError) -> ParameterError:
    """click's complaint in konv's words."""
    context = error.ctx
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        is_option = isinstance(error.param, click.Option)
        name = error.param.opts[0] if is_option else error.param.human_readable_name
        fix = usage_line(context) if context is not None else ""
        return misused(context, _("{name} is missing", name=name), fix)
    if isinstance(error, click.BadOptionUsage):
        takes_none = "does not take" in error.message  # the only words that tell the two apart
        what = _("{option} takes no value") if takes_none else _("{option} needs a value")
        return misused(context, what.format(option=error.option_name))
    return misused(context, error.format_message())


def _unknown_option(error: click.NoSuchOption) -> ParameterError:
    known = [name.split()[0] for name, _help in COMMON_OPTIONS] + [
        name
        for parameter in (error.ctx.command.params if error.ctx else ())
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in (*parameter.opts, *parameter.secondary_opts)
    ]
    what = _("there is no option {name}", name=error.option_name)
    return misused(error.ctx, what + did_you_mean(error.option_name, known))
