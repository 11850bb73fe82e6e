"""ONNX models put together with ONNX's own helpers, and what ONNX's own reference makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from konv.engines import get_engine
from konv.formats import ModelContents
from konv.formats.onnx.importing.weaving import woven_model
from konv.formats.onnx.reading import model_of_bytes
from konv.network.weights import new_weights
from oracles.random_networks import random_network

Array = np.ndarray[Any, np.dtype[Any]]


def graph_model(
    nodes: Sequence[onnx.NodeProto],
    shape: Sequence[Any],
    arrays: Mapping[str, Array] | None = None,
    *,
    opset: int = 18,
    kind: int = TensorProto.FLOAT,
    outputs: Sequence[str] = ("y",),
) -> onnx.ModelProto:
    """A model from "x" to "y"; its arrays are initializers."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (arrays or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model


def one(kind: str, *inputs: str, name: str = "", **settings: Any) -> onnx.NodeProto:
    """One operation from its inputs to "y"."""
    return helper.make_node(kind, list(inputs or ("x",)), ["y"], name=name, **settings)


def chain(*steps: tuple[Any, ...]) -> list[onnx.NodeProto]:
    """Operations behind each other: (kind, {settings}, further inputs …)."""
    nodes, last = [], "x"
    for index, (kind, settings, *further) in enumerate(steps):
        made = "y" if index == len(steps) - 1 else f"t{index}"
        nodes.append(helper.make_node(kind, [last, *further], [made], **settings))
        last = made
    return nodes


def by_reference(model: onnx.ModelProto, x: Array) -> Array:
    """What ONNX's own reference makes of it."""
    evaluator = ReferenceEvaluator(model)
    with np.errstate(all="ignore"):
        (y,) = evaluator.run(None, {evaluator.input_names[0]: x})
    return np.asarray(y)


def by_konv(model: onnx.ModelProto, x: Array, engine: str = "reference") -> Array:
    """What konv makes of it, as the array that ONNX expects."""
    woven = woven_model(model_of_bytes(model.SerializeToString(), "model"), "model").woven
    program = get_engine(engine).compile(woven.network)
    inputs = np.ascontiguousarray(woven.inputs(x), np.float32)
    return woven.outputs(program.forward(dict(woven.weights), inputs))


def numbers(*shape: int, seed: int = 0) -> Array:
    """Normal numbers, the same for the same shape and seed."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def random_contents(seed: int) -> ModelContents:
    """A random network with weights of which no two are alike, and positive variances."""
    network = random_network(seed, exact=False)
    generator = np.random.default_rng(seed)
    weights = {
        name: (weight + generator.uniform(0.01, 0.1, weight.shape)).astype(np.float32)
        for name, weight in new_weights(network, seed).items()
    }
    return ModelContents(network, weights)


def without_metadata(content: bytes) -> bytes:
    """The same graph, as another program might have written it."""
    model = onnx.load_from_string(content)
    del model.metadata_props[:]
    return model.SerializeToString()
