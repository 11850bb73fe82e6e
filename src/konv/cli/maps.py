"""``konv maps``: what layers make of a picture, and what in it an answer rests on, as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konv.cli.base import argument, command, option
from konv.cli.explained_picture import picture_for
from konv.cli.maps_files import Destination, destination, written_files
from konv.cli.maps_found import Wanted, found
from konv.cli.maps_text import facts_of, text_of
from konv.cli.models import label_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import SIZE, Value
from konv.constraints import Choice, Integer
from konv.language import marked
from konv.language import translate as _
from konv.limits import MAX_SIDE
from konv.model import load

if TYPE_CHECKING:
    from konv.explain.maps import Findings

__all__ = ["maps"]

_METHODS = ("grad-cam", "occlusion")
_MOST_PICTURES = 100
_TOP = 9


@command(
    "maps",
    help=marked(
        "Draw what the layers of a network make of a picture: the feature maps of every layer, or "
        "of one with --layer.\n\n"
        "With --filters, --heat or --data these instead: the filters of every convolution; where "
        "the picture speaks for a class; the pictures of a set that each channel of a layer "
        "answers to most. --all is everything together.\n\n"
        "A PNG for each goes into a folder named after the picture, or with --html all into one "
        "page that needs no other file. Without --out nothing is replaced that holds something "
        "else."
    ),
    examples=(
        "konv maps run/best.konv cat.jpg",
        "konv maps run/best.konv cat.jpg --heat grad-cam --out cat-heat.png",
        "konv maps run/best.konv cat.jpg --heat occlusion --label dog --patch 8",
        "konv maps run/best.konv cat.jpg --layer conv2d_2 --data photos/",
        "konv maps run/best.konv cat.jpg --all --html",
    ),
)
@argument("model", help=marked("a model (.konv, .keras, .h5, .onnx)"))
@argument("picture", help=marked("a picture, or numbers in a .csv file: a line for each row"))
@option("--layer", metavar="NAME", help=marked("only this layer; konv summary lists them"))
@option("--filters", is_flag=True, help=marked("the filters of convolutions"))
@option(
    "--heat",
    "heats",
    multiple=True,
    type=Value(Choice(_METHODS)),
    metavar="|".join(_METHODS),
    help=marked("where the picture speaks for a class; may be given twice"),
)
@option(
    "--label",
    metavar="CLASS",
    help=marked("the class, for --heat; without it, what the picture is taken for"),
)
@option(
    "--patch",
    type=SIZE,
    metavar="HxW",
    help=marked("what occlusion covers; without it, a quarter of the shorter side"),
)
@option(
    "--stride",
    type=Value(Integer(1, MAX_SIDE)),
    metavar="N",
    help=marked("pixels from one patch to the next; without it, a quarter of the patch"),
)
@option(
    "--data",
    metavar="DATA",
    help=marked("pictures, as konv train's: those that channels answer to most"),
)
@option(
    "--top",
    type=Value(Integer(1, _MOST_PICTURES)),
    metavar="N",
    help=marked("how many of them for each channel; 9 without it"),
)
@option("--all", "everything", is_flag=True, help=marked("all that suits the network"))
@option("--html", "page", is_flag=True, help=marked("one page instead of a folder of PNGs"))
@option(
    "--out",
    metavar="FOLDER|FILE",
    help=marked("a folder; or a file that ends in .html, or for a single figure in .png or .svg"),
)
@click.pass_context
def maps(context: click.Context, /, model: str, picture: str, **values: Any) -> None:
    """Compute, draw, write."""
    terminal = context.ensure_object(Terminal)
    _check_together(context, values)
    wanted_file = destination(context, picture, values["out"], page=values["page"])
    loaded = load(model)
    image = picture_for(loaded, picture)
    label = None if values["label"] is None else label_of(loaded, values["label"])
    wanted = Wanted(
        layer=values["layer"],
        filters=values["filters"],
        heats=values["heats"],
        label=label,
        patch=values["patch"],
        stride=values["stride"],
        data=values["data"],
        top=values["top"] or _TOP,
        everything=values["everything"],
    )
    findings = found(loaded, image, Path(picture).name, wanted, terminal)
    files = _written(context, findings, wanted_file, terminal)
    terminal.say(text_of(findings, files))
    terminal.answer({"model": model, "picture": picture, **facts_of(findings, files)})


def _written(
    context: click.Context, findings: Findings, place: Destination, terminal: Terminal
) -> list[Path]:
    from konv.explain.maps import figures_of

    figures = {} if place.is_page else figures_of(findings)
    if place.is_figure and len(figures) > 1:
        names = ", ".join(list(figures)[:5]) + (", …" if len(figures) > 5 else "")
        raise misused(
            context,
            _("{count} figures do not fit into one file: {names}", count=len(figures), names=names),
            _("--layer NAME or one --heat for a single figure; a folder; or --out FILE.html"),
        )
    return written_files(findings, figures, place, terminal)


def _check_together(context: click.Context, values: dict[str, Any]) -> None:
    """Refuse options that say nothing together, before anything is read.

    Raises:
        ParameterError: K901.
    """
    occludes = "occlusion" in values["heats"] or values["everything"]
    for name, needed, there in (
        ("label", "--heat grad-cam", bool(values["heats"]) or values["everything"]),
        ("patch", "--heat occlusion", occludes),
        ("stride", "--heat occlusion", occludes),
        ("top", "--data DATA", values["data"] is not None),
    ):
        if values[name] is not None and not there:
            raise misused(context, _("{option} needs {other}", option=f"--{name}", other=needed))
