"""What a model's file may not say: the range of its pixels, the names of its classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from konv.cli.usage import misused
from konv.cli.values import Typed
from konv.constraints import Choice, RefusalError
from konv.data.preprocessing import Preprocessing
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.limits import MAX_CLASSES, MAX_NAMES_FILE_BYTES
from konv.model import Model

__all__ = ["CLASS_NAMES", "PIXEL_RANGE", "plain_preprocessing", "with_pixels"]

# What black and white are -> (mean, std) of pixels between 0 and 1.
_RANGES = MappingProxyType({"0..1": (0.0, 1.0), "0..255": (0.0, 1 / 255), "-1..1": (0.5, 0.5)})
PIXEL_RANGE = Choice(tuple(_RANGES))


class _ClassNames(Typed):
    """Names with commas between them, or the path of a file with one in each line."""

    def accept(self, value: Any) -> tuple[str, ...]:
        names = self._names(str(value))
        if not 1 < len(names) <= MAX_CLASSES or len(set(names)) < len(names):
            raise RefusalError(self.describe())
        return names

    def _names(self, value: str) -> tuple[str, ...]:
        path = Path(value)
        try:
            if not path.is_file():
                return tuple(name.strip() for name in value.split(",") if name.strip())
            if path.stat().st_size > MAX_NAMES_FILE_BYTES:
                raise RefusalError(self.describe())
            lines = path.read_text("utf-8-sig").splitlines()
        except (OSError, ValueError):
            raise RefusalError(self.describe()) from None
        return tuple(line.strip() for line in lines if line.strip())

    def describe(self) -> str:
        return _(
            "two names or more with commas between them, each once, or a file in UTF-8 with one in "
            "each line"
        )

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "cat", "cat,cat", ",", "a,,a")


CLASS_NAMES = _ClassNames()


def with_pixels(model: Model, word: str, context: click.Context) -> Preprocessing:
    """How a picture becomes the input of a model whose black and white are known.

    Raises:
        ParameterError: K901, its input is no picture.
    """
    plain = plain_preprocessing(model, "--pixels", context)
    mean, std = (float(value) for value in _RANGES[word])
    return replace(
        plain,
        mean=None if mean == 0 else (mean,) * plain.channels,
        std=None if std == 1 else (std,) * plain.channels,
    )


def plain_preprocessing(model: Model, option: str, context: click.Context) -> Preprocessing:
    """Pictures as large as the input of a model whose file says no more.

    Raises:
        ParameterError: K901, its input is no picture, so that the option says nothing.
    """
    shape = model.network.input_shape
    if len(shape) != 3 or model.network.picture_size[2] not in (1, 3):
        what = _(
            "{option} for an input {shape}, which is no picture",
            option=option,
            shape=shape_text(shape),
        )
        raise misused(context, what, _("leave {option} out", option=option))
    return Preprocessing(*model.network.picture_size)
