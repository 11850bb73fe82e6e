"""The shape of one picture, from the arguments that the versions of Keras had for it."""

from __future__ import annotations

from typing import Any

from konv.formats.code_reading.run import Run
from konv.language import translate as _
from konv.layers.base import Shape
from konv.parameters import short_text

__all__ = ["declared_shape"]

_WITH_BATCH = ("batch_shape", "batch_input_shape")
_WITHOUT = ("shape", "input_shape")


def declared_shape(config: dict[str, Any], line: int, run: Run) -> tuple[Shape | None, int]:
    """(the shape that a layer declares for its input, its line); refused if there is none.

    Args:
        config: the arguments of the layer.
        line: where it stands.
        run: takes the refusal.
    """
    shape: Any = None
    for name in _WITH_BATCH:
        given = config.get(name)
        if isinstance(given, (list, tuple)) and given:
            shape = list(given[1:])
    for name in _WITHOUT:
        if config.get(name) is not None:
            shape = config[name]
    size, length = config.get("input_dim"), config.get("input_length")
    if shape is None and size is not None:
        shape = [size] if length is None else [length, size]
    if isinstance(shape, int):
        shape = [shape]  # input_shape=(784) is a number in brackets
        run.note(line, _("input_shape={size} was taken for ({size},)", size=shape[0]))
    if not isinstance(shape, (list, tuple)) or not shape:
        run.refuse(line, _("no input_shape is given"))
        return None, line
    if not all(type(number) is int and number > 0 for number in shape):
        run.refuse(
            line, _("input_shape={shape}: konv needs every number", shape=short_text(tuple(shape)))
        )
        return None, line
    return tuple(shape), line
