"""Rules on padding: whether it is alike on both sides, and whether weights meet anything else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from konv.design.rules.base import Remark, Rule, Subject, changed_fields
from konv.design.rules.windows import axis_words, single_or_pair
from konv.language import marked
from konv.language import translate as _
from konv.layers.convolution import ConvolutionLayer
from konv.layers.size import WindowAxis

__all__ = ["RULES"]


def _uneven(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        layer = node.layer
        if not isinstance(layer, ConvolutionLayer) or layer.padding != "same":
            continue
        axes = layer.axes(*node.input_shapes)
        details = tuple(
            (
                word,
                _("zeros before: {before}, after: {after}", before=axis.before, after=axis.after),
            )
            for word, axis in zip(axis_words(), axes, strict=True)
            if axis.before != axis.after
        )
        if details:
            yield Remark(
                node,
                "note",
                _('"same" pads unevenly'),
                details,
                _("an odd kernel, and for a stride of 2 an odd size; or padding by numbers"),
            )


def _unmet(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        layer = node.layer
        if not isinstance(layer, ConvolutionLayer):
            continue
        rows, columns = layer.axes(*node.input_shapes)
        met = _met(rows), _met(columns)
        all_weights, idle = rows.kernel * columns.kernel, rows.kernel * columns.kernel
        idle -= met[0] * met[1]
        if not idle:
            continue
        smaller = {layer.window_field: single_or_pair(met)}
        yield Remark(
            node,
            "warning",
            _(
                "{idle} of the {all} weights of each kernel meet nothing but padding",
                idle=idle,
                all=all_weights,
            ),
            (
                (
                    _("map"),
                    _(
                        "{map}; of a {kernel} kernel, {met} meets it",
                        map=f"{rows.size}×{columns.size}",
                        kernel=f"{rows.kernel}×{columns.kernel}",
                        met=f"{met[0]}×{met[1]}",
                    ),
                ),
            ),
            _("a smaller kernel, or one pool less before it"),
            (
                changed_fields(subject, node, **smaller),
                changed_fields(subject, node, **smaller, padding="same"),
                changed_fields(subject, node, **smaller, padding="valid"),
            ),
        )


def _met(axis: WindowAxis) -> int:
    """How many rows of the kernel meet a row of the map at some place.

    Row u of the kernel lies on row i·stride + u·dilation − before of the map in window i.
    """
    starts = np.arange(axis.output) * axis.stride - axis.before
    places = starts[:, None] + np.arange(axis.kernel) * axis.dilation
    return int(((places >= 0) & (places < axis.size)).any(axis=0).sum())


RULES = (
    Rule(
        "D105",
        marked('"same" pads unevenly'),
        marked(
            "The maps are shifted by half a pixel, and a library that pads both sides alike "
            "(PyTorch's padding=1, say) computes other numbers with the same weights."
        ),
        _uneven,
    ),
    Rule(
        "D106",
        marked("weights that never meet a pixel"),
        marked(
            "These weights are multiplied with zeros at every place: they change nothing, learn "
            "nothing, and cost as much as the others."
        ),
        _unmet,
    ),
)
