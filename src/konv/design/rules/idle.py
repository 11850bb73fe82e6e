"""Rules on layers that pass on what they get, so that leaving them out changes no number."""

from __future__ import annotations

from collections.abc import Iterator

from konv.design.rules.base import Remark, Rule, Subject, function_name, left_out
from konv.language import marked
from konv.language import translate as _
from konv.layers.activation_layers import Activation, FunctionLayer, LeakyReLU, ReLU
from konv.layers.base import Layer, shape_text
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.merging import channel_axis
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import PoolingLayer
from konv.layers.zero_padding import ZeroPadding2D
from konv.network.assembly import Node

__all__ = ["RULES"]

# What makes no negative number of numbers that are not negative.
_KEEPS_SIGN = (Dropout, Flatten, GlobalAveragePooling2D, GlobalMaxPooling2D, PoolingLayer)
_NEVER_NEGATIVE = ("relu", "sigmoid", "hard_sigmoid", "softplus", "softmax")


def _idle(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        reason = _reason(node)
        if reason is not None:
            yield Remark(
                node,
                "warning",
                _("it passes on what it gets"),
                (reason,),
                "",
                (left_out(subject, node),),
            )


def _reason(node: Node) -> tuple[str, str] | None:
    layer = node.layer
    if isinstance(layer, Dropout) and layer.rate == 0:
        return _("rate"), _("0: nothing is dropped")
    if isinstance(layer, Activation) and layer.activation == "linear":
        return _("activation"), _("linear: y = z")
    if isinstance(layer, LeakyReLU) and layer.negative_slope == 1:
        return _("slope"), _("1 on both sides: y = z")
    if isinstance(layer, Flatten) and len(node.input_shapes[0]) == 1:
        return _("input"), _("{shape}: flat already", shape=shape_text(node.input_shapes[0]))
    axes = layer.axes(*node.input_shapes)
    if axes is None or node.input_shapes[0] != node.output_shape:
        return None
    if isinstance(layer, ZeroPadding2D):
        return _("padding"), _("no zeros on any side")
    if isinstance(layer, PoolingLayer) and all(min(a.kernel, a.size) == 1 for a in axes):
        return _("windows"), _("each holds a single pixel")
    return None


def _rectified_twice(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if not _is_plain_relu(node.layer):
            continue
        before = (n for n in subject.before(node) if not isinstance(n.layer, _KEEPS_SIGN))
        first = next(before, None)
        if first is None or not _never_negative(first.layer):
            continue
        yield Remark(
            node,
            "warning",
            _("nothing negative is left behind {name}", name=first.name),
            ((_("because"), _("max(y, 0) = y for y ≥ 0")),),
            "",
            (left_out(subject, node),),
        )


def _is_plain_relu(layer: Layer) -> bool:
    return isinstance(layer, FunctionLayer) and _is_relu(layer)


def _is_relu(layer: Layer) -> bool:
    if isinstance(layer, ReLU):
        return layer.max_value is None and layer.negative_slope == layer.threshold == 0
    return not isinstance(layer, LeakyReLU) and function_name(layer) == "relu"


def _never_negative(layer: Layer) -> bool:
    if isinstance(layer, ReLU):
        return layer.negative_slope == 0
    return not isinstance(layer, LeakyReLU) and function_name(layer) in _NEVER_NEGATIVE


def _normalized_twice(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        source = subject.source(node)
        if source is None or not _same_normalization(source, node):
            continue
        yield Remark(
            node,
            "warning",
            _("{name} has normalized the same channels just before", name=source.name),
            ((_("because"), _("γ₂ (γ₁ x̂ + β₁ − β₁) / |γ₁| + β₂ = ±γ₂ x̂ + β₂")),),
            "",
            (left_out(subject, source),),
        )


def _same_normalization(first: Node, second: Node) -> bool:
    one, two, shape = first.layer, second.layer, second.input_shapes[0]
    if not (isinstance(one, BatchNormalization) and isinstance(two, BatchNormalization)):
        return False
    return channel_axis(one, one.axis, shape) == channel_axis(two, two.axis, shape)


RULES = (
    Rule(
        "D401",
        marked("a layer does nothing"),
        marked(
            "It costs time and hides what the network really is. Without it, every number stays."
        ),
        _idle,
    ),
    Rule(
        "D402",
        marked("a rectifier behind a rectifier"),
        marked(
            "The second finds nothing to set to 0. Perhaps another layer was meant between them."
        ),
        _rectified_twice,
    ),
    Rule(
        "D403",
        marked("a normalization behind a normalization"),
        marked(
            "The second takes away the scale and shift that the first has learnt, and learns its "
            "own."
        ),
        _normalized_twice,
    ),
)
