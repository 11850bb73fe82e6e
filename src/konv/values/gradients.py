"""The gradient of one weight: the sum over all its places of what it meets times what flows back.

With g the gradient of z, what the layer makes before its activation::

    convolution   ∂L/∂w[u, v, c, f] = Σ_{i, j} x[i·s + u·d, j·s + v·d, c] · g[i, j, f]
    dense         ∂L/∂w[c, u] = Σ x[c] · g[u]          over the places of a map, or the only one
    bias          ∂L/∂b[f] = Σ g[…, f]
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from konv.errors import ParameterError
from konv.language import translate as _
from konv.layers.base import Array, Shape
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.dropout import Dropout
from konv.layers.normalization import BatchNormalization
from konv.losses import Loss
from konv.network.graph import Network, Node
from konv.values.backward import KEY, Flow, flow_of
from konv.values.explanation import GradientExplanation
from konv.values.parts import Part
from konv.values.positions import checked_place
from konv.values.running import Subject
from konv.values.steps import Sum
from konv.values.window import Window

__all__ = ["explain_gradient"]


def explain_gradient(
    subject: Subject, loss: Loss, targets: Array, layer: str, weight: Any
) -> GradientExplanation:
    """The gradient of the loss of one picture by one weight of a Conv2D or Dense.

    Args:
        subject: the network, its weights and the picture.
        loss: how wrong the output is.
        targets: as the loss's ``prepare_targets`` returns them, of one picture.
        layer: the name of the layer.
        weight: which number of its kernel, (row, column, channel, filter) or (input, unit); or
            (filter,) for one of its biases.

    Raises:
        NetworkError: K305, there is no such layer; K311, it has no such weight.
        ParameterError: K201, the layer is neither Conv2D nor Dense.
    """
    node = subject.network.node(layer)
    if not isinstance(node.layer, (Conv2D, Dense)):
        raise _other_kind(subject.network, node)
    own, place, words = _which(node, weight)
    flow = flow_of(subject, loss, targets)
    uses = [use for use in flow.nodes if use.weights_of == node.weights_of]
    parts = tuple(_part(use, flow, own, place, len(uses) > 1) for use in uses)
    array = node.weight_names[own]
    step = subject.engine.compile(subject.network, loss=loss, pixels=subject.pixels)
    made = step.loss_and_gradients(subject.weights, subject.picture[np.newaxis], targets, key=KEY)
    title = _("every number that the weight meets, times the gradient g of what it makes")
    if own == "bias":
        title = _("the gradients g of all places that the bias is added to")
    return GradientExplanation(
        network=subject.network.name,
        layer=node.name,
        kind=type(node.layer).__name__,
        at=place,
        place=", ".join(f"{word} {index}" for word, index in zip(words, place, strict=True)),
        shape=subject.weights[array].shape,
        steps=(Sum(title, parts),),
        value=float(made.gradients[array][place]),
        engine=subject.engine.name,
        weight=array,
        loss=type(loss).__name__,
        loss_value=flow.loss,
        remarks=tuple(_remarks(subject.network)),
    )


def _which(node: Node, weight: Any) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """(the layer's name of the array, the place in it, what its coordinates are called)."""
    specs = {spec.name: spec for spec in node.weight_specs}
    convolves = isinstance(node.layer, Conv2D)
    words = {
        "kernel": (_("row"), _("column"), _("channel"), _("filter"))
        if convolves
        else (_("input"), _("unit")),
        "bias": (_("filter"),) if convolves else (_("unit"),),
    }
    alone = isinstance(weight, int) or (isinstance(weight, (tuple, list)) and len(weight) == 1)
    own = "bias" if alone and "bias" in specs else "kernel"
    array = node.weight_names[own]
    return own, checked_place("weight", weight, specs[own].shape, words[own], array), words[own]


def _part(use: Node, flow: Flow, own: str, place: tuple[int, ...], several: bool) -> Part:
    """What one use of the weights adds: its places in reading order."""
    x, g = flow.inputs[use.name][0][0], flow.gradients[use.name][0]
    if isinstance(use.layer, Conv2D):
        back = use.layer.to_last(g[np.newaxis])[0][..., place[-1]]
    else:
        back = g[..., place[-1]]
    grid = (back.shape[0], back.shape[1]) if back.ndim == 2 else None
    made = _all_places(back.shape)
    if own == "bias":
        name = use.name if several else _("gradients g")
        return Part(back.reshape(-1), made, np.ones(back.size, bool), name=name, grid=grid)
    convolves = isinstance(use.layer, Conv2D)
    return replace(
        _met_by_convolution(use, x, place) if convolves else _met_by_dense(x, place[0]),
        weights=back.reshape(-1),
        weight_places=made,
        name=use.name if several else _("numbers it meets"),
        grid=grid,
        weights_name=_("gradients g"),
    )


def _met_by_convolution(use: Node, x: Array, place: tuple[int, ...]) -> Part:
    """The numbers that an element of a kernel meets: a window of one for each place it makes."""
    layer = use.layer
    assert isinstance(layer, Conv2D)
    u, v, k, filter_ = place
    maps = layer.to_last(x[np.newaxis])[0]
    if layer.true_convolution:
        u, v = layer.kernel_size[0] - 1 - u, layer.kernel_size[1] - 1 - v
    channel = filter_ // (layer.filters // layer.groups) * (maps.shape[2] // layer.groups) + k
    rows, columns = (
        np.arange(axis.output) * axis.stride - axis.before + element * axis.dilation
        for axis, element in zip(layer.axes(*use.input_shapes), (u, v), strict=True)
    )
    return Window(maps, rows, columns, layer.channels_first).part(channel)


def _met_by_dense(x: Array, index: int) -> Part:
    """The numbers that a weight meets: one, or on a map one for each place."""
    numbers = x[..., index]
    along = np.full((numbers.size, 1), index)
    places = np.concatenate([_all_places(numbers.shape), along], axis=1)
    return Part(numbers.reshape(-1), places, np.ones(numbers.size, bool))


def _all_places(shape: Shape) -> Array:
    """[n, rank] every place of an array, in reading order; a single number has one without axes."""
    return np.array(list(np.ndindex(*shape)), int).reshape(math.prod(shape), len(shape))


def _remarks(network: Network) -> list[str]:
    kinds = {type(node.layer) for node in network.nodes}
    remarks = []
    if Dropout in kinds:
        remarks.append(_("Dropout drops what it drops with the key {key}.", key=KEY))
    if BatchNormalization in kinds:
        remarks.append(
            _("BatchNormalization looks at this picture alone, as a batch of one would.")
        )
    return remarks


def _other_kind(network: Network, node: Node) -> ParameterError:
    names = [item.name for item in network.nodes if isinstance(item.layer, (Conv2D, Dense))]
    return ParameterError(
        _(
            "the gradient of a weight is explained of Conv2D and Dense; {layer} is {kind}",
            layer=node.name,
            kind=type(node.layer).__name__,
        ),
        code="K201",
        where="explain",
        fix=_("one of {names}", names=", ".join(names[:20])) if names else "",
    )
