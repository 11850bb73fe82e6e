"""From the checked graph to a network: one operation after the other, then the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.constraints import RefusalError
from konv.errors import FormatError, KonvError, LimitError
from konv.formats.exchange.channels_first import UNKNOWN, ChannelsFirstBuilder, Value, Woven
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.importing import arithmetic, convolutions, functions, pools, shapes
from konv.formats.onnx.importing.folding import FOLDED
from konv.formats.onnx.importing.graph import (
    MOST_REFUSALS,
    ForeignGraph,
    ForeignNode,
    checked_graph,
)
from konv.formats.onnx.importing.inputs import begin
from konv.formats.onnx.importing.operation import Given, Loose, Operation, UnsupportedError
from konv.formats.onnx.importing.surroundings import Surroundings
from konv.formats.onnx.messages import Model
from konv.formats.texts import printable
from konv.language import translate as _
from konv.network.graph import NETWORK_NAME, Network

__all__ = ["OPERATIONS", "Weaving", "woven_model"]

Array = np.ndarray[Any, np.dtype[Any]]

# Every operation of ONNX that konv reads, and how.
OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        **convolutions.OPERATIONS,
        **pools.OPERATIONS,
        **functions.OPERATIONS,
        **arithmetic.OPERATIONS,
        **shapes.OPERATIONS,
    }
)
# What is loose passes through these: they may be parts of a function that konv has.
_PASSES_LOOSE = ("Add", "Sub", "Clip", "Sigmoid", "Tanh", "Erf", "Pow")


@dataclass(frozen=True, eq=False)
class Weaving:
    """A network made of a graph.

    Args:
        woven: the network, its weights, and how arrays are turned.
        notes: what was written differently or left out.
    """

    woven: Woven
    notes: tuple[Note, ...]


def woven_model(model: Model, where: str, given: Mapping[str, Array] | None = None) -> Weaving:
    """The network that a model of ONNX describes.

    Args:
        model: the messages of the file.
        where: what errors call it.
        given: inputs of the graph that are constants, beside those whose numbers are in the file.

    Raises:
        FormatError: K401, it contradicts itself; K410, konv does not have all that it holds.
        LimitError: K604, it is too large.
    """
    first = _attempt(model, where, given or {}, channels_last=False)
    if isinstance(first, Weaving):
        return first
    # Files do not say how the axes of their input are meant; one order only may make sense.
    second = _attempt(model, where, given or {}, channels_last=True)
    if isinstance(second, Weaving):
        return second
    first.check_import(where)
    raise AssertionError("what is refused has reasons")


def _attempt(
    model: Model, where: str, given: Mapping[str, Array], *, channels_last: bool
) -> Weaving | Refusals:
    """The network, its input taken in one of two orders; or all that is in the way."""
    refused = Refusals()
    graph = checked_graph(model, where, refused)
    around = Surroundings(graph, where, refused, ChannelsFirstBuilder(refused))
    around.known.update(graph.arrays)
    around.known.update(given)
    start = begin(around, channels_last=channels_last)
    if channels_last and len(start.shape) != 3:
        return refused  # a row has one order only
    for node in graph.nodes:
        if len(refused.found) >= MOST_REFUSALS:
            refused.add(_("and so on"), _("reading stopped here"))
            break
        _take(node, around)
    end = _output(graph, around)
    if refused:
        return refused
    if graph.unneeded:
        around.note(
            "", _("left out, since the output does not need them: {count}", count=graph.unneeded)
        )
    return Weaving(_finished(graph, around, end), tuple(around.notes))


def _take(node: ForeignNode, around: Surroundings) -> None:
    """Read one operation; what it makes is known from then on, if only that it is refused."""
    for name in node.outputs:
        around.makers[name] = node
    inputs = tuple(around.known.get(name) if name else None for name in node.inputs)
    found = around.refused.found
    before = len(found)
    op = Operation(node, inputs, around)
    made: Given | None = UNKNOWN
    try:
        made = _made(op)
        around.check_weights()
    except UnsupportedError as refusal:
        around.refused.add(refusal.place or node.place, refusal.what)
    except LimitError:
        raise
    except KonvError as error:
        if isinstance(error, FormatError):
            raise
        around.refused.add(node.place, f"{node.kind}: {error.what}")
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        # NumPy's own words, on arrays that do not fit each other.
        around.refused.add(node.place, f"{node.kind}: {printable(str(error))[:120]}")
    # The builder says what is wrong; where that is in the file is known here.
    found[before:] = [(where or node.place, what) for where, what in found[before:]]
    around.known[node.outputs[0]] = UNKNOWN if made is None else made
    for name in node.outputs[1:]:
        what = _("a further output of {kind}", kind=node.kind)
        around.known[name] = Loose(node.place, what)


def _made(op: Operation) -> Given | None:
    kind = op.node.kind
    present = [given for given in op.inputs if given is not None]
    unread = [name for name in op.node.inputs if name and op.around.known.get(name) is None]
    refused = any(isinstance(given, Value) and not given.known for given in present)
    if refused or unread:
        if kind not in OPERATIONS and kind not in FOLDED:
            raise UnsupportedError(printable(kind))
        return UNKNOWN
    if kind in FOLDED and all(isinstance(given, np.ndarray) for given in present):
        return _asked(op, FOLDED[kind](op))
    if kind not in OPERATIONS:
        raise UnsupportedError(printable(kind))
    loose = next((given for given in present if isinstance(given, Loose)), None)
    if loose is not None and kind in _PASSES_LOOSE:
        return loose
    return _asked(op, OPERATIONS[kind](op))


def _asked(op: Operation, made: Given | None) -> Given | None:
    op.check_all_asked()
    return made


def _output(graph: ForeignGraph, around: Surroundings) -> Value:
    if len(graph.outputs) != 1:
        names = ", ".join(printable(name) for name in graph.outputs[:5])
        around.refused.add(
            _("outputs"), _("{count} of them: {names}", count=len(graph.outputs), names=names)
        )
        return UNKNOWN
    made = around.known.get(graph.outputs[0], UNKNOWN)
    if isinstance(made, Loose):
        around.refused.add(made.place, made.what)
    elif not isinstance(made, Value):
        around.refused.add(_("outputs"), _("a constant"))
    return made if isinstance(made, Value) else UNKNOWN


def _finished(graph: ForeignGraph, around: Surroundings, end: Value) -> Woven:
    name = graph.name if _is_name(graph.name) else Network.name
    try:
        return around.builder.finish(name, end)
    except KonvError as error:
        raise FormatError(
            _("no network can be made of it"),
            code="K410",
            where=around.where,
            details=[(error.where or _("reason"), f"{error.code} {error.what}"), *error.details],
            fix=error.fix,
        ) from None


def _is_name(text: str) -> bool:
    try:
        NETWORK_NAME.accept(text)
    except RefusalError:
        return False
    return True
