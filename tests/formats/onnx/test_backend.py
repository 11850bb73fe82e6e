"""konv as a backend of ONNX: ONNX's own tests pass or are refused, and the documents say which.

Run as a program, this file writes the table in docs/how-to/onnx.md anew.
"""

import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from documents import ROOT
from formats.onnx.conformance import HEADER, outcomes, table
from formats.onnx.graphs import by_reference, chain, graph_model, numbers, one
from konv.errors import EngineError, FormatError
from konv.formats import onnx_backend
from konv.formats.onnx_backend import KonvBackend
from konv.language import using_language

PAGE = ROOT / "docs" / "how-to" / "onnx.md"
TABLE = re.compile(re.escape(HEADER) + r"(?:\|.*\n)+")
MODEL = graph_model(
    chain(("Conv", {}, "w"), ("Relu", {}), ("Flatten", {}), ("Gemm", {}, "m")),
    ("N", 3, 6, 5),
    {"w": numbers(4, 3, 3, 3), "m": numbers(48, 2)},
)


def conformance():
    with using_language("en"):
        return list(outcomes("reference"))


def page_with_table(page):
    return TABLE.sub(lambda _found: table(conformance()), page)


def test_onnxs_own_tests_pass_or_are_refused_and_the_page_says_which():
    found = conformance()
    assert [outcome for outcome in found if "WRONG" in outcome.said] == []
    assert sum(outcome.passed for outcome in found) >= 75
    (written,) = TABLE.findall(PAGE.read_text("utf-8"))
    assert written == table(found), (
        "run PYTHONPATH=src:tests:. python tests/formats/onnx/test_backend.py"
    )


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_prepared_model_runs_as_often_as_asked(engine):
    prepared = KonvBackend.prepare(MODEL, engine=engine)
    for count in (1, 4):
        x = numbers(count, 3, 6, 5)
        (found,) = prepared.run([x])
        np.testing.assert_allclose(found, by_reference(MODEL, x), rtol=1e-4, atol=1e-5)
    (again,) = prepared.run({"x": x})
    (bare,) = prepared.run(x)
    assert again.tobytes() == bare.tobytes() == found.tobytes()


def test_the_functions_of_the_module_are_those_of_the_class():
    x = numbers(2, 3, 6, 5)
    (found,) = onnx_backend.run_model(MODEL, [x], "CPU")
    assert found.tobytes() == onnx_backend.prepare(MODEL).run([x])[0].tobytes()
    assert onnx_backend.is_compatible(MODEL)
    assert onnx_backend.supports_device("CPU")
    assert not onnx_backend.supports_device("CUDA:0")


def test_a_single_operation_can_be_run():
    x, w = numbers(2, 3, 6, 5), numbers(4, 3, 3, 3)
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 1])
    (found,) = KonvBackend.run_node(node, [x, w], opset_version=18)
    model = graph_model([node], x.shape, {"w": w})
    np.testing.assert_allclose(found, by_reference(model, x), rtol=1e-4, atol=1e-5)


def test_constants_may_come_with_each_call():
    model = graph_model([one("MatMul", "x", "w")], ("N", 4))
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, (4, 3)))
    prepared = KonvBackend.prepare(model)
    x = numbers(2, 4)
    for seed in (1, 2):
        w = numbers(4, 3, seed=seed)
        np.testing.assert_allclose(prepared.run([x, w])[0], x @ w, rtol=1e-4, atol=1e-6)


def test_the_output_has_the_type_that_the_model_says():
    model = graph_model([one("Relu")], (2, 3), kind=TensorProto.DOUBLE)
    (found,) = KonvBackend.prepare(model).run([np.array([[-1.0, 0.5, 2.0]])])
    assert (found.dtype, found.tolist()) == (np.float64, [[0, 0.5, 2]])


def test_what_konv_lacks_is_not_compatible():
    model = graph_model([one("LSTM")], (2, 3))
    assert not KonvBackend.is_compatible(model)
    with pytest.raises(FormatError, match="LSTM"):
        KonvBackend.prepare(model)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "0 arrays for 1 inputs"),
        ([numbers(1, 3, 6, 5)] * 2, "2 arrays for 1 inputs"),
        ({"other": numbers(1, 3, 6, 5)}, "0 arrays for 1 inputs"),
        ([numbers(1, 6, 5, 3)], r"an array \(1, 6, 5, 3\) of float32.*\(N, 3, 6, 5\)"),
        ([np.zeros((1, 3, 6, 5), np.uint8)], "of uint8"),
        ([np.zeros(4, np.float32)], r"an array \(4,\)"),
    ],
)
def test_other_arrays_are_refused(inputs, message):
    with pytest.raises(EngineError, match=f"(?s)K705 in ModelProto: .*{message}"):
        KonvBackend.prepare(MODEL).run(inputs)


def test_another_device_is_refused():
    with pytest.raises(EngineError, match="the device 'CUDA:0'"):
        KonvBackend.prepare(MODEL, "CUDA:0")
    assert not KonvBackend.is_compatible(MODEL, "CUDA")


def test_it_is_a_backend_for_onnx():
    assert issubclass(KonvBackend, onnx.backend.base.Backend)


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text("utf-8")), "utf-8")
