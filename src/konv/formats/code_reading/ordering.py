"""The order of axes: what a listing says or implies, and what becomes of Keras 1's channels first.

Weights are not there yet, so a network of Keras 1 that had its channels first can have them last:
shapes and axes are turned, and nothing else changes but the order in which Flatten takes the
numbers. Code of Keras 2 and 3 that names a ``data_format`` keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from konv.formats.code_reading.renaming import ORDERS
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.values import Made
from konv.formats.code_reading.versions import Dialect
from konv.formats.code_reading.vocabulary import words_of
from konv.language import translate as _
from konv.layers.base import Shape, shape_text

__all__ = ["Order", "find_order"]

# The layers that have a data_format.
_ORDERED = words_of(
    """
    AveragePooling2D Conv2D Conv2DTranspose Cropping2D DepthwiseConv2D Flatten
    GlobalAveragePooling2D GlobalMaxPooling2D MaxPooling2D SeparableConv2D SpatialDropout2D
    UpSampling2D ZeroPadding2D
    """
)
_COLOURS = (1, 3)  # channels of grey and of coloured pictures
# The axis of a batch with channels first -> with channels last.
_TURNED_AXES = {1: 3, 2: 1, 3: 2, -1: 2, -2: 1, -3: 3}


@dataclass
class Order:
    """What is done about the order of axes.

    Args:
        default: the data_format of a layer that names none.
        turned: whether channels that came first come last now.
    """

    default: str = "channels_last"
    turned: bool = False

    def shape(self, shape: Shape, line: int, run: Run) -> Shape:
        """The shape of the input."""
        if not self.turned or len(shape) != 3:
            return shape
        last = (*shape[1:], shape[0])
        run.note(
            line,
            _(
                "pictures are (height, width, channels) here: {shape} became {last}",
                shape=shape_text(shape),
                last=shape_text(last),
            ),
        )
        return last

    def config(
        self, kind: str, config: dict[str, Any], rank: int, line: int, run: Run
    ) -> dict[str, Any]:
        """The arguments of a layer, its own order and its axis in accord with the rest."""
        config = dict(config)
        if self.turned:
            config.pop("data_format", None)
            if kind == "Flatten" and rank == 3:
                run.note(
                    line,
                    _(
                        "Flatten takes the numbers of a map channel by channel last: weights that "
                        "were trained behind it would have to be sorted anew"
                    ),
                )
        elif kind in _ORDERED and self.default != "channels_last":
            config.setdefault("data_format", self.default)
        if self.turned and rank == 3 and kind in ("BatchNormalization", "Concatenate"):
            self._turn_axis(kind, config, line, run)
        return config

    def _turn_axis(self, kind: str, config: dict[str, Any], line: int, run: Run) -> None:
        axis = config.get("axis", -1)
        if axis not in _TURNED_AXES:
            return
        turned = _TURNED_AXES[axis]
        config["axis"] = -1 if turned == 3 else turned
        run.note(line, _("axis={axis} is axis={new} here", axis=axis, new=config["axis"]))
        if turned != 3:
            run.note(
                line,
                _(
                    "{kind} works on rows or columns, as written; axis=1 were the channels",
                    kind=kind,
                ),
            )


def find_order(
    run: Run, dialect: Dialect, shape: Shape | None, layers: Iterable[tuple[Made, dict[str, Any]]]
) -> Order:
    """What is to be done, from what the code sets, says in its layers, or implies.

    Args:
        run: what was found; takes a note of a guess.
        dialect: only Keras 1's pictures are turned.
        shape: of the input as it is written; None if it is not known.
        layers: each layer with its arguments.
    """
    said = [config["data_format"] for _made, config in layers if "data_format" in config]
    given = run.found.order
    default = "channels_last"
    if given is not None:
        default = ORDERS.get(given[0], given[0])
    if dialect.version > 1:
        return Order(default)
    if said:
        return Order(turned="channels_first" in said)
    if given is not None:
        return Order(turned=default == "channels_first")
    first = _looks_first(shape)
    if first and shape is not None:
        run.note(
            0,
            _(
                "{shape} was taken for (channels, height, width), the order of Theano: no "
                "dim_ordering says so",
                shape=shape_text(shape),
            ),
        )
    return Order(turned=first)


def _looks_first(shape: Shape | None) -> bool:
    return (
        shape is not None
        and len(shape) == 3
        and (shape[0] in _COLOURS and shape[2] not in (*_COLOURS, 4))
    )
