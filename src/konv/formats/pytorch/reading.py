"""Reading a module of PyTorch: it is traced, and each of its operations is told to the builder."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, ParameterError
from konv.formats.contents import Label, ModelContents
from konv.formats.exchange.channels_first import UNKNOWN, ChannelsFirstBuilder, Value, Woven
from konv.formats.exchange.imported import Imported, Note
from konv.formats.exchange.packages import needed_package
from konv.formats.exchange.refusals import Refusals
from konv.formats.pytorch import operations_on_maps, operations_on_numbers
from konv.formats.pytorch.modules import read_module_call
from konv.formats.pytorch.reader import BATCH, OPERATIONS, Pending, Reader
from konv.language import translate as _

__all__ = ["TorchImport", "read_module"]

# Importing these files registers their operations.
FAMILIES = (operations_on_maps, operations_on_numbers)
_IN_PLACE = ("iadd", "isub", "imul", "itruediv")


class TorchImport:
    """What a module became, and how its numbers become konv's.

    Args:
        imported: the model.
        woven: how inputs and outputs are turned.
        module: the copy of the module that was read.
    """

    def __init__(self, imported: Imported, woven: Woven, module: Any) -> None:
        self.imported, self.woven, self.module = imported, woven, module


def read_module(
    module: Any,
    input_shape: tuple[int, ...],
    *,
    name: str,
    class_names: Sequence[Label] = (),
    preprocessing: Preprocessing | None = None,
) -> TorchImport:
    """A module of PyTorch as a konv network with its weights.

    Args:
        module: an ``nn.Module``; it is not changed.
        input_shape: what it takes, without the batch: (channels, height, width), or (units,).
        name: of the network.
        class_names: the label of each output.
        preprocessing: how a picture becomes the input.

    Raises:
        FormatError: K410, it holds what konv does not have; K407, weights are not finite; K412,
            PyTorch is not there.
        ShapeError: a layer does not fit this input.
    """
    torch = needed_package("torch", _("reading PyTorch modules"))
    from konv.formats.pytorch.tracing import in_eval_mode

    _check_is_module(torch, module)
    notes = _notes_on_numbers(torch, module)
    copied = in_eval_mode(module)
    refused = Refusals()
    reader = Reader(ChannelsFirstBuilder(refused), refused, notes)
    output = _Walk(copied, reader, input_shape).output()
    refused.check_import(
        "from_torch", _("replace these, or import the module by way of ONNX: torch.onnx.export")
    )
    woven = reader.builder.finish(name, output)
    _check_finite(woven)
    if not output.straight:
        reader.place = ""
        reader.note(_("its output comes in konv's order: rows, columns, channels"))
    contents = ModelContents(
        network=woven.network,
        weights=woven.weights,
        class_names=_ordered(class_names, output),
        preprocessing=preprocessing,
    )
    source = f"PyTorch {torch.__version__}, {type(module).__name__}"
    return TorchImport(Imported(contents, source, tuple(reader.notes)), woven, copied)


class _Walk:
    """The operations of a module, one after the other."""

    def __init__(self, module: Any, reader: Reader, input_shape: tuple[int, ...]) -> None:
        from konv.formats.pytorch.tracing import known_functions, traced

        self._module, self._reader = module, reader
        self._graph = traced(module)
        self._functions = known_functions()
        self._input: Value | None = reader.builder.input(input_shape)
        self._made: dict[Any, Any] = {}

    def output(self) -> Value:
        """What the last operation makes; UNKNOWN where anything is refused."""
        for node in self._graph.nodes:
            made = self._known(node.args)
            options = dict(self._known(node.kwargs))
            self._reader.place, self._reader.name = str(node.target), ""
            if node.op == "output":
                return self._reader.value(made[0]) if _is_value(made[0]) else self._no_output()
            before = len(self._reader.refused.found)
            self._made[node] = self._result(node, made, options)
            self._locate(before)
        return UNKNOWN

    def _result(self, node: Any, made: Any, options: Any) -> Any:
        if node.op == "placeholder":
            return self._given(node, made)
        if node.op == "get_attr":
            return _attribute(self._module, node.target)
        name = self._name_of(node)
        self._reader.place = name or node.name
        if not _holds_value((made, options)):
            return self._constant(node, made, options)
        try:
            result = self._operation(node, name, made, options)
        except ParameterError as error:
            return self._reader.refuse(error.what)
        if _in_place(node, name, options, self._module):
            self._made[node.args[0]] = result
        return result

    def _operation(self, node: Any, name: str, made: Any, options: Any) -> Any:
        from konv.formats.pytorch.tracing import kind_of

        if node.op == "call_module":
            module = self._module.get_submodule(node.target)
            self._reader.place = node.target
            self._reader.name = node.target.replace(".", "_")
            return read_module_call(self._reader, module, kind_of(module), made)
        if name == "getattr" and made[1:] == ("shape",):
            return OPERATIONS["size"](self._reader, made[0])
        if name == "getitem" and isinstance(made[0], tuple):
            return made[0][made[1]]
        if name not in OPERATIONS:
            return self._reader.refuse(_("the operation {name}", name=name))
        operation = OPERATIONS[name]
        try:
            inspect.signature(operation).bind(self._reader, *made, **options)
        except TypeError as error:
            return self._reader.refuse(f"{name}: {error}")
        return operation(self._reader, *made, **options)

    def _given(self, node: Any, default: Any) -> Any:
        """The first input is the picture; others must have a value of their own."""
        if self._input is not None:
            value, self._input = self._input, None
            return value
        if default:
            return default[0]
        return self._reader.refuse(_("a second input"))

    def _constant(self, node: Any, made: Any, options: Any) -> Any:
        """What does not depend on the picture is computed here and now."""
        if node.op == "call_module":
            return self._module.get_submodule(node.target)(*made, **options)
        if node.op == "call_method":
            return getattr(made[0], node.target)(*made[1:], **options)
        return node.target(*made, **options)

    def _name_of(self, node: Any) -> str:
        if node.op == "call_function":
            return self._functions.get(node.target) or getattr(node.target, "__name__", "")
        return str(node.target)

    def _known(self, arguments: Any) -> Any:
        from torch import fx

        return fx.node.map_arg(arguments, lambda node: self._made[node])

    def _no_output(self) -> Value:
        return self._reader.refuse(_("several outputs; forward must return one tensor"))

    def _locate(self, before: int) -> None:
        """The builder knows layers by their names, a person by the paths of modules."""
        found = self._reader.refused.found
        found[before:] = [(self._reader.place, what) for _where, what in found[before:]]


def _is_value(x: Any) -> bool:
    return isinstance(x, (Value, Pending))


def _holds_value(x: Any) -> bool:
    """Whether anything in arguments depends on the picture."""
    if isinstance(x, dict):
        return any(map(_holds_value, x.values()))
    if isinstance(x, (tuple, list)):
        return any(map(_holds_value, x))
    return _is_value(x) or x is BATCH


def _in_place(node: Any, name: str, options: Any, module: Any) -> bool:
    """Whether it writes over its first input, so that others see the result there, too."""
    if not node.args or not hasattr(node.args[0], "op"):
        return False
    if node.op == "call_module":
        return bool(getattr(module.get_submodule(node.target), "inplace", False))
    return name.endswith("_") or name in _IN_PLACE or bool(options.get("inplace"))


def _attribute(module: Any, path: str) -> Any:
    for name in path.split("."):
        module = getattr(module, name)
    return module


def _check_is_module(torch: Any, module: Any) -> None:
    if not isinstance(module, torch.nn.Module):
        raise ParameterError(
            _("a {kind} as a module", kind=type(module).__name__),
            code="K201",
            where="from_torch",
            fix=_("a torch.nn.Module with its weights, such as one on which load_state_dict ran"),
        )


def _notes_on_numbers(torch: Any, module: Any) -> list[Note]:
    """Numbers of another kind than float32, which are written as that."""
    kinds = {tensor.dtype for tensor in module.parameters()} | {
        tensor.dtype for tensor in module.buffers() if tensor.dtype.is_floating_point
    }
    others = sorted(str(kind).removeprefix("torch.") for kind in kinds - {torch.float32})
    text = _("its weights became float32, from {kinds}", kinds=", ".join(others))
    return [Note("", text)] if others else []


def _ordered(class_names: Sequence[Label], output: Value) -> tuple[Label, ...]:
    """The labels in the order of konv's outputs."""
    labels = list(class_names)
    if output.straight or len(labels) != output.order.size:
        return tuple(labels)
    turned = labels[:]
    for label, place in zip(labels, output.order, strict=True):
        turned[place] = label
    return tuple(turned)


def _check_finite(woven: Woven) -> None:
    for name, array in woven.weights.items():
        if not np.isfinite(array).all():
            raise FormatError(
                _("{name} holds numbers that are not finite in float32", name=name),
                code="K407",
                where="from_torch",
                fix=_("weights of finite numbers: train again with a smaller learning rate"),
            )
