"""konv behind ONNX's own interface for programs that run models, ``onnx.backend.base.Backend``.

::

    import onnx
    from konv.formats.onnx_backend import KonvBackend

    prepared = KonvBackend.prepare(onnx.load("model.onnx"))
    (output,) = prepared.run([pictures])

The first axis of the input and of the output counts the pictures; a model in which it does not is
refused, as is all that konv does not have, with the whole list. Inputs of the graph beside the
first are constants: kernels, say. With them, a network is made when they are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from konv.engines import DEFAULT_ENGINE, get_engine
from konv.errors import EngineError, KonvError
from konv.formats.exchange.packages import needed_package
from konv.formats.konv_file import check_finite
from konv.formats.onnx.importing.weaving import Weaving, woven_model
from konv.formats.onnx.messages import Model, TensorType, ValueInfo, ValueType
from konv.formats.onnx.reading import model_of_bytes
from konv.formats.onnx.types import DTYPES
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = [
    "KonvBackend",
    "PreparedModel",
    "is_compatible",
    "prepare",
    "run_model",
    "run_node",
    "supports_device",
]

_base = needed_package("onnx.backend.base", _("the ONNX backend"))
Backend: Any = _base.Backend
BackendRep: Any = _base.BackendRep
Array = np.ndarray[Any, np.dtype[Any]]


class PreparedModel(BackendRep):
    """A model that is ready to be run.

    Args:
        model: the messages of the model.
        engine: the name of one of konv's engines.

    Raises:
        FormatError, LimitError: konv cannot read the model, or does not have all that it holds.
    """

    def __init__(self, model: Model, engine: str = DEFAULT_ENGINE) -> None:
        self._model = model
        self._engine = get_engine(engine)
        graph = model.graph
        held = {tensor.name for tensor in graph.initializer} if graph else set()
        self._inputs = [item for item in graph.input if item.name not in held] if graph else []
        self._weaving = None if self._constants else woven_model(model, _WHERE)

    @property
    def _constants(self) -> list[ValueInfo]:
        return self._inputs[1:]

    def run(self, inputs: Sequence[Any] | Mapping[str, Any], **options: Any) -> tuple[Array, ...]:
        """What the model makes of its inputs.

        Args:
            inputs: one array per input of the graph, or the arrays by the inputs' names.
            options: none; ONNX's interface has them.

        Raises:
            EngineError: K705, these are not the arrays that the model takes.
            FormatError: K410, konv does not have what the model and the constants say.
        """
        arrays = self._arrays(inputs)
        constants = {
            item.name or "": array for item, array in zip(self._constants, arrays[1:], strict=True)
        }
        weaving = self._weaving or woven_model(self._model, _WHERE, constants)
        return (self._run(weaving, arrays[0]),)

    def _run(self, weaving: Weaving, pictures: Array) -> Array:
        woven = weaving.woven
        for name, array in woven.weights.items():
            check_finite(name, array, _WHERE)
        if pictures.dtype.kind != "f" or pictures.shape[1:] != woven.input.shape:
            raise _misfit(pictures, woven.input.shape)
        program = self._engine.compile(woven.network)
        images = np.ascontiguousarray(woven.inputs(pictures), np.float32)
        outputs = program.forward(dict(woven.weights), images)
        return np.ascontiguousarray(woven.outputs(outputs), self._dtype or pictures.dtype)

    @property
    def _dtype(self) -> np.dtype[Any] | None:
        """The type that the model says its output has."""
        output = self._model.graph.output[0] if self._model.graph else ValueInfo()
        tensor = (output.type or ValueType()).tensor_type or TensorType()
        found = DTYPES.get(tensor.elem_type or 0)
        return found if found is not None and found.kind == "f" else None

    def _arrays(self, inputs: Sequence[Any] | Mapping[str, Any]) -> list[Array]:
        if isinstance(inputs, np.ndarray):
            inputs = [inputs]
        names = [item.name or "" for item in self._inputs]
        if isinstance(inputs, Mapping):
            inputs = [inputs[name] for name in names if name in inputs]
        if len(inputs) != len(names):
            raise EngineError(
                _("{given} arrays for {needed} inputs", given=len(inputs), needed=len(names)),
                code="K705",
                where=_WHERE,
                fix=_("one for each of {names}", names=", ".join(map(printable, names))),
            )
        return [np.asarray(array) for array in inputs]


class KonvBackend(Backend):
    """konv as a backend of ONNX."""

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Whether konv runs there: on the processor, "CPU"."""
        return device.split(":")[0] == "CPU"

    @classmethod
    def is_compatible(cls, model: Any, device: str = "CPU", **options: Any) -> bool:
        """Whether :meth:`prepare` takes the model."""
        try:
            cls.prepare(model, device, **options)
        except KonvError:
            return False
        return cls.supports_device(device)

    @classmethod
    def prepare(cls, model: Any, device: str = "CPU", **options: Any) -> PreparedModel:
        """A model that is ready to be run.

        Args:
            model: an ``onnx.ModelProto``.
            device: "CPU".
            options: ``engine="reference"``: NumPy instead of machine code.

        Raises:
            FormatError: K401, K410: it is not well-formed, or holds what konv does not have.
            LimitError: K602, K604: it is too large.
            EngineError: K705, another device.
        """
        if not cls.supports_device(device):
            raise EngineError(
                _("the device {device}", device=repr(device)[:40]),
                code="K705",
                where=_WHERE,
                fix=_('konv runs on the processor: device="CPU"'),
            )
        read = model_of_bytes(model.SerializeToString(), _WHERE)
        return PreparedModel(read, str(options.get("engine", DEFAULT_ENGINE)))

    @classmethod
    def run_model(
        cls, model: Any, inputs: Any, device: str = "CPU", **options: Any
    ) -> tuple[Array, ...]:
        """Prepare a model and run it once."""
        return cls.prepare(model, device, **options).run(inputs)

    @classmethod
    def run_node(
        cls,
        node: Any,
        inputs: Any,
        device: str = "CPU",
        outputs_info: Any = None,
        **options: Any,
    ) -> tuple[Array, ...]:
        """Run a single operation: the first input counts pictures along its first axis.

        Args:
            node: an ``onnx.NodeProto``.
            inputs: one array per input.
            device: "CPU".
            outputs_info: not needed.
            options: ``opset_version``, and those of :meth:`prepare`.
        """
        helper = needed_package("onnx.helper", _("the ONNX backend"))
        version = options.pop("opset_version", None)
        arrays = [np.asarray(array) for array in inputs]
        names = [name for name in node.input if name]
        given = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
            for name, a in zip(names, arrays, strict=True)
        ]
        made = [helper.make_empty_tensor_value_info(name) for name in node.output]
        graph = helper.make_graph([node], "node", given, made)
        opsets = None if version is None else [helper.make_opsetid("", version)]
        model = helper.make_model(graph, opset_imports=opsets)
        return cls.run_model(model, arrays, device, **options)


def _misfit(pictures: Array, shape: tuple[int, ...]) -> EngineError:
    expected = ", ".join(["N", *map(str, shape)])
    return EngineError(
        _("an array {shape} of {kind}", shape=shape_text(pictures.shape), kind=pictures.dtype),
        code="K705",
        where=_WHERE,
        fix=_("an array ({shape}) of float32", shape=expected),
    )


_WHERE = "ModelProto"

prepare = KonvBackend.prepare
run_model = KonvBackend.run_model
run_node = KonvBackend.run_node
is_compatible = KonvBackend.is_compatible
supports_device = KonvBackend.supports_device
