"""``konv convert``: a model or a network for another tool, or from one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
import numpy as np

from konv.cli.base import argument, command, option
from konv.cli.convert_sources import Converted, converted
from konv.cli.convert_values import CLASS_NAMES, PIXEL_RANGE, plain_preprocessing, with_pixels
from konv.cli.kept import refuse_to_replace
from konv.cli.pictures import load_pictures, network_inputs
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import Value
from konv.constraints import Choice
from konv.data.options import LoadOptions
from konv.errors import FormatError
from konv.formats.exchange.exporting import Exported
from konv.formats.exchange.target import Target
from konv.formats.object_code.platforms import PLATFORMS
from konv.formats.object_code.target import ObjectTarget
from konv.formats.targets import TARGETS, target_for, target_named
from konv.language import marked
from konv.language import translate as _
from konv.model import Model
from konv.training.labels import Labels

__all__ = ["convert"]

_COMPARED_PICTURES = 1_000


@command(
    "convert",
    help=marked(
        "Write a model for another tool, or read one that another tool wrote.\n\n"
        "What is written is proven: another program computes it, too, for random pictures or those "
        "of --data, and the largest difference is printed; if it is more than rounding, nothing is "
        "written. What a format lacks is refused, all of it at once; nothing is dropped.\n\n"
        "Without --out the file is written to this folder, unless something else is there."
    ),
    examples=(
        "konv convert run/best.konv --to onnx",
        "konv convert mnist_cnn.keras --to konv --pixels 0..1",
        "konv convert old_tutorial.py --to yaml",
        "konv convert run/best.konv --to c --data photos/",
    ),
)
@argument(
    "source",
    help=marked(
        "a model (.konv, .keras, .h5, .onnx), a network file (.yaml, .json), a name of konv "
        "networks, or Keras code (.py, .ipynb, .md, .txt), which is read and never run"
    ),
)
@option(
    "--to",
    type=Value(Choice(tuple(TARGETS))),
    metavar="FORMAT",
    help=marked(
        "konv, yaml, json, onnx, keras, safetensors, torch-code, keras-code, konv-code, c or "
        "object; without it, what the ending of --out says"
    ),
)
@option("--out", metavar="FILE", help=marked("write to this file, which is replaced"))
@option("--data", metavar="DATA", help=marked("compare with these pictures, up to 1,000 of them"))
@option(
    "--pixels",
    type=Value(PIXEL_RANGE),
    metavar="RANGE",
    help=marked("what black and white are to the model: 0..1, 0..255 or -1..1"),
)
@option(
    "--target",
    type=Value(Choice(tuple(PLATFORMS))),
    metavar="NAME",
    help=marked(
        "what object is for: x86_64, which is meant without it, aarch64-linux-gnu, "
        "thumbv7em-none-eabi or wasm32"
    ),
)
@option(
    "--class-names",
    type=Value(CLASS_NAMES),
    metavar="NAMES",
    help=marked("what the outputs stand for: cat,dog, or a file with a name in each line"),
)
@click.pass_context
def convert(context: click.Context, /, source: str, **options: Any) -> None:
    """Read, write, prove, print."""
    terminal = context.ensure_object(Terminal)
    target = _target(context, options)
    out = Path(options["out"] or Path(source).stem + target.ending)
    if options["out"] is None:
        keep = _keeper(out)
    else:
        keep = _replacer(Path(source))
        keep(out, b"")  # said before anything is read and proven
    read = converted(source, settled=[name for name, value in options.items() if value is not None])
    model = read.model
    _complete(model, options, context)
    pictures = _pictures(model, options["data"], context)
    exported = model.export(out, to=target, pictures=pictures, before_writing=keep)
    _say(terminal, read, exported)
    terminal.answer({**read.to_dict(), **exported.to_dict()})


def _target(context: click.Context, options: dict[str, Any]) -> Target:
    if options["target"] is not None:
        if options["to"] != ObjectTarget.name:
            raise misused(context, _("--target says nothing without --to object"), "--to object")
        return ObjectTarget(options["target"])
    if options["to"] is not None:
        return target_named(options["to"])
    if options["out"] is None:
        what = _("convert to what?")
        raise misused(context, what, _("--to {names}", names="|".join(TARGETS)))
    return target_for(options["out"])


def _complete(model: Model, options: dict[str, Any], context: click.Context) -> None:
    """Tell the model what its file does not say."""
    if options["pixels"] is not None:
        model.preprocessing = with_pixels(model, options["pixels"], context)
    if options["class_names"] is not None:
        model.labels = Labels(options["class_names"])
        model.contents()  # refuses another number of names than of outputs


def _keeper(out: Path) -> Any:
    return lambda path, content: refuse_to_replace(path, content, out=out)


def _replacer(source: Path) -> Any:
    """What is there is replaced, but never the model that was read."""

    def refuse(path: Path, content: bytes) -> None:
        if path.exists() and source.exists() and path.samefile(source):
            raise FormatError(
                _("that is the file that was read"),
                code="K405",
                where=str(path),
                fix=_("another --out"),
            )

    return refuse


def _pictures(model: Model, data: str | None, context: click.Context) -> Any:
    """Pictures to compare with, those of a test first, as the network takes them; None: random."""
    if data is None:
        return None
    known = model.preprocessing or plain_preprocessing(model, "--data", context)
    size = (known.height, known.width)
    options = LoadOptions(size=size, channels=known.channels, policy=known.policy)
    splits = load_pictures(data, options, context.ensure_object(Terminal)).splits
    ordered = sorted(splits, key=lambda name: name != "test")
    images = np.concatenate([splits[name].images[:_COMPARED_PICTURES] for name in ordered])
    return network_inputs(images[:_COMPARED_PICTURES], model.network)


def _say(terminal: Terminal, read: Converted, exported: Exported) -> None:
    for text in read.notes:
        terminal.say(text)
    if read.agreement is not None:
        terminal.say(_("as it was read: {agreement}", agreement=read.agreement.text()))
    elif read.unproven:
        terminal.say(_("as it was read, not compared: {reason}", reason=read.unproven))
    if read.untrained:
        terminal.note(_("its weights are new: nothing was trained"))
    for path in exported.paths:
        terminal.say(_("written: {path}", path=shlex.quote(str(path))))
    for note in exported.notes:
        terminal.say(str(note))
    if exported.agreement is not None:
        terminal.say(exported.agreement.text())
    else:
        terminal.say(_("not compared: {reason}", reason=exported.unproven))
