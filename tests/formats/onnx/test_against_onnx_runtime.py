"""konv → ONNX → ONNX Runtime, and what ONNX Runtime and konv make of the same foreign graphs."""

import numpy as np
import pytest

from formats.onnx.graphs import by_konv, graph_model, numbers, random_contents
from formats.onnx.test_import import CASES
from konv.engines import get_engine
from konv.formats.onnx.export.target import OnnxTarget

pytestmark = pytest.mark.oracle


def run_by_runtime(content, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {session.get_inputs()[0].name: x})
    return y


def alike(one, other):
    """Whether numbers differ by no more than float32 rounds on the way."""
    largest = max(1.0, float(np.abs(other).max()))
    return one.shape == other.shape and np.abs(one - other).max() <= 2e-5 * largest


@pytest.mark.parametrize("seed", range(25))
def test_a_random_network_gives_the_same(seed, tmp_path):
    contents = random_contents(seed)
    written = OnnxTarget().write(contents, "model").files
    paths = {name: tmp_path / name for name in written}
    for name, path in paths.items():
        path.write_bytes(written[name])
    x = numbers(8, *contents.network.input_shape)
    program, found = OnnxTarget().run(paths, x)
    expected = get_engine("compiled").compile(contents.network).forward(contents.weights, x)
    assert program.startswith("ONNX Runtime ")
    assert alike(found, expected)


@pytest.mark.parametrize("name", CASES)
def test_an_operation_gives_what_onnx_runtime_says(name):
    nodes, shape, arrays = CASES[name]
    model = graph_model(nodes, shape, arrays)
    x = 2 * numbers(*shape)
    assert alike(by_konv(model, x), run_by_runtime(model.SerializeToString(), x))


def test_uneven_padding_of_pools_is_that_of_onnx_runtime():
    from formats.onnx.graphs import one

    for pads in ([1, 0, 0, 1], [0, 0, 1, 1], [1, 1, 0, 1]):
        model = graph_model([one("MaxPool", kernel_shape=[2, 3], pads=pads)], (2, 4, 6, 5))
        x = numbers(2, 4, 6, 5)
        assert alike(by_konv(model, x), run_by_runtime(model.SerializeToString(), x))
