"""Rules on the network as a whole: how much of the picture it sees, and where its weights are."""

from __future__ import annotations

from collections.abc import Iterator

from konv.design.rules.base import Remark, Rule, Subject
from konv.language import marked
from konv.language import translate as _
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.windowed import WindowedLayer
from konv.network.assembly import Node

__all__ = ["RULES"]

_MUCH_LARGER = 2  # times the picture
_MOST = 0.8  # of all parameters
_WORTH_MENTIONING = 1_000  # parameters


def _last_maps(subject: Subject) -> tuple[Node, tuple[int, int], tuple[int, int]] | None:
    """The last maps whose places see different parts, what each sees, and the picture."""
    if not any(isinstance(node.layer, WindowedLayer) for node in subject.nodes):
        return None
    for node in reversed(subject.nodes):
        field = subject.fields.get(node.name)
        if field and field.rows.jump and field.columns.jump and len(node.output_shape) == 3:
            height, width, _channels = subject.network.picture_size
            return node, field.size, (height, width)
    return None


def _small_fields(subject: Subject) -> Iterator[Remark]:
    found = _last_maps(subject)
    if found is None:
        return
    node, field, picture = found
    if field[0] >= picture[0] and field[1] >= picture[1]:
        return
    yield Remark(
        node,
        "note",
        _("each place of the last maps sees a part of the picture only"),
        _field_details(field, picture),
        _("another convolution with a pool, a larger kernel, or a dilation"),
    )


def _large_fields(subject: Subject) -> Iterator[Remark]:
    found = _last_maps(subject)
    if found is None:
        return
    node, field, picture = found
    if field[0] <= _MUCH_LARGER * picture[0] and field[1] <= _MUCH_LARGER * picture[1]:
        return
    yield Remark(
        node,
        "note",
        _("each place of the last maps sees far more than the picture"),
        _field_details(field, picture),
        _("fewer layers, or larger pictures"),
    )


def _field_details(field: tuple[int, int], picture: tuple[int, int]) -> tuple[tuple[str, str], ...]:
    return (
        (_("sees"), f"{field[0]}×{field[1]}"),
        (_("picture"), f"{picture[0]}×{picture[1]}"),
    )


def _heavy_layers(subject: Subject) -> Iterator[Remark]:
    total = subject.network.parameters
    owners = [node for node in subject.nodes if node.weight_specs and not node.shares]
    if total < _WORTH_MENTIONING or len(owners) < 2:
        return
    for node in owners:
        count = sum(spec.size for spec in node.weight_specs)
        if count < _MOST * total:
            continue
        yield Remark(
            node,
            "note",
            _("it holds {share:.1%} of all parameters", share=count / total),
            (
                (_("parameters"), _("{count:,} of {total:,}", count=count, total=total)),
                *_without_places(subject, node),
            ),
            _("a pool more before it, or GlobalAveragePooling2D in place of Flatten"),
        )


def _without_places(subject: Subject, node: Node) -> Iterator[tuple[str, str]]:
    """What would be left if a dense layer did not tell places apart."""
    source = subject.source(node)
    flat = source is not None and isinstance(source.layer, Flatten)
    if not (flat and source and isinstance(node.layer, Dense) and len(source.input_shapes[0]) == 3):
        return
    first = getattr(source.layer, "data_format", "") == "channels_first"
    channels, units = source.input_shapes[0][0 if first else 2], node.layer.units
    yield (
        _("instead"),
        _(
            "{channels} · {units} = {count:,} weights behind GlobalAveragePooling2D",
            channels=channels,
            units=units,
            count=channels * units,
        ),
    )


RULES = (
    Rule(
        "D304",
        marked("the receptive field is smaller than the picture"),
        marked(
            "No place of the maps knows how distant parts belong together. A dense layer behind "
            "them may still find out; an average over all places cannot."
        ),
        _small_fields,
    ),
    Rule(
        "D305",
        marked("the receptive field is much larger than the picture"),
        marked(
            "Much of what each place looks at is padding, and all of them see nearly the same: "
            "the last layers cost more than they can find."
        ),
        _large_fields,
    ),
    Rule(
        "D306",
        marked("one layer holds most of the parameters"),
        marked(
            "Most of the file, of the memory and of what can be learnt by heart lies in this one "
            "layer; savings elsewhere change little."
        ),
        _heavy_layers,
    ),
)
