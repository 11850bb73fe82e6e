"""``konv summary``: what every layer of a network makes, holds, costs and sees."""

from __future__ import annotations

from pathlib import Path

import click

from konv.cli.base import argument, command, option
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.files import write_atomically
from konv.language import marked
from konv.language import translate as _
from konv.network.report import report

__all__ = ["command"]


@command(
    "summary",
    help=marked(
        "Show the shapes, the parameters and the cost of every layer, how much of the picture "
        "it sees, and what is dropped on the way."
    ),
    examples=(
        "konv summary lenet5",
        "konv summary net.yaml --html net.html",
        "konv summary run/best.konv --csv > layers.csv",
    ),
)
@argument(
    "network",
    help=marked("a name of konv networks, a network file (.yaml, .json) or a model (.konv)"),
)
@option("--csv", "as_csv", is_flag=True, help=marked("print the layers as CSV"))
@option("--html", "page", metavar="FILE", help=marked("write a page to this file"))
@click.pass_context
def summary(context: click.Context, network: str, as_csv: bool, page: str | None) -> None:
    """Print, and perhaps write, the report."""
    terminal = context.ensure_object(Terminal)
    if as_csv and terminal.json:
        raise misused(context, _("--csv and --json contradict each other"), _("one of them"))
    found = report(network_of(network))
    if page is not None:
        write_atomically(page, found.to_html(page=True).encode())
        terminal.note(_("written: {path}", path=Path(page)))
    if as_csv:
        terminal.pass_on(found.to_csv().rstrip("\n"))
    else:
        terminal.say(found.text())
    terminal.answer(found.to_dict())
