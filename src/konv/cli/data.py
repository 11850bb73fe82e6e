"""``konv data``: what is wrong with labelled pictures, and the cache of decoded ones."""

from __future__ import annotations

import click

from konv.cli.base import Group, argument, command, option
from konv.cli.terminal import Terminal
from konv.data import check as look_at
from konv.data.cache import cached, clear_cache
from konv.files import cache_folder
from konv.language import marked
from konv.language import translate as _

__all__ = ["cache", "check", "data"]

_SUMMARIES = {
    "check": marked("look at every picture, and say what would harm the training"),
    "cache": marked("decoded pictures that are kept for the next time"),
}

data = Group(
    "data",
    help=marked("Look after labelled pictures."),
    modules=dict.fromkeys(_SUMMARIES, __name__),
    summaries=_SUMMARIES,
)


@command(
    "check",
    help=marked(
        "Look at every picture once: bad files, empty and tiny classes, pictures that are there "
        "twice or in two splits, imbalance, sizes and colours."
    ),
    examples=("konv data check photos/", "konv data check photos/ --strict --json"),
)
@argument("data", help=marked("labelled pictures, as konv train takes them"))
@option("--strict", is_flag=True, help=marked("exit with code 1 if there are errors"))
@click.pass_context
def check(context: click.Context, data: str, strict: bool) -> None:
    """Print what was found."""
    terminal = context.ensure_object(Terminal)
    with terminal.bar(_("looking at pictures")) as progress:
        findings = look_at(data, progress)
    terminal.say(findings.text())
    terminal.answer(findings.to_dict())
    if strict and findings.worst == "error":
        context.exit(1)


@command(
    "cache",
    help=marked("Show where decoded pictures are kept and how much that is, or remove them."),
    examples=("konv data cache", "konv data cache --clear"),
)
@option("--clear", is_flag=True, help=marked("remove them; they are only kept to save time"))
@click.pass_context
def cache(context: click.Context, clear: bool) -> None:
    """Print, or remove, what is kept."""
    terminal = context.ensure_object(Terminal)
    sets, total_bytes = clear_cache() if clear else cached()
    text = _(
        "data sets: {sets:,}, {megabytes:,.1f} MB, in {folder}",
        sets=sets,
        megabytes=total_bytes / 1e6,
        folder=cache_folder(),
    )
    terminal.say(_("removed: {what}", what=text) if clear else text)
    terminal.answer(
        {"folder": cache_folder(), "sets": sets, "bytes": total_bytes, "cleared": clear}
    )
