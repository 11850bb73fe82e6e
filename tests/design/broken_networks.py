"""Random networks in which one or two things were broken: what people get wrong."""

from __future__ import annotations

import random

from konv.design.draft import Draft
from konv.errors import KonvError
from konv.layers import (
    Add,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
)
from konv.layers.windowed import WindowedLayer
from konv.network import Network
from oracles.random_networks import random_network

__all__ = ["broken_config", "config_of"]


def broken_config(seed):
    """(the description of a network that does not fit, what was broken)."""
    for attempt in range(1_000):
        chance = random.Random(f"{seed}, {attempt}")
        whole = random_network(chance.randrange(100_000), exact=False)
        windowed = any(isinstance(node.layer, WindowedLayer) for node in whole.nodes)
        if not windowed or len(whole.output_shape) != 1:
            continue
        draft, words = Draft.of(whole), []
        for _number in range(chance.choice((1, 1, 2))):
            breaks = chance.choice(BREAKS)
            try:
                draft = breaks(chance, whole, draft)
            except (LookupError, KonvError):
                continue
            words.append(breaks.__name__)
        if words and _does_not_work(draft):
            return config_of(draft), words
    raise AssertionError(f"{seed} makes no broken network")


def config_of(draft):
    """What a network file with these layers holds; they need not fit."""
    layers = []
    for part in draft.parts:
        fields = {**part.layer.to_config(), "name": part.name}
        if part.inputs:
            fields["inputs"] = list(part.inputs)
        if part.weights_of is not None:
            fields["shares"] = part.weights_of
        layers.append({type(part.layer).__name__: fields})
    return {"konv": 1, "layers": layers}


def _does_not_work(draft):
    """It cannot be built, or puts out a map where there must be scores."""
    nodes, error = draft.fitting
    return error is not None or len(nodes[-1].output_shape) == 3


def _some(chance, whole, kind, draft):
    names = {part.name for part in draft.parts}
    return chance.choice([n for n in whole.nodes if isinstance(n.layer, kind) and n.name in names])


def too_large_a_window(chance, whole, draft):
    node = _some(chance, whole, WindowedLayer, draft)
    axes = node.layer.axes(*node.input_shapes)
    size = tuple(a.size + a.before + a.after + chance.randint(1, 5) for a in axes)
    fields = {node.layer.window_field: size}
    if node.layer.padding in ("same", "full"):
        fields["padding"] = "valid"
    return draft.with_fields(node.name, **fields)


def too_many_pools(chance, whole, draft):
    node = _some(chance, whole, WindowedLayer, draft)
    data_format = node.layer.data_format
    for _number in range(chance.randint(3, 6)):
        draft = draft.with_behind(node.name, MaxPooling2D(2, data_format=data_format))
    return draft


def wrong_groups(chance, whole, draft):
    node = _some(chance, whole, Conv2D, draft)
    return draft.with_fields(node.name, groups=chance.choice((2, 3, 5, 7, 11)))


def no_flatten(chance, whole, draft):
    return draft.without(_some(chance, whole, Flatten, draft).name)


def flattened_too_early(chance, whole, draft):
    node = _some(chance, whole, WindowedLayer, draft)
    return draft.with_before(node.name, Flatten(node.layer.data_format))


def swapped_channels(chance, whole, draft):
    first, second, third = whole.input_shape
    return draft.with_layer(whole.nodes[0].name, Input((third, first, second)))


def branches_that_differ(chance, whole, draft):
    node = _some(chance, whole, Add, draft)
    source = draft.part(node.inputs[0])
    layer = source.layer
    if isinstance(layer, Conv2D):
        return draft.with_fields(source.name, filters=layer.filters + 1, groups=1)
    if isinstance(layer, Dense):
        return draft.with_fields(source.name, units=layer.units + 1)
    if isinstance(layer, WindowedLayer):
        return draft.with_fields(source.name, strides=3)
    raise LookupError


BREAKS = (
    too_large_a_window,
    too_large_a_window,
    too_many_pools,
    wrong_groups,
    no_flatten,
    flattened_too_early,
    swapped_channels,
    branches_that_differ,
)


def is_network(value):
    return isinstance(value, Network)
