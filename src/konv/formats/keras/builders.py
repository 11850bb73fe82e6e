"""What is made of the fields of a Keras layer: konv's layer of that name, nearly always.

Each function takes the layer in the making, all of its arguments, and the shape of its input where
that is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from konv.formats.keras.arguments import LayerInMaking
from konv.formats.keras.words import plain_value
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers import ELU, LAYERS, Activation, Flatten, Input
from konv.layers.base import Layer, Shape, shape_text

__all__ = [
    "Builder",
    "activation_layer",
    "elu",
    "gelu",
    "input_layer",
    "of_its_name",
    "passes_on",
    "permute",
    "pool",
    "reshape",
    "softmax",
]

Builder = Callable[[LayerInMaking, Mapping[str, Any], Shape | None], Layer | None]


def of_its_name(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """konv's layer of the same name."""
    return LAYERS[layer.kind](**layer.fields)


def pool(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """Keras writes out that the stride is as wide as the pool; konv's default says so too."""
    if plain_value(config.get("strides")) == plain_value(config.get("pool_size", [2, 2])):
        layer.fields.pop("strides", None)
    return LAYERS[layer.kind](**layer.fields)


def activation_layer(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    if "activation" in layer.fields:
        return Activation(**layer.fields)
    if not layer.behind:
        layer.refused.add(layer.where, "Activation()")
        return None
    # The layer that stands in the place of a word is all there is.
    first, layer.behind = layer.behind[0], layer.behind[1:]
    return replace(first, name=layer.fields.get("name"))


def elu(layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None) -> Layer | None:
    if layer.fields.get("alpha", 1.0) == 1:
        return Activation(activation="elu", name=layer.fields.get("name"))
    return ELU(**layer.fields)


def softmax(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    return Activation(activation="softmax", name=layer.fields.get("name"))


def gelu(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """A function of Keras, whose approximation is a word of its own in konv."""
    approximate = layer.fields.pop("approximate", True)
    if type(approximate) is not bool:
        layer.refuse("approximate", approximate)
        return None
    word = "gelu_tanh" if approximate else "gelu"
    return Activation(activation=word, name=layer.fields.get("name"))


def passes_on(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """A layer that does something in training only: here it always passes its input on."""
    layer.note(_("{kind} acts in training only; here it passes its input on", kind=layer.kind))
    return Activation(activation="linear", name=layer.fields.get("name"))


def permute(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    dims = layer.fields.pop("dims", None)
    if not isinstance(dims, (list, tuple)) or list(dims) != list(range(1, len(dims) + 1)):
        layer.refuse("dims", dims)
        return None
    layer.note(_("{kind} changes nothing here", kind=layer.kind))
    return Activation(activation="linear", name=layer.fields.get("name"))


def reshape(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    target = layer.fields.pop("target_shape", None)
    shape = _resolved(target, input_shape)
    if shape is not None and shape == input_shape:
        layer.note(_("{kind} changes nothing here", kind=layer.kind))
        return Activation(activation="linear", name=layer.fields.get("name"))
    if shape is not None and len(shape) == 1:
        layer.note(_("it does what Flatten does"))
        return Flatten(**layer.fields)
    shown = "?" if input_shape is None else shape_text(input_shape)
    layer.refuse(f"{shown} -> target_shape", target)
    return None


def _resolved(target: Any, input_shape: Shape | None) -> Shape | None:
    """The shape that a Reshape makes; None if it cannot be told."""
    if not isinstance(target, (list, tuple)) or input_shape is None:
        return None
    if not all(type(size) is int and (size > 0 or size == -1) for size in target):
        return None
    known = math.prod(size for size in target if size > 0)
    total = math.prod(input_shape)
    if target.count(-1) > 1 or total % known:
        return None
    shape = tuple(total // known if size == -1 else size for size in target)
    return shape if math.prod(shape) == total else None


def input_layer(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """The shape stands there with the batch, or without it."""
    fields = layer.fields
    batch = plain_value(config.get("batch_shape") or config.get("batch_input_shape"))
    if isinstance(batch, (list, tuple)) and batch:
        if batch[0] is not None:
            layer.note(_("the batch of {size} is ignored: konv takes any", size=str(batch[0])[:20]))
        fields["shape"] = batch[1:]
    shape = fields.get("shape")
    if not isinstance(shape, (list, tuple)):
        layer.refuse("shape", shape)
        return None
    if None in shape:
        layer.refused.add(
            layer.where,
            _(
                "an input of any size {shape}: konv needs numbers",
                shape=printable(str(tuple(shape))[:60]),
            ),
        )
        return None
    return Input(shape=tuple(shape), name=fields.get("name"))
