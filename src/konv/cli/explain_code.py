"""``konv explain-code``: what a code of an error or of a rule means, and what to do."""

from __future__ import annotations

import re

import click

from konv.cli.base import argument, command
from konv.cli.help import wrapped
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.constraints import did_you_mean
from konv.language import marked
from konv.language import translate as _
from konv.language.pages import Section, sections

__all__ = ["explain_code"]

# A block of code with its fence, or a paragraph.
_BLOCK = re.compile(r"```\w+\n(?P<code>.*?)\n```|(?P<prose>(?!```)[^\n](?:(?!\n\n).)*)", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\.md[^)\s]*\)")


@command(
    "explain-code",
    help=marked(
        "Explain a code: what it means and why it matters, with an example, what konv says of "
        "it, and a fix. K codes are those of errors, D codes those of konv check, T codes those "
        "of konv train."
    ),
    examples=(
        "konv explain-code K104",
        "konv explain-code D101 --lang ko",
        "konv explain-code T103",
    ),
)
@argument("code", help=marked("a code such as K104, D101 or T103"))
@click.pass_context
def explain_code(context: click.Context, code: str) -> None:
    """Print the page of the code."""
    terminal = context.ensure_object(Terminal)
    known = sections()
    section = known.get(code.upper())
    if section is None:
        raise misused(
            context,
            _("there is no code {code}", code=repr(code)[:60]) + did_you_mean(code.upper(), known),
            _("a code that an error, konv check or konv train has shown, such as K104 or D101"),
        )
    terminal.say(_text(section))
    terminal.answer({"code": section.code, "title": section.title, "body": section.body})


def _text(section: Section) -> str:
    blocks = [f"{section.code}: {section.title}"]
    for found in _BLOCK.finditer(section.body):
        if found["code"] is not None:
            blocks.append("\n".join(f"    {line}".rstrip() for line in found["code"].splitlines()))
        else:
            prose = _LINK.sub(r"\1", found["prose"].replace("**", ""))
            blocks.append("\n".join(wrapped(prose, "")))
    return "\n\n".join(blocks)
