"""The rule on layers with nothing nonlinear between them: two linear steps are one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from konv.design.rules.activations import with_function
from konv.design.rules.base import Change, Remark, Rule, Subject
from konv.language import marked
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import Activation
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import AveragePooling2D
from konv.layers.windowed import WindowedLayer
from konv.layers.zero_padding import ZeroPadding2D
from konv.network.assembly import Node

__all__ = ["RULES"]

# What computes sums of its input, each with fixed factors (once training is over).
_LINEAR = (
    AveragePooling2D,
    BatchNormalization,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    ZeroPadding2D,
)


def _linear_pairs(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        way = _linear_way(subject, node) if isinstance(node.layer, ActivatedLayer) else []
        if not way:
            continue
        first = way[-1]
        both, one = _weights(first) + _weights(node), _weights_of_one(way, node)
        yield Remark(
            node,
            "warning" if one <= both else "note",
            _("nothing nonlinear lies between {first} and it", first=first.name),
            (
                (_("both"), _("{first:,} + {second:,} = {both:,} weights", **_sum(first, node))),
                (_("one layer"), _("{one:,} weights can do the same", one=one)),
            ),
            _("an activation behind {first}", first=first.name),
            (
                Change(
                    _("{fields} in {name}", fields='activation="relu"', name=first.name),
                    partial(with_function, subject.draft, first, "relu"),
                ),
            ),
        )


def _linear_way(subject: Subject, node: Node) -> list[Node]:
    """From a layer back to the one whose linear output it takes, through linear layers only."""
    way: list[Node] = []
    source = subject.source(node)
    while source is not None:
        way.append(source)
        if isinstance(source.layer, ActivatedLayer):
            return way if source.layer.activation == "linear" else []
        if not isinstance(source.layer, _LINEAR) and not _does_nothing(source):
            return []
        source = subject.source(source)
    return []


def _does_nothing(node: Node) -> bool:
    return isinstance(node.layer, Activation) and node.layer.activation == "linear"


def _weights(node: Node) -> int:
    return sum(spec.size for spec in node.weight_specs if not spec.bias)


def _sum(first: Node, second: Node) -> dict[str, int]:
    one, two = _weights(first), _weights(second)
    return {"first": one, "second": two, "both": one + two}


def _weights_of_one(way: list[Node], node: Node) -> int:
    """The weights of the single layer that computes the same.

    Windows one after the other are one window of span 1 + Σ (span − 1)·jump, where the jump is the
    product of the strides before. A layer that mixes all places needs a weight for each pair.
    """
    steps = [*reversed(way), node]
    first = steps[0]
    if not all(isinstance(step.layer, (WindowedLayer, *_LINEAR[1:3])) for step in steps):
        return math.prod(first.input_shapes[0]) * math.prod(node.output_shape)
    spans, jumps = [1, 1], [1, 1]
    for step in steps:
        for i, axis in enumerate(step.layer.axes(*step.input_shapes) or ()):
            spans[i] += (axis.span - 1) * jumps[i]
            jumps[i] *= axis.stride
    assert isinstance(first.layer, WindowedLayer)
    assert isinstance(node.layer, WindowedLayer)
    channels = first.layer.map_size(first.input_shapes[0])[2]
    return math.prod(spans) * channels * node.layer.map_size(node.output_shape)[2]


RULES = (
    Rule(
        "D201",
        marked("nothing nonlinear lies between two layers with weights"),
        marked(
            "Sums of sums are sums: whatever the two layers compute together, a single one can. "
            "Depth helps only with something nonlinear in between."
        ),
        _linear_pairs,
    ),
)
