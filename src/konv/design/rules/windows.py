"""Rules on sizes: whether the windows of a layer reach every row and column of its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from konv.design.rules.base import Change, Remark, Rule, Subject, changed_fields
from konv.language import marked
from konv.language import translate as _
from konv.layers.convolution import ConvolutionLayer
from konv.layers.pooling import PoolingLayer
from konv.layers.size import WindowAxis
from konv.layers.windowed import WindowedLayer
from konv.network.assembly import Node

__all__ = ["RULES", "axis_words", "single_or_pair"]

Axes = tuple[WindowAxis, WindowAxis]


def _windowed(subject: Subject) -> Iterator[tuple[Node, Axes]]:
    for node in subject.nodes:
        if isinstance(node.layer, WindowedLayer):
            yield node, node.layer.axes(*node.input_shapes)


def axis_words() -> tuple[str, str]:
    """What the two axes are called."""
    return _("rows"), _("columns")


def single_or_pair(pair: tuple[int, int]) -> int | tuple[int, int]:
    """One number for both if they are the same, as a person writes it."""
    return pair[0] if pair[0] == pair[1] else pair


def _details(axes: Axes, concerned: Callable[[WindowAxis], bool]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (word, axis.arithmetic())
        for word, axis in zip(axis_words(), axes, strict=True)
        if concerned(axis)
    )


def _unseen_text(axes: Axes, concerned: Callable[[WindowAxis], bool]) -> str:
    return _(" and ").join(
        _("{count} of {size} {what}", count=axis.unseen, size=axis.size, what=word)
        for word, axis in zip(axis_words(), axes, strict=True)
        if concerned(axis)
    )


def _ends_early(axis: WindowAxis) -> bool:
    return axis.stride <= axis.span and axis.dropped > 0


def _skips(axis: WindowAxis) -> bool:
    return axis.stride > axis.span and axis.unseen > 0


def _dropped(subject: Subject, kind: type) -> Iterator[Remark]:
    for node, axes in _windowed(subject):
        if isinstance(node.layer, kind) and any(map(_ends_early, axes)):
            yield Remark(
                node,
                "error" if subject.strict else "warning",
                _("no window reaches {what}", what=_unseen_text(axes, _ends_early)),
                _details(axes, _ends_early),
                _("sizes that divide: another kernel before it, or padding"),
                tuple(_reaching_changes(subject, node, axes)),
            )


def _reaching_changes(subject: Subject, node: Node, axes: Axes) -> Iterator[Change]:
    """Padding, or sizes that come out even."""
    layer = node.layer
    yield changed_fields(subject, node, padding="same")
    rests = tuple(axis.room % axis.stride if _ends_early(axis) else 0 for axis in axes)
    if isinstance(layer, ConvolutionLayer):
        kernel = tuple(
            axis.kernel + rest // axis.dilation for axis, rest in zip(axes, rests, strict=True)
        )
        yield changed_fields(subject, node, kernel_size=single_or_pair((kernel[0], kernel[1])))
    yield changed_fields(
        subject,
        node,
        padding=tuple(
            (axis.before, axis.after + (axis.stride - rest if rest else 0))
            for axis, rest in zip(axes, rests, strict=True)
        ),
    )
    for earlier in subject.before(node):
        if isinstance(earlier.layer, ConvolutionLayer):
            yield from _other_kernels(subject, earlier)
            return


def _other_kernels(subject: Subject, node: Node) -> Iterator[Change]:
    """One row or column more or less, as one does by hand to make the divisions come out even."""
    field = node.layer.window_field
    rows, columns = getattr(node.layer, field)
    for by_rows, by_columns in ((1, 1), (-1, -1), (1, 0), (0, 1), (-1, 0), (0, -1)):
        size = rows + by_rows, columns + by_columns
        if min(size) >= 1:
            yield changed_fields(subject, node, **{field: single_or_pair(size)})


def _skipped(subject: Subject) -> Iterator[Remark]:
    for node, axes in _windowed(subject):
        if not any(map(_skips, axes)):
            continue
        severity = "error" if subject.strict else "warning"
        details = [
            (word, _("windows of {span}, one every {stride}", span=axis.span, stride=axis.stride))
            for word, axis in zip(axis_words(), axes, strict=True)
            if _skips(axis)
        ]
        if seen := _seen_by(subject, node):
            severity = "note"
            details.append((_("but"), _("{name} looks at them all", name=seen.name)))
        yield Remark(
            node,
            severity,
            _("its windows skip {what}", what=_unseen_text(axes, _skips)),
            tuple(details),
            _("windows at least as wide as the stride"),
            () if seen else tuple(_gapless_changes(subject, node, axes)),
        )


def _seen_by(subject: Subject, node: Node) -> Node | None:
    """Another layer whose windows reach all of the same input, such as the long way of a block."""
    for other in subject.readers(subject.sources(node)[0]):
        axes = other.layer.axes(*other.input_shapes)
        if other is not node and axes is not None and not any(axis.unseen for axis in axes):
            return other
    return None


def _gapless_changes(subject: Subject, node: Node, axes: Axes) -> Iterator[Change]:
    layer, rows, columns = node.layer, axes[0], axes[1]
    wide = tuple(max(axis.kernel, axis.stride) for axis in axes)
    window: dict[str, Any] = {layer.window_field: single_or_pair((wide[0], wide[1]))}
    yield changed_fields(subject, node, **window)
    yield changed_fields(subject, node, **window, padding="same")
    strides = min(rows.stride, rows.span), min(columns.stride, columns.span)
    yield changed_fields(subject, node, strides=single_or_pair(strides))


def _remainders(subject: Subject) -> Iterator[Remark]:
    if not subject.strict:
        return
    for node, axes in _windowed(subject):
        if any(map(_ends_early, axes)) or any(map(_skips, axes)) or not any(map(_rest, axes)):
            continue
        padding = tuple((axis.before, max(0, axis.after - _rest(axis))) for axis in axes)
        yield Remark(
            node,
            "error",
            _("the division is not whole: no window meets the last zeros of the padding"),
            _details(axes, lambda axis: _rest(axis) > 0),
            _("sizes that divide: another kernel before it, or other padding"),
            (changed_fields(subject, node, padding=padding),),
        )


def _rest(axis: WindowAxis) -> int:
    return axis.room % axis.stride


RULES = (
    Rule(
        "D101",
        marked("a pool drops rows or columns"),
        marked(
            "What stands there does not get past this layer, whatever the network learns. The size "
            "formula rounds down without a word."
        ),
        lambda subject: _dropped(subject, PoolingLayer),
    ),
    Rule(
        "D102",
        marked("a convolution leaves rows or columns out"),
        marked(
            "The last step of the stride would go over the edge, so it is not taken: what stands "
            "there does not get past this layer."
        ),
        lambda subject: _dropped(subject, ConvolutionLayer),
    ),
    Rule(
        "D103",
        marked("a stride is larger than the window"),
        marked(
            "Between two windows lie pixels that no window looks at: a thin line there cannot be "
            "seen. They cost time in the layers before, for nothing."
        ),
        _skipped,
    ),
    Rule(
        "D104",
        marked("a division of the size formula is not whole"),
        marked(
            "Asked for by --strict. Nothing of the map is lost, but the zeros on its two sides do "
            "not take part alike."
        ),
        _remainders,
    ),
)
