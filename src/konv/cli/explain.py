"""``konv explain``: one number of a network as the sum that it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from konv.cli.base import argument, command, option
from konv.cli.explained_picture import picture_for
from konv.cli.models import label_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import COORDINATES, Value
from konv.constraints import Choice
from konv.files import write_atomically
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import WIDTH
from konv.model import Model, load
from konv.values.explaining import HOW
from konv.values.explanation import Explained, Explanation
from konv.values.text import participation_text

__all__ = ["explain"]

_SHOWN_NAMES = 20


@command(
    "explain",
    help=marked(
        "Show one number of a network as the sum that it is: the window, the kernel, every "
        "product, the bias and the activation, beside the number that the engine computed.\n\n"
        "With --weight and --label instead of --at: the gradient of one weight, as the sum over "
        "all places that the weight meets."
    ),
    examples=(
        "konv explain run/best.konv cat.jpg --layer conv2d_1 --at 3,4,0",
        "konv explain run/best.konv cat.jpg --layer conv2d_1 --at 3,4,0 --how im2col",
        "konv explain run/best.konv cat.jpg --layer dense_1 --at 2 --all",
        "konv explain best.konv cat.jpg --layer conv2d_1 --weight 0,0,0,5 --label cat",
    ),
)
@argument("model", help=marked("a model (.konv, .keras, .h5, .onnx)"))
@argument("picture", help=marked("a picture, or numbers in a .csv file: a line for each row"))
@option("--layer", metavar="NAME", help=marked("whose number; konv summary lists them"))
@option(
    "--at",
    type=COORDINATES,
    metavar="ROW,COLUMN,CHANNEL",
    help=marked("which number of its output, counted from 0; behind Flatten one number"),
)
@option(
    "--weight",
    type=COORDINATES,
    metavar="ROW,COLUMN,CHANNEL,FILTER",
    help=marked("which weight of Conv2D; of Dense INPUT,UNIT; a single number is a bias"),
)
@option("--label", metavar="CLASS", help=marked("what is on the picture, for --weight"))
@option(
    "--how",
    type=Value(Choice(HOW)),
    metavar="|".join(HOW),
    default=HOW[0],
    help=marked(
        "how a convolution is computed: channel by channel, as a row of the im2col matrix, or as "
        "a true convolution"
    ),
)
@option("--all", "all_terms", is_flag=True, help=marked("leave nothing out of long sums"))
@option(
    "--participation",
    is_flag=True,
    help=marked("also show in how many windows each place of the layer's input takes part"),
)
@option("--html", "page", metavar="FILE", help=marked("write a page to this file"))
@click.pass_context
def explain(context: click.Context, /, model: str, picture: str, **values: Any) -> None:
    """Compute, lay open, print."""
    terminal = context.ensure_object(Terminal)
    _check_together(context, values)
    loaded = load(model)
    if values["layer"] is None:
        names = ", ".join(node.name for node in loaded.network.nodes[:_SHOWN_NAMES])
        raise misused(
            context,
            _("{name} is missing", name="--layer"),
            _("one of {names}", names=names),
        )
    image = picture_for(loaded, picture)
    explained = _explained(loaded, image, values)
    if values["page"] is not None:
        write_atomically(values["page"], explained.html(all_terms=values["all_terms"]).encode())
        terminal.note(_("written: {path}", path=Path(values["page"])))
    facts = explained.to_dict()
    terminal.say(explained.text(all_terms=values["all_terms"], width=WIDTH))
    if values["participation"]:
        facts["participation"] = _show_participation(terminal, explained)
    terminal.answer(facts)


def _check_together(context: click.Context, values: dict[str, Any]) -> None:
    """Refuse options that say nothing together, before anything is read.

    Raises:
        ParameterError: K901.
    """
    if (values["at"] is None) == (values["weight"] is None):
        raise misused(
            context,
            _("which number?")
            if values["at"] is None
            else _("--at and --weight contradict each other"),
            _("--at ROW,COLUMN,CHANNEL, or --weight … with --label CLASS"),
        )
    if values["weight"] is not None and values["label"] is None:
        raise misused(
            context,
            _("--weight needs --label: the loss is that of a label"),
            _("--label CLASS"),
        )
    if values["weight"] is not None:
        for name in ("how", "participation"):
            if values[name] not in (HOW[0], False):
                raise misused(
                    context, _("--{name} says nothing with --weight", name=name), _("--at …")
                )
    elif values["label"] is not None:
        raise misused(context, _("--label says nothing without --weight"), _("--weight …"))


def _explained(model: Model, image: Any, values: dict[str, Any]) -> Explained:
    if values["weight"] is None:
        return model.explain(image, values["layer"], values["at"], how=values["how"])
    label = label_of(model, values["label"])
    return model.explain_gradient(image, label, values["layer"], values["weight"])


def _show_participation(terminal: Terminal, explained: Explained) -> Any:
    assert isinstance(explained, Explanation)  # a weight says nothing of it: refused before
    scene = explained.scene
    if scene is None:
        terminal.say("\n" + _("{layer} has no windows.", layer=explained.layer))
        return None
    terminal.say("\n" + participation_text(explained, WIDTH))
    return scene.participation.tolist()
