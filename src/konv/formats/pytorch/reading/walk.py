"""A walk through the operations of a module: each is told to the builder as it comes up."""

from __future__ import annotations

from typing import Any

from konv.errors import KonvError, ParameterError
from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.pytorch.reading import activations, arithmetic, axes, maps
from konv.formats.pytorch.reading.modules import read_module_call, tensor_of
from konv.formats.pytorch.reading.reader import BATCH, OPERATIONS, Pending, Reader, reason_of
from konv.language import translate as _

__all__ = ["Walk"]

# Importing these files registers their operations.
FAMILIES = (activations, arithmetic, axes, maps)
_BY_PICTURE = ("view", "reshape")
_IN_PLACE = ("iadd", "isub", "imul", "itruediv")


class Walk:
    """The operations of a module, one after the other."""

    def __init__(self, module: Any, reader: Reader, input_shape: tuple[int, ...]) -> None:
        from konv.formats.pytorch.reading.tracing import known_functions, trace

        self._module, self._reader = module, reader
        self._functions = known_functions()
        self._input: Value | None = reader.builder.input(input_shape)
        self._made: dict[Any, Any] = {}
        self.output = UNKNOWN
        trace(module, self)

    def take(self, node: Any) -> None:
        """Tell one operation to the builder; what it is made of was told before."""
        made, options = self._known(node.args), dict(self._known(node.kwargs))
        self._reader.place, self._reader.name = str(node.target), ""
        before = len(self._reader.refused.found)
        self._made[node] = self._result(node, made, options)
        self._locate(before)

    def sizes(self, node: Any) -> tuple[int, ...]:
        """The sizes of what a node makes, without the batch; none where that is not known."""
        made = self._made[node]
        return self._reader.sizes(made) if _is_value(made) else ()

    def stopped(self, reason: str) -> None:
        """The module's code cannot be followed any further."""
        self._reader.place = "forward"
        self._reader.refuse(
            _("it cannot be followed; it must not decide by numbers ({reason})", reason=reason)
        )

    def _result(self, node: Any, made: Any, options: Any) -> Any:
        if node.op == "output":
            self.output = self._reader.value(made[0]) if _is_value(made[0]) else self._no_output()
            return self.output
        if node.op == "placeholder":
            return self._given(node, made)
        if node.op == "get_attr":
            return _attribute(self._module, node.target)
        name = self._name_of(node)
        self._reader.place = " ".join(filter(None, (_path(node), name or node.name)))
        if not _holds_value((made, options)):
            return self._constant(node, made, options)
        try:
            result = self._operation(node, name, made, options)
        except ParameterError as error:
            return self._reader.refuse(error.what)
        except KonvError as error:
            raise error.located(self._reader.place) from None
        except (IndexError, TypeError, ValueError) as error:
            return self._unfit(error)
        if _in_place(node, name, options, self._module):
            self._made[node.args[0]] = result
        return result

    def _operation(self, node: Any, name: str, made: Any, options: Any) -> Any:
        from konv.formats.pytorch.reading.tracing import kind_of

        if node.op == "call_module":
            module = self._module.get_submodule(node.target)
            self._reader.place = node.target
            # "0" and "1" of an nn.Sequential say nothing.
            self._reader.name = "" if node.target[:1].isdigit() else node.target.replace(".", "_")
            return read_module_call(self._reader, module, kind_of(module), made)
        if name == "getattr" and made[1:] == ("shape",):
            return OPERATIONS["size"](self._reader, made[0])
        if name == "getitem" and isinstance(made[0], tuple):
            return made[0][made[1]]
        if name not in OPERATIONS:
            return self._reader.refuse(_("the operation {name}", name=name))
        if name not in _BY_PICTURE and any(item is BATCH for item in made):
            return self._reader.refuse(_("an operation on the number of pictures"))
        return OPERATIONS[name](self._reader, *made, **options)

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
            return self._reader.refuse(_("a module that is given a constant"))
        function = node.target
        if node.op == "call_method":
            function, made = getattr(made[0], node.target), made[1:]
        try:
            return function(*made, **options)
        # PyTorch's own errors, of any kind, as they would come up when the module runs.
        except Exception as error:
            return self._unfit(error)

    def _unfit(self, error: Exception) -> Value:
        what = _("arguments that do not fit: {reason}", reason=reason_of(error))
        return self._reader.refuse(what)

    def _name_of(self, node: Any) -> str:
        if node.op == "call_function":
            return str(self._functions.get(node.target) or getattr(node.target, "__name__", ""))
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


def _path(node: Any) -> str:
    """Where in the tree of modules a function is called; empty: at the top."""
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return str(stack[-1][0]) if stack and isinstance(stack[-1], tuple) else ""


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
    *modules, last = path.split(".")
    for name in modules:
        module = getattr(module, name)
    return tensor_of(module, last)
