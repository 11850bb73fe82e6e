"""The messages of ONNX files are read and written as onnx's own package does it."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from formats.example_models import EXAMPLES
from konv.errors import FormatError, LimitError
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.arrays import array_of
from konv.formats.onnx.export.target import OnnxTarget
from konv.formats.onnx.message_bytes import bytes_of, read_message
from konv.formats.onnx.messages import Attribute, Model, TensorMessage
from konv.formats.onnx.wire import Source, varint


def read(kind, proto):
    return read_message(kind, memoryview(proto.SerializeToString()), Source("a file"))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**31, 2**63 - 1, -1, -(2**63)])
def test_whole_numbers_are_those_of_protocol_buffers(value):
    proto = onnx.AttributeProto(name="a", i=value, ints=[value, value])
    attribute = read(Attribute, proto)
    assert (attribute.i, attribute.ints) == (value, [value, value])
    assert varint(value) in proto.SerializeToString()


def test_a_packed_list_and_one_that_is_not_are_read_alike():
    packed = onnx.TensorProto(dims=[2], data_type=1, float_data=[1.5, -2.0]).SerializeToString()
    # The same field with the type of a lone float32, once per number.
    lone = b"\x08\x02\x10\x01" + b"".join(b"\x25" + np.float32(x).tobytes() for x in (1.5, -2.0))
    for content in (packed, lone):
        tensor = read_message(TensorMessage, memoryview(content), Source("a file"))
        assert array_of(tensor, "a file", Refusals()).tolist() == [1.5, -2.0]


FITTING = {
    1: [0, 1.5, -3e38],
    2: [0, 255],
    3: [-128, 127],
    4: [0, 65535],
    5: [-32768, 32767],
    6: [-(2**31), 2**31 - 1],
    7: [-(2**63), 2**63 - 1],
    9: [False, True],
    10: [0, 1.5, -65504],
    11: [1e300, -0.5],
    12: [0, 2**32 - 1],
    13: [0, 2**64 - 1],
}


@pytest.mark.parametrize("kind", FITTING)
@pytest.mark.parametrize("raw", [True, False])
def test_arrays_are_those_of_onnx(kind, raw):
    values = np.array(FITTING[kind], helper.tensor_dtype_to_np_dtype(kind))
    proto = helper.make_tensor("t", kind, values.shape, values.tobytes() if raw else values, raw)
    array = array_of(read(TensorMessage, proto), "a file", Refusals())
    assert array.dtype == values.dtype
    assert array.tobytes() == numpy_helper.to_array(proto).tobytes()


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_what_is_written_onnx_reads_and_writes_back_alike(example):
    (content,) = OnnxTarget().write(example(), "model").files.values()
    ours = read_message(Model, memoryview(content), Source("a file"))
    assert b"".join(bytes_of(ours)) == content
    theirs = onnx.load_from_string(content)
    again = read_message(Model, memoryview(theirs.SerializeToString()), Source("a file"))
    assert [node.attribute for node in again.graph.node] == [n.attribute for n in ours.graph.node]
    assert again == ours


def test_a_field_that_stands_there_twice_is_refused():
    # One program would take the first, another the last.
    once = onnx.NodeProto(op_type="Relu").SerializeToString()
    with pytest.raises(FormatError, match="op_type stands there twice"):
        read_message(
            Model,
            memoryview(
                b"\x3a" + bytes([2 + 2 * len(once)]) + b"\x0a" + bytes([2 * len(once)]) + once * 2
            ),
            Source("a file"),
        )


def test_values_are_counted_before_they_take_memory():
    with pytest.raises(LimitError, match="K604"):
        read_message(Attribute, memoryview(b"\x40\x01" * 400_001), Source("a file"))
