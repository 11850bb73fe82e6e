"""``konv summary``: what every layer of a network makes, holds, costs and sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konv.cli.base import argument, command, option
from konv.cli.forecast_options import (
    BATCH_SIZE,
    PICTURES,
    PIXELS,
    batch_size_of,
    pixels_of,
    refuse_without,
)
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.files import write_atomically
from konv.language import marked
from konv.language import translate as _
from konv.network.report import report

if TYPE_CHECKING:
    from konv.network.graph import Network

__all__ = ["summary"]

_USUAL_PICTURES = 60_000  # as many as MNIST has


@command(
    "summary",
    help=marked(
        "Show the shapes, the parameters and the cost of every layer, how much of the picture "
        "it sees, and what is dropped on the way.\n\n"
        "With --train also what training it takes on this machine: memory, the time to compile, "
        "and the time of an epoch, for which some steps on noise are measured."
    ),
    examples=(
        "konv summary lenet5",
        "konv summary net.yaml --html net.html",
        "konv summary run/best.konv --csv > layers.csv",
        "konv summary resnet8 --train --batch-size 64 --pictures 50000",
    ),
)
@argument(
    "network",
    help=marked(
        "a name of konv networks, a network file, a model (.konv, .keras, .h5, .onnx) or Keras "
        "code (.py)"
    ),
)
@option("--csv", "as_csv", is_flag=True, help=marked("print the layers as CSV"))
@option("--html", "page", metavar="FILE", help=marked("write a page to this file"))
@option("--train", "training", is_flag=True, help=marked("also show what training it takes"))
@BATCH_SIZE
@PIXELS
@PICTURES
@click.pass_context
def summary(
    context: click.Context, /, network: str, as_csv: bool, page: str | None, **values: Any
) -> None:
    """Print, and perhaps write, the report."""
    terminal = context.ensure_object(Terminal)
    if as_csv and terminal.json:
        raise misused(context, _("--csv and --json contradict each other"), _("one of them"))
    if as_csv and values["training"]:
        raise misused(context, _("--csv and --train contradict each other"), _("one of them"))
    training = values.pop("training")
    if not training:
        refuse_without(context, "--train", values)
    described = network_of(network)
    found = report(described)
    if page is not None:
        write_atomically(page, found.to_html(page=True).encode())
        terminal.note(_("written: {path}", path=Path(page)))
    if as_csv:
        terminal.pass_on(found.to_csv().rstrip("\n"))
    else:
        terminal.say(found.text())
    facts = found.to_dict()
    if training:
        facts["training"] = _show_training(terminal, described, values)
    terminal.answer(facts)


def _show_training(
    terminal: Terminal, network: Network, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Print what training a network takes; the same as data."""
    # The compiler is loaded where it is needed only.
    from konv.cli.training_text import training_facts, training_lines
    from konv.engines.compiled.forecast.estimate import estimated

    estimate = estimated(network, batch_size=batch_size_of(values), kind=pixels_of(values))
    pictures = values["pictures"] or _USUAL_PICTURES
    terminal.say("\n" + "\n".join(training_lines(estimate, pictures)))
    return training_facts(estimate, pictures)
