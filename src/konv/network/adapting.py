"""A network changed to suit other pictures and other classes; all the rest stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from konv.constraints import Integer
from konv.errors import KonvError, NetworkError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.depthwise import SeparableConv2D
from konv.layers.input import Input
from konv.limits import MAX_CLASSES
from konv.network.graph import Network, Node
from konv.network.receptive_field import places
from konv.parameters import check_value

__all__ = ["adapted"]

_CLASSES = Integer(2, MAX_CLASSES)


def adapted(
    network: Network, input_shape: Shape | None = None, classes: int | None = None
) -> Network:
    """The network for other pictures, other classes, or both.

    Args:
        network: what is changed.
        input_shape: of one picture; None: as it is.
        classes: how many numbers it puts out: the units of the last Dense, or the filters of the
            last convolution if none follows it; None: as many as now.

    Raises:
        NetworkError: K308, it does not fit: with the smallest picture that does.
        ParameterError: K201, an argument is no shape or no number of classes.

    Example:
        >>> from konv.layers import Conv2D, Dense, Flatten, Input
        >>> from konv.network.graph import sequential
        >>> network = sequential([Input((28, 28, 1)), Conv2D(8, 5), Flatten(), Dense(10)])
        >>> adapted(network, (32, 32, 3), 4).output_shape
        (4,)
        >>> adapted(network, (4, 9, 1))
        Traceback (most recent call last):
        konv.errors.NetworkError: K308 in network: it does not take pictures of (4, 9, 1)
          layer 1 conv2d_1    a 5×5 kernel does not fit a 4×9 input
          height              (4 + 2·0 − 5) / 1 + 1 = 0
          width               (9 + 2·0 − 5) / 1 + 1 = 5
          smallest picture    (5, 5, 1)
          fix                 make the pictures larger, or take another network
    """
    if classes is not None:
        count = check_value("classes", classes, _CLASSES, where="adapted")
        network = _with_classes(network, count)
    if input_shape is not None:
        network = _with_input(network, Input(shape=input_shape).shape)
    return network


def _with_input(network: Network, shape: Shape) -> Network:
    try:
        return _reshaped(network, shape)
    except KonvError as error:
        details = [(error.where, error.what), *error.details]
        fix = error.fix
        smallest = _smallest_input(network, shape)
        if smallest is not None:
            details.append((_("smallest picture"), shape_text(smallest)))
            if any(size < least for size, least in zip(shape, smallest, strict=True)):
                fix = _("make the pictures larger, or take another network")
        what = _("it does not take pictures of {shape}", shape=shape_text(shape))
        raise _cannot(network, what, details, fix) from None


def _reshaped(network: Network, shape: Shape) -> Network:
    return network.with_layers({network.nodes[0].name: Input(shape=shape)})


def _smallest_input(network: Network, shape: Shape) -> Shape | None:
    """The smallest picture with the channels of ``shape`` that fits, if one can be found.

    Layers treat rows and columns apart, so each is looked for by itself, the other one being as
    the network has it.
    """
    if not len(shape) == len(network.input_shape) == 3:
        return None
    sides = places(network.data_format)
    native = _with_sizes(shape, {place: network.input_shape[place] for place in sides})
    found = _with_sizes(native, {place: _smallest_size(network, native, place) for place in sides})
    return found if _fits(network, found) else None


def _smallest_size(network: Network, shape: Shape, place: int) -> int:
    """The smallest size at one place of the shape that fits, by halving the interval."""
    low, high = 1, shape[place]
    while low < high:
        middle = (low + high) // 2
        fits = _fits(network, _with_sizes(shape, {place: middle}))
        low, high = (low, middle) if fits else (middle + 1, high)
    return low


def _with_sizes(shape: Shape, sizes: Mapping[int, int]) -> Shape:
    return tuple(sizes.get(place, size) for place, size in enumerate(shape))


def _fits(network: Network, shape: Shape) -> bool:
    try:
        _reshaped(network, shape)
    except KonvError:
        return False
    return True


def _with_classes(network: Network, classes: int) -> Network:
    decider = _deciding_node(network)
    changed = {
        node.name: layer
        for node in network.nodes
        if node.weights_of == decider.weights_of and (layer := _with_outputs(node.layer, classes))
    }
    try:
        network = network.with_layers(changed)
    except KonvError as error:
        what = _("it does not tell {count} classes apart", count=classes)
        raise _cannot(network, what, [(error.where, error.what)], error.fix) from None
    if math.prod(network.output_shape) != classes:
        what = _("its output {shape} is no class scores", shape=shape_text(network.output_shape))
        raise _cannot(network, what, [], _("end it with konv.Flatten and konv.Dense"))
    return network


def _deciding_node(network: Network) -> Node:
    """The last Dense or convolution, with nothing merged behind it."""
    nodes = {node.name: node for node in network.nodes}
    node = network.nodes[-1]
    while not isinstance(node.layer, (Dense, Conv2D, SeparableConv2D)):
        if len(node.inputs) != 1:
            what = _("no layer decides how many classes it tells apart")
            raise _cannot(network, what, [], _("end it with konv.Dense"))
        node = nodes[node.inputs[0]]
    return node


def _with_outputs(layer: Layer, count: int) -> Layer | None:
    """The layer with so many outputs, if it decides how many it has."""
    if isinstance(layer, Dense):
        return replace(layer, units=count)
    if isinstance(layer, (Conv2D, SeparableConv2D)):
        return replace(layer, filters=count)
    return None


def _cannot(network: Network, what: str, details: list[tuple[str, str]], fix: str) -> NetworkError:
    return NetworkError(what, code="K308", where=network.name, details=details, fix=fix)
