"""The help of a command, written at the moment it is shown: in the person's language, 80 wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from konv.cli.common import COMMON_OPTIONS
from konv.language import translate as _
from konv.language.tables import WIDTH, padded, places

__all__ = ["command_help", "definition_lines", "usage_line", "wrapped"]

_WIDEST_TERM = 28


def usage_line(context: click.Context) -> str:
    """How a command is called, such as ``konv predict MODEL PICTURES… [options]``."""
    command = context.command
    places = [
        parameter.human_readable_name + ("…" if parameter.nargs == -1 else "")
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    if isinstance(command, click.Group):
        places = [_("COMMAND")]
    return " ".join([context.command_path, *places, _("[options]")])


def command_help(context: click.Context, *, examples: Sequence[str] = ()) -> str:
    """All that ``--help`` shows of a command."""
    command = context.command
    blocks = [_("usage: {line}", line=usage_line(context))]
    blocks += ["\n".join(wrapped(text, "")) for text in _translated(command.help).split("\n\n")]
    sections = (
        (_("Commands"), _commands(context)),
        (_("Arguments"), _arguments(command)),
        (_("Options"), _options(command)),
        (_("With every command"), [(_(term), _(text)) for term, text in COMMON_OPTIONS]),
    )
    blocks += [
        "\n".join([title, *definition_lines(terms, _term_width(sections))])
        for title, terms in sections
        if terms
    ]
    if examples:
        blocks.append("\n".join([_("Examples"), *(f"  {example}" for example in examples)]))
    return "\n\n".join(blocks)


def _commands(context: click.Context) -> list[tuple[str, str]]:
    command = context.command
    if not isinstance(command, click.Group):
        return []
    summaries = getattr(command, "summaries", {})
    return [(name, _(summaries[name])) for name in command.list_commands(context)]


def _arguments(command: click.Command) -> list[tuple[str, str]]:
    return [
        (parameter.human_readable_name, _translated(getattr(parameter, "help", None)))
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]


def _options(command: click.Command) -> list[tuple[str, str]]:
    rows = []
    for option in command.params:
        if not isinstance(option, click.Option) or option.hidden:
            continue
        term = "/".join([*option.opts, *option.secondary_opts])
        if not option.is_flag:
            term += f" {option.metavar or ''}"
        shown = option.default if type(option.default) in (str, int, float) else ""
        text = _translated(option.help)
        rows.append((term.strip(), f"{text} [{shown}]" if shown != "" else text))
    return rows


def _translated(text: str | None) -> str:
    return _(text) if text else ""


def _term_width(sections: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> int:
    terms = [places(term) for _title, rows in sections for term, _text in rows]
    return min(max(terms, default=0), _WIDEST_TERM)


def definition_lines(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Terms with what they mean beside them, or below those wider than ``width``.

    Example:
        >>> print(*definition_lines([("--seed N", "first"), ("--no-standardize", "x")], 8), sep="|")
          --seed N  first|  --no-standardize|            x
    """
    indent = " " * (width + 4)
    lines = []
    for term, text in rows:
        body = wrapped(text, indent) or [""]
        if places(term) > width:
            lines += [f"  {term}", *body]
        else:
            lines += [f"  {padded(term, width)}  {body[0].strip()}".rstrip(), *body[1:]]
    return lines


def wrapped(text: str, indent: str) -> list[str]:
    """A paragraph in lines of at most 80 places, each behind ``indent``."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and len(indent) + places(longer) > WIDTH:
            lines.append(indent + line)
            longer = word
        line = longer
    return [*lines, indent + line] if line else lines
