"""``konv draw``: a picture of a network, as a file or as text."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from konv.cli.base import argument, command, option
from konv.cli.kept import refuse_to_replace
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.values import Value
from konv.explain.drawing import STYLE, Drawing
from konv.explain.drawing import draw as drawn
from konv.language import marked
from konv.language import translate as _

__all__ = ["draw"]

_STANDARD_OUTPUT = "-"


@command(
    "draw",
    help=marked(
        "Draw a network.\n\n"
        "blocks, volumes and graph are SVG files, for light and dark pages, that need nothing "
        "else: browsers show them, and Inkscape or LibreOffice make other formats of them. "
        "mermaid is a flowchart for Markdown, text is plain text.\n\n"
        "Without --out a picture is written to NAME-STYLE.svg in this folder, unless that exists, "
        "and text is printed."
    ),
    examples=(
        "konv draw lenet5",
        "konv draw resnet8 --style graph --out resnet8.svg",
        "konv draw net.yaml --style text",
        "konv draw run/best.konv --style volumes --out - > model.svg",
    ),
)
@argument(
    "network",
    help=marked(
        "a name of konv networks, a network file, a model (.konv, .keras, .h5, .onnx) or Keras "
        "code (.py)"
    ),
)
@option(
    "--style",
    type=Value(STYLE),
    default="blocks",
    metavar="STYLE",
    help=marked("blocks, volumes, graph, mermaid or text"),
)
@option(
    "--out",
    metavar="FILE",
    help=marked("write to this file, which is replaced; - prints it"),
)
@click.pass_context
def draw(context: click.Context, /, network: str, style: str, out: str | None) -> None:
    """Draw, and write or print it."""
    terminal = context.ensure_object(Terminal)
    drawing = drawn(network_of(network), style)
    prints = out == _STANDARD_OUTPUT or (out is None and drawing.svg is None)
    file = None if prints else _saved(drawing, network, out)
    if file is not None:
        terminal.say(_("written: {path}", path=file))
    elif drawing.svg is not None:
        terminal.pass_on(_for_this_screen(drawing.text.rstrip("\n")))
    else:
        terminal.say(drawing.text.rstrip("\n"))
    terminal.answer(
        {
            "style": style,
            "file": file,
            "characters": len(drawing.text),
            **({"text": drawing.text} if prints else {}),
        }
    )


def _for_this_screen(svg: str) -> str:
    """Letters that standard output cannot hold by their numbers, which is the same in SVG."""
    encoding = sys.stdout.encoding or "ascii"
    return svg.encode(encoding, "xmlcharrefreplace").decode(encoding)


def _saved(drawing: Drawing, network: str, out: str | None) -> Path:
    if out is not None:
        return drawing.save(out)
    path = Path(f"{Path(network).stem}-{drawing.style}{drawing.endings[0]}")
    refuse_to_replace(path, drawing.text.encode())
    return drawing.save(path)
