"""From layers that a person connected to the nodes of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.base import Layer, shape_text
from konv.layers.input import Input
from konv.layers.symbolic import SymbolicTensor, as_tensor, in_order, names_of
from konv.network.assembly import Assembly, Node

__all__ = ["ends_of_row", "wired_nodes"]


def ends_of_row(layers: Sequence[Layer]) -> tuple[Input, SymbolicTensor]:
    """The Input and the output of layers that follow each other.

    Raises:
        NetworkError: K301, K302, K304, K307: no Input, no layers, not a layer, a second Input.
        ShapeError: a layer does not fit.
    """
    if isinstance(layers, Layer):
        raise NetworkError(
            _("{layer} alone, where a list of layers is needed", layer=type(layers).__name__),
            code="K304",
            fix=_("write the layers in brackets: [konv.Input((28, 28, 1)), …]"),
        )
    if not layers:
        raise NetworkError(
            _("a network without layers"),
            code="K302",
            fix=_("begin with konv.Input((height, width, channels))"),
        )
    for layer in layers:
        if not isinstance(layer, Layer):
            raise _not_a_layer(layer)
    first, *others = layers
    if not isinstance(first, Input):
        raise NetworkError(
            _("the first layer is {layer}", layer=type(first).__name__),
            code="K301",
            fix=_("put konv.Input((height, width, channels)) first, such as Input((28, 28, 1))"),
        )
    if any(isinstance(layer, Input) for layer in others):
        raise NetworkError(
            _("a second Input"), code="K307", fix=_("keep the first Input, leave out the others")
        )
    tensor = first.tensor
    for layer in others:
        tensor = layer(tensor)
    return first, tensor


def wired_nodes(inputs: Any, outputs: Any) -> tuple[Node, ...]:
    """The nodes between an Input and the tensor made from it.

    A layer object that is used again shares the weights of its first use.

    Raises:
        NetworkError: K301, K302, K303, K304, K306, K307: it is not one connected network.
    """
    start = _only(inputs, _("a network has one input; merge several with Concatenate or Add"))
    end = _only(outputs, _("a network has one output; merge several with Concatenate or Add"))
    tensors = in_order([end])
    _check_ends(tensors, start)
    _check_names(tensors)
    names = names_of([tensor.layer for tensor in tensors])
    name_of = {id(tensor): name for tensor, name in zip(tensors, names, strict=True)}
    first_use: dict[int, str] = {}
    assembly = Assembly()
    for tensor, name in zip(tensors, names, strict=True):
        sources = [name_of[id(item)] for item in tensor.inputs]
        node = assembly.add(tensor.layer, name, sources, first_use.get(id(tensor.layer)))
        if node.weight_specs:
            first_use.setdefault(id(tensor.layer), name)
    return assembly.nodes


def _only(value: Any, fix: str) -> SymbolicTensor:
    items = value if isinstance(value, (list, tuple)) else [value]
    if len(items) != 1:
        what = _("{count} tensors where there must be one", count=len(items))
        raise NetworkError(what, code="K307", fix=fix)
    return as_tensor(items[0])


def _check_ends(tensors: list[SymbolicTensor], start: SymbolicTensor) -> None:
    inputs = [tensor for tensor in tensors if not tensor.inputs]
    if not isinstance(start.layer, Input):
        raise NetworkError(
            _("the input is what {layer} makes", layer=type(start.layer).__name__),
            code="K301",
            fix=_("give the konv.Input that the network begins with"),
        )
    if start not in inputs:
        raise NetworkError(
            _("no path leads from the input to the output"),
            code="K302",
            fix=_("connect the layers one after the other: x = layer(x)"),
        )
    if len(inputs) > 1:
        raise NetworkError(
            _("{count} inputs", count=len(inputs)),
            code="K307",
            details=[(_("inputs"), ", ".join(shape_text(tensor.shape) for tensor in inputs))],
            fix=_("make all branches from one konv.Input"),
        )


def _check_names(tensors: list[SymbolicTensor]) -> None:
    owners: dict[str, Layer] = {}
    for tensor in tensors:
        name = tensor.layer.name
        if name is not None and owners.setdefault(name, tensor.layer) is not tensor.layer:
            raise NetworkError(
                _("two layers are called {name}", name=repr(name)),
                code="K303",
                fix=_("give each its own name, or none: then one is made"),
            )


def _not_a_layer(value: Any) -> NetworkError:
    call = isinstance(value, type) and issubclass(value, Layer)
    return NetworkError(
        _("{value} is not a layer", value=repr(value)[:60]),
        code="K304",
        fix=_("write {name}(…)", name=value.__name__)
        if call
        else _("a layer such as konv.Flatten()"),
    )
