"""Rules on what stands before a BatchNormalization."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from konv.design.draft import Draft
from konv.design.rules.base import Change, Remark, Rule, Subject, changed_fields
from konv.language import marked
from konv.language import translate as _
from konv.layers.convolution import ConvolutionLayer
from konv.layers.dense import Dense
from konv.layers.dropout import Dropout
from konv.layers.merging import channel_axis
from konv.layers.normalization import BatchNormalization
from konv.network.assembly import Node

__all__ = ["RULES"]


def _pairs(subject: Subject) -> Iterator[tuple[Node, Node]]:
    """(what only a BatchNormalization reads, that)."""
    for node in subject.nodes:
        source = subject.source(node)
        if isinstance(node.layer, BatchNormalization) and source is not None:
            yield source, node


def _useless_biases(subject: Subject) -> Iterator[Remark]:
    for source, node in _pairs(subject):
        layer = source.layer
        if not isinstance(layer, (ConvolutionLayer, Dense)) or source.shares:
            continue
        if not layer.use_bias or layer.activation != "linear" or not _same_channels(source, node):
            continue
        count = sum(spec.size for spec in source.weight_specs if spec.bias)
        yield Remark(
            source,
            "warning",
            _("{count} biases are taken away again by {name}", count=count, name=node.name),
            ((_("because"), "(z + b) − mean(z + b) = z − mean(z)"),),
            "",
            (changed_fields(subject, source, use_bias=False),),
        )


def _same_channels(source: Node, node: Node) -> bool:
    """Whether the bias is one number for all that is normalized together."""
    assert isinstance(node.layer, BatchNormalization)
    shape = source.output_shape
    first = getattr(source.layer, "data_format", "channels_last") == "channels_first"
    own = 0 if first and len(shape) == 3 else len(shape) - 1
    return channel_axis(node.layer, node.layer.axis, shape) == own


def _noisy_variances(subject: Subject) -> Iterator[Remark]:
    for source, node in _pairs(subject):
        if not isinstance(source.layer, Dropout) or not source.layer.rate:
            continue
        kept = 1 - source.layer.rate
        yield Remark(
            source,
            "warning",
            _("{name} measures what Dropout has made noisy", name=node.name),
            ((_("squares"), f"mean(y²) = mean(x²) / {kept:g} = {1 / kept:.3g} mean(x²)"),),
            _("Dropout behind the normalization"),
            (
                Change(
                    _("put {first} behind {second}", first=source.name, second=node.name),
                    partial(_swapped, subject, source, node),
                ),
            ),
        )


def _swapped(subject: Subject, first: Node, second: Node) -> Draft:
    draft = subject.draft.without(first.name)
    return draft.with_behind(second.name, first.layer)


RULES = (
    Rule(
        "D205",
        marked("a bias before BatchNormalization"),
        marked(
            "BatchNormalization takes the mean of each channel away, and the bias with it, then "
            "adds a shift of its own. The bias is stored and computed for nothing."
        ),
        _useless_biases,
    ),
    Rule(
        "D206",
        marked("Dropout directly before BatchNormalization"),
        marked(
            "Dropout scales what it keeps, so in training the squares are larger by 1 / (1 − rate) "
            "than later in use, where nothing is dropped: the variances that were measured do not "
            "fit any more."
        ),
        _noisy_variances,
    ),
)
