"""The list of commands: a command that is added here exists. Each is imported when it is used."""

from __future__ import annotations

import click

from konv.cli.base import Group
from konv.cli.terminal import Terminal
from konv.language import marked
from konv.version import __version__

__all__ = ["konv"]

# In the order in which a person meets them.
_SUMMARIES = {
    "demo": marked("train on handwritten digits in a minute, and see what it learned"),
    "train": marked("train a network on labelled pictures"),
    "evaluate": marked("how good a model is on labelled pictures"),
    "predict": marked("what is on pictures"),
    "summary": marked("shapes, parameters and cost of every layer of a network"),
    "compare": marked("networks side by side; with pictures, what they learn"),
    "size": marked("how large a map becomes; which windows make a size of another"),
    "convolve": marked("a kernel or a pool that slides over a matrix or a picture, step by step"),
    "draw": marked("a picture of a network: blocks, volumes, a graph, or text"),
    "explain": marked("one number of a network as the sum that it is"),
    "maps": marked("feature maps, filters and heat maps of a picture, as pictures"),
    "design": marked("networks that keep to limits, the most promising first"),
    "check": marked("what is wrong with a network, why, and what would be right"),
    "convert": marked("a model for another tool or from one: ONNX, Keras, PyTorch, C"),
    "explain-code": marked("what a code such as K104 or T103 means, and what to do"),
    "networks": marked("the networks that come with konv"),
    "data": marked("look for what is wrong with pictures; keep decoded ones or not"),
    "info": marked("what konv runs on, or what is in a model file"),
}


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        terminal = ctx.find_object(Terminal) or Terminal()
        terminal.say(f"konv {__version__}")
        terminal.answer({"konv": __version__})
        ctx.exit()


konv = Group(
    "konv",
    help=marked("Describe, check, train and ship convolutional neural networks (CNNs)."),
    modules={name: f"konv.cli.{name.replace('-', '_')}" for name in _SUMMARIES},
    summaries=_SUMMARIES,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help=marked("show which konv this is"),
        )
    ],
)
