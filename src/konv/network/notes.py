"""What is worth saying of a network besides its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from konv.language import translate as _
from konv.layers.size import WindowAxis
from konv.network.graph import Network, Node
from konv.network.receptive_field import ReceptiveField, places

__all__ = ["notes_on"]


def notes_on(network: Network, fields: Mapping[str, ReceptiveField]) -> tuple[str, ...]:
    """Rows and columns that are dropped, padding that is not even, weights that are shared."""
    notes = [note for node in network.nodes for note in _notes_on_node(node)]
    if fields:
        notes += _unseen_picture(network, fields[network.nodes[-1].name])
    return tuple(notes)


def _notes_on_node(node: Node) -> Iterator[str]:
    if node.shares:
        yield _(
            "{name} has the weights of {owner}; they are counted once",
            name=node.name,
            owner=node.weights_of,
        )
    axes = node.layer.axes(*node.input_shapes)
    if axes is None:
        return
    dropped = [text for text in (_dropped(axis, _words(i)) for i, axis in enumerate(axes)) if text]
    if dropped:
        yield _("{name} drops {what}", name=node.name, what=_(" and ").join(dropped))
    if getattr(node.layer, "padding", None) == "same" and any(a.before != a.after for a in axes):
        rows, columns = axes
        yield _(
            '{name}: "same" pads {top} rows above, {bottom} below, {left} columns to the left, '
            "{right} to the right",
            name=node.name,
            top=rows.before,
            bottom=rows.after,
            left=columns.before,
            right=columns.after,
        )


def _words(position: int) -> str:
    return _("columns") if position else _("rows")


def _dropped(axis: WindowAxis, what: str) -> str:
    count = axis.unseen
    if not count:
        return ""
    return _("{count} of {size} {what}", count=count, size=axis.size, what=what)


def _unseen_picture(network: Network, field: ReceptiveField) -> Iterator[str]:
    """Said when what is dropped on the way adds up to a part of the picture."""
    for position, (place, axis) in enumerate(
        zip(places(network.data_format), (field.rows, field.columns), strict=True)
    ):
        extent = network.input_shape[place]
        if axis.high - axis.low < extent:
            yield _(
                "of the picture's {extent} {what}, {seen} reach the output",
                extent=extent,
                what=_words(position),
                seen=axis.high - axis.low,
            )
