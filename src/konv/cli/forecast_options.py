"""The options of ``konv info --plan`` and ``konv summary --train``: what is foretold, for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from konv.cli.base import option
from konv.cli.run_plan import TrainingOptions
from konv.cli.usage import misused
from konv.cli.values import Value
from konv.constraints import Choice, Integer
from konv.engines.contract import PRECISIONS
from konv.language import marked
from konv.language import translate as _
from konv.limits import MAX_BATCH_SIZE, MAX_PICTURES

__all__ = [
    "BATCH_SIZE",
    "PICTURES",
    "PIXELS",
    "PLAN_PRECISION",
    "batch_size_of",
    "pixels_of",
    "refuse_without",
]

_PIXELS = ("uint8", "float32")

BATCH_SIZE = option(
    "--batch-size",
    type=Value(Integer(1, MAX_BATCH_SIZE)),
    metavar="N",
    help=marked("pictures that are worked on together; without it, as many as konv train takes"),
)
PIXELS = option(
    "--pixels",
    type=Value(Choice(_PIXELS)),
    metavar="KIND",
    help=marked("of the pictures: uint8, as in picture files, or float32"),
)
PLAN_PRECISION = option(
    "--precision",
    type=Value(Choice(PRECISIONS)),
    metavar="KIND",
    help=marked("of the products of a prediction: float32 or bf16"),
)
PICTURES = option(
    "--pictures",
    type=Value(Integer(1, MAX_PICTURES)),
    metavar="N",
    help=marked("how many pictures an epoch has; without it, 60,000"),
)


def batch_size_of(values: Mapping[str, Any]) -> int:
    """The batch that was asked for, or that of ``konv train``."""
    return int(values["batch_size"] or TrainingOptions.batch_size)


def pixels_of(values: Mapping[str, Any]) -> str:
    """The kind of pixels that was asked for, or that of picture files."""
    return str(values["pixels"] or _PIXELS[0])


def refuse_without(context: click.Context, needed: str, values: Mapping[str, Any]) -> None:
    """Refuse options that say nothing without another one.

    Args:
        context: of the command.
        needed: the other option, which was not given.
        values: option -> what was given; None where nothing was.

    Raises:
        ParameterError: K901, one of them was given.
    """
    for parameter in context.command.params:
        if values.get(parameter.name or "") is not None:
            raise misused(
                context,
                _(
                    "{option} says nothing without {needed}",
                    option=parameter.opts[0],
                    needed=needed,
                ),
                _("{needed}, or leave it out", needed=needed),
            )
