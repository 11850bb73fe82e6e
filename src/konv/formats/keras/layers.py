"""One layer of Keras 2 or 3, by its class and its arguments, as konv has it.

Only the classes below are known, each with the arguments that it may have: any other class and any
other argument is refused. What a file says is looked up in these tables; nothing is imported by the
name that a file gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from konv.errors import KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.arguments import LayerInMaking, short_text_of
from konv.formats.keras.classes import ALIASES, CLASSES
from konv.formats.texts import printable
from konv.layers.base import Layer, Shape
from konv.limits import MAX_NAME_CHARACTERS

__all__ = ["KNOWN_CLASSES", "arguments_of", "translated"]

KNOWN_CLASSES = frozenset((*CLASSES, *ALIASES))


def translated(
    class_name: str,
    config: Mapping[str, Any],
    where: str,
    notes: list[Note],
    refused: Refusals,
    *,
    input_shape: Shape | None = None,
) -> tuple[Layer, ...]:
    """konv's layers for one layer of Keras.

    Args:
        class_name: such as ``"Conv2D"``.
        config: its arguments in the words of Keras 2 or 3, as plain data.
        where: its place, for notes and refusals.
        notes: what is ignored or written differently is added here.
        refused: what is not supported is added here.
        input_shape: of one picture, where it is known: Reshape can only be judged by it.

    Returns:
        The layers, one behind the other: nearly always one; two where an activation has no name in
        konv; none if anything was refused.

    Example:
        >>> refused = Refusals()
        >>> config = {"filters": 8, "kernel_size": [3, 3], "activation": "relu6"}
        >>> for layer in translated("Conv2D", config, "layer 1", [], refused): print(layer)
        Conv2D(filters=8, kernel_size=3)
        ReLU(max_value=6.0)
        >>> translated("Lambda", {}, "layer 2", [], refused)
        ()
        >>> refused.found
        [('layer 2', 'Lambda')]
    """
    kind = ALIASES.get(class_name, class_name)
    known = CLASSES.get(kind)
    if known is None:
        refused.add(where, printable(short_text_of(class_name)))
        return ()

    def inner(name: str, inner_config: Mapping[str, Any]) -> tuple[Layer, ...]:
        return translated(name, inner_config, where, notes, refused)

    layer = LayerInMaking(kind, where, notes, refused, inner)
    for name, value in config.items():
        known.arguments.get(name, _unknown)(layer, name, value)
    if layer.failed:
        return ()
    try:
        made = known.build(layer, config, input_shape)
    except KonvError as error:
        reason = f"{error.what}; {error.fix}" if error.fix else error.what
        refused.add(where, f"{kind}: {printable(reason)}")
        return ()
    return () if made is None else (made, *_named_behind(layer, made))


def arguments_of(class_name: str) -> tuple[str, ...]:
    """The names of the arguments that a known class may have.

    Example:
        >>> arguments_of("Flatten")[-1]
        'data_format'
    """
    return tuple(CLASSES[ALIASES.get(class_name, class_name)].arguments)


def _unknown(layer: LayerInMaking, name: str, value: Any) -> None:
    layer.refuse(name, value)


def _named_behind(layer: LayerInMaking, made: Layer) -> tuple[Layer, ...]:
    """The layers behind it, called after it if it has a name."""
    ending = "_activation"
    stem = made.name and made.name[: MAX_NAME_CHARACTERS - len(ending)]
    return tuple(replace(one, name=stem and stem + ending) for one in layer.behind)
