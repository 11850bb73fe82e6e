"""Connecting layers: a tensor knows the layer that makes it and the tensors it is made from.

No numbers flow here. ``Conv2D(8, 3)(x)`` infers the shape, or raises a ShapeError that names the
layer as the network will name it, tries out its own fixes, and shows the layers so far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from konv.errors import NetworkError, ShapeError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.fixes import Step, working_fixes
from konv.limits import MAX_ELEMENTS_PER_MAP, MAX_NAME_CHARACTERS, MAX_PARAMETERS
from konv.parameters import short_text

__all__ = ["SymbolicTensor", "connect", "in_order", "names_of"]


_SHOWN_LAYERS = 12
# The codes that say that a window does not fit.
_WINDOW_CODES = ("K104", "K105")


@dataclass(frozen=True, eq=False)
class SymbolicTensor:
    """What a layer makes, for one picture."""

    layer: Layer
    inputs: tuple[SymbolicTensor, ...]
    shape: Shape

    def __repr__(self) -> str:
        return f"<{type(self.layer).__name__} {shape_text(self.shape)}>"


def connect(layer: Layer, inputs: tuple[Any, ...]) -> SymbolicTensor:
    """The tensor that ``layer`` makes from ``inputs``; what ``layer(…)`` calls."""
    if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)):
        inputs = tuple(inputs[0])
    tensors = tuple(as_tensor(item) for item in inputs)
    try:
        _check_count(layer, tensors)
        shape = layer.output_shape(*(tensor.shape for tensor in tensors))
        _check_limits(layer, tuple(tensor.shape for tensor in tensors), shape)
    except ShapeError as error:
        raise _explained(error, layer, tensors) from None
    return SymbolicTensor(layer, tensors, shape)


def as_tensor(value: Any) -> SymbolicTensor:
    """A tensor, or the one that an Input stands for."""
    tensor = getattr(value, "tensor", value)
    if isinstance(tensor, SymbolicTensor):
        return tensor
    raise NetworkError(
        _("a layer is connected to {value}", value=short_text(value)),
        code="K304",
        fix=_("connect it to what another layer returned, or to konv.Input((height, width, 1))"),
    )


def in_order(outputs: Iterable[SymbolicTensor]) -> list[SymbolicTensor]:
    """All tensors that ``outputs`` depend on, each after its inputs, first branches first."""
    ordered: dict[int, SymbolicTensor] = {}
    # A stack instead of recursion: a network may be deeper than Python's stack.
    waiting = [(tensor, False) for tensor in reversed(list(outputs))]
    while waiting:
        tensor, inputs_done = waiting.pop()
        if id(tensor) in ordered:
            continue
        if inputs_done:
            ordered[id(tensor)] = tensor
            continue
        waiting.append((tensor, True))
        waiting.extend((item, False) for item in reversed(tensor.inputs))
    return list(ordered.values())


def names_of(layers: Iterable[Layer]) -> list[str]:
    """A name for each layer in turn: its own, or ``kind_number`` with the first free number."""
    layers = list(layers)
    taken = {layer.name for layer in layers if layer.name is not None}
    used: set[str] = set()
    last: dict[tuple[str, bool], int] = {}
    names = []
    for layer in layers:
        name = layer.name
        stem, made = layer.name or layer.kind, layer.name is None
        while name is None or name in used:
            last[stem, made] = last.get((stem, made), 0 if made else 1) + 1
            number = f"_{last[stem, made]}"
            candidate = stem[: MAX_NAME_CHARACTERS - len(number)] + number
            name = None if candidate in taken else candidate
        used.add(name)
        names.append(name)
    return names


def _check_count(layer: Layer, tensors: tuple[SymbolicTensor, ...]) -> None:
    wanted = layer.input_count
    if (wanted is None and len(tensors) >= 2) or len(tensors) == wanted:
        return
    needed, fix = {
        0: (_("none"), _("let it come first, and connect other layers to it")),
        1: (_("one"), _("connect it to one: layer(x); Add()([a, b]) makes one of several")),
        None: (_("two or more"), _("connect it to several: layer([a, b])")),
    }[wanted]
    raise ShapeError(
        _("inputs given: {given}, needed: {needed}", given=len(tensors), needed=needed),
        code="K101",
        where=type(layer).__name__,
        fix=fix,
    )


def _check_limits(layer: Layer, shapes: tuple[Shape, ...], shape: Shape) -> None:
    """No layer may claim more memory than a machine has; Python's integers do not overflow."""
    weights = sum(spec.size for spec in layer.weight_specs(*shapes))
    for what, count, limit in (
        (_("a map of {shape}", shape=shape_text(shape)), math.prod(shape), MAX_ELEMENTS_PER_MAP),
        (_("its padded input"), _padded_size(layer, shapes), MAX_ELEMENTS_PER_MAP),
        (_("its weights"), weights, MAX_PARAMETERS),
    ):
        if count > limit:
            raise ShapeError(
                _("{count} numbers in {what}", count=f"{count:,}", what=what),
                code="K108",
                where=type(layer).__name__,
                details=[(_("limit"), f"{limit:,}")],
                fix=_("a smaller input, kernel or padding, fewer filters or units"),
            )


def _padded_size(layer: Layer, shapes: tuple[Shape, ...]) -> int:
    """The numbers of its input with the zeros around it; 0 for a layer without windows."""
    axes = layer.axes(*shapes)
    if axes is None:
        return 0
    rows, columns = (axis.size + axis.before + axis.after for axis in axes)
    channels = math.prod(shapes[0]) // (axes[0].size * axes[1].size)
    return rows * columns * channels


def _explained(error: ShapeError, layer: Layer, tensors: tuple[SymbolicTensor, ...]) -> ShapeError:
    """The same error with its place, fixes that were tried and work, and the layers so far."""
    before = in_order(tensors)
    *names, name = names_of([*(tensor.layer for tensor in before), layer])
    named = dict(zip((id(tensor) for tensor in before), names, strict=True))
    fixes = working_fixes(layer, _chain(tensors, named)) if error.code in _WINDOW_CODES else []
    located = ShapeError(
        error.what,
        code=error.code,
        where=_("layer {index} {name}", index=len(before), name=name),
        details=error.details,
        fix=_(", or ").join(fixes) or error.fix,
    )
    located.trail = tuple(_so_far(before, names))
    located.report = tuple(
        {
            "index": index,
            "name": name,
            "layer": tensor.layer,
            "inputs": tuple(named[id(item)] for item in tensor.inputs),
            "output_shape": tensor.shape,
        }
        for index, (name, tensor) in enumerate(zip(names, before, strict=True))
    )
    return located


def _chain(tensors: tuple[SymbolicTensor, ...], named: dict[int, str]) -> list[Step]:
    """From the input to the failing layer, as far back as there is only one way."""
    steps: list[Step] = []
    while len(tensors) == 1:
        tensor = tensors[0]
        steps.append(Step(named[id(tensor)], tensor.layer, tensor.shape))
        tensors = tensor.inputs
    return steps[::-1]


def _so_far(before: list[SymbolicTensor], names: list[str]) -> list[tuple[str, str]]:
    """The last layers that fit, one line each."""
    shown = list(enumerate(zip(names, before, strict=True)))[-_SHOWN_LAYERS:]
    width = max((len(name) for _index, (name, _tensor) in shown), default=0)
    lines = [
        f"{index:>3}  {name:<{width}}  {shape_text(tensor.shape)}"
        for index, (name, tensor) in shown
    ]
    labels = [_("so far"), *[""] * len(lines)]
    return list(zip(labels, lines, strict=False))
