"""``konv networks``: the networks that come with konv."""

from __future__ import annotations

import click

from konv.cli.base import command
from konv.cli.help import wrapped
from konv.cli.terminal import Terminal
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import table
from konv.network import NamedNetwork, named_networks
from konv.network.rows import times

__all__ = ["networks"]


@command(
    "networks",
    help=marked("List the networks that come with konv: what they are for, and what they cost."),
    examples=("konv networks", "konv summary resnet8", "konv train photos/ --network resnet8"),
)
@click.pass_context
def networks(context: click.Context) -> None:
    """Print the list."""
    terminal = context.ensure_object(Terminal)
    named = named_networks()
    terminal.say(_text(named))
    terminal.answer({"networks": [_facts(one) for one in named]})


def _text(named: tuple[NamedNetwork, ...]) -> str:
    rows = [[_("name"), _("input"), _("outputs"), _("parameters"), _("MACs")]]
    rows += [
        [
            one.name,
            times(one.network.input_shape),
            times(one.network.output_shape),
            f"{one.network.parameters:,}",
            f"{one.network.macs:,}",
        ]
        for one in named
    ]
    head, *lines = table(rows)
    blocks = [
        "\n".join([line, *wrapped(one.description, "    ")])
        for one, line in zip(named, lines, strict=True)
    ]
    closing = _("1 MAC = one multiply-add for one picture. konv summary NAME shows every layer.")
    return "\n".join([head, *blocks, "", closing])


def _facts(named: NamedNetwork) -> dict[str, object]:
    return {
        "name": named.name,
        "description": named.description,
        "input_shape": named.network.input_shape,
        "output_shape": named.network.output_shape,
        "parameters": named.network.parameters,
        "macs": named.network.macs,
        "adapts_input": named.adapts_input,
        "adapts_classes": named.adapts_classes,
    }
