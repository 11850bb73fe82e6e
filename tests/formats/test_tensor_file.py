"""Named arrays in one file, against the safetensors package as an independent implementation."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from konv.errors import FormatError, LimitError, ParameterError
from konv.files import write_atomically
from konv.formats.tensor_file import read_tensors, tensor_bytes, tensor_pieces
from konv.formats.tensor_header import DTYPES, METADATA
from konv.limits import MAX_MODEL_HEADER_BYTES
from oracles.properties import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = TEXTS.filter(lambda name: name != METADATA)
ARRAYS = st.sampled_from(list(DTYPES.values())).flatmap(
    lambda dtype: arrays_of.arrays(
        dtype, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0)
    )
)


def file_of(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype.newbyteorder("=")
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.astype(found[name].dtype, order="C").tobytes()


@examples(100)
@given(st.dictionaries(NAMES, ARRAYS, max_size=5), st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_any_arrays_and_texts_come_back_bit_by_bit(arrays, metadata):
    content = tensor_bytes(arrays, metadata)
    found, texts = read_tensors(content)
    assert_same(found, arrays)
    assert texts == metadata
    assert_same(safetensors.numpy.load(content), arrays)


@examples(100)
@given(st.dictionaries(NAMES, ARRAYS, max_size=4), st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_what_the_safetensors_package_writes_is_read(arrays, metadata):
    plain = {
        name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()
    }
    found, texts = read_tensors(safetensors.numpy.save(plain, metadata or None))
    assert_same(found, plain)
    assert texts == metadata


COUNTING = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "array",
    [
        COUNTING.T,
        COUNTING[:, ::2, ::-1],
        np.asfortranarray(COUNTING),
        np.broadcast_to(np.float32(7), (3, 2)),
        COUNTING.astype(">f4"),
        COUNTING.astype(">f4").T,
        np.array(5.0, dtype=">f8"),
        np.zeros((0, 3), np.uint8),
    ],
    ids=[
        "transposed",
        "stepped",
        "fortran",
        "broadcast",
        "big",
        "big-transposed",
        "scalar",
        "empty",
    ],
)
def test_arrays_that_lie_in_memory_in_another_way_are_stored_by_value(array):
    found, _texts = read_tensors(tensor_bytes({"a": array}, {}))
    assert found["a"].dtype.isnative
    np.testing.assert_array_equal(found["a"], array)
    np.testing.assert_array_equal(
        safetensors.numpy.load(tensor_bytes({"a": array}, {}))["a"], array
    )


def test_the_same_contents_give_the_same_bytes_in_any_order():
    arrays = {"b": np.arange(3.0), "a": np.arange(2, dtype=np.uint8), "c": COUNTING}
    metadata = {"z": "1", "a": "2", "m": "3"}
    backwards = tensor_bytes(dict(reversed(arrays.items())), dict(reversed(metadata.items())))
    assert tensor_bytes(arrays, metadata) == backwards


def test_the_bytes_are_those_of_the_format():
    text = b'{"__metadata__":{"k":"v"},"a":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}'
    padded = text + b" " * (-len(text) % 8)
    expected = struct.pack("<Q", len(padded)) + padded + struct.pack("<ff", 1.0, -2.0)
    assert tensor_bytes({"a": np.array([1, -2], np.float32)}, {"k": "v"}) == expected


def test_every_array_begins_at_a_multiple_of_the_size_of_its_numbers():
    arrays = {f"{position}": np.zeros(3, dtype) for position, dtype in enumerate(DTYPES.values())}
    content = tensor_bytes(arrays, {})
    (header_bytes,) = struct.unpack_from("<Q", content)
    assert header_bytes % 8 == 0
    for name, said in json.loads(content[8 : 8 + header_bytes]).items():
        assert said["data_offsets"][0] % arrays[name].itemsize == 0


def test_arrays_that_were_read_can_be_changed():
    found, _texts = read_tensors(tensor_bytes({"a": np.zeros(2), "b": np.zeros(2)}, {}))
    found["a"] += 1
    assert found["b"].tolist() == [0, 0]


def test_nothing_is_a_file_too():
    assert read_tensors(tensor_bytes({}, {})) == ({}, {})


def test_pieces_written_one_after_the_other_are_the_file(tmp_path):
    path = tmp_path / "고양이.safetensors"
    write_atomically(path, tensor_pieces({"a": COUNTING.T}, {"k": "값"}))
    assert path.read_bytes() == tensor_bytes({"a": COUNTING.T}, {"k": "값"})
    found, texts = read_tensors(path)
    assert_same(found, {"a": COUNTING.T})
    assert texts == {"k": "값"}
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == {"k": "값"}


@pytest.mark.parametrize(
    ("arrays", "metadata"),
    [
        ({METADATA: np.zeros(1)}, {}),
        ({"\ud800": np.zeros(1)}, {}),
        ({1: np.zeros(1)}, {}),
        ({"a": np.array([None])}, {}),
        ({"a": np.array(["x"])}, {}),
        ({"a": np.zeros(1, np.complex64)}, {}),
        ({"a": np.zeros(1, np.longdouble)}, {}),
        ({"a": np.zeros(1, "M8[s]")}, {}),
        ({"a": np.zeros(1, [("x", "f4")])}, {}),
        ({"a": np.zeros((1,) * 9)}, {}),
        ({}, {"k": 1}),
        ({}, {1: "k"}),
        ({}, {"k": "\udfff"}),
    ],
)
def test_what_the_format_cannot_hold_is_refused_when_written(arrays, metadata):
    with pytest.raises(ParameterError, match="K201"):
        tensor_bytes(arrays, metadata)


def test_a_header_that_could_not_be_read_again_is_not_written():
    with pytest.raises(LimitError, match="K604"):
        tensor_bytes({}, {"k": "x" * MAX_MODEL_HEADER_BYTES})
    with pytest.raises(LimitError, match="K604"):
        tensor_bytes({str(number): np.zeros(1) for number in range(30_000)}, {})


SIX = bytes(range(24))

# (header, data, what the error says)
LIES = {
    "a list": ([], b"", "is not a file of konv"),
    "metadata is a list": ({METADATA: []}, b"", "metadata"),
    "metadata holds a number": ({METADATA: {"a": 1}}, b"", "metadata"),
    "an entry is a list": ({"a": []}, SIX, "'a' needs exactly"),
    "an entry lacks its shape": ({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, SIX, "exactly"),
    "an entry says more": ({"a": {**entry(), "device": "cpu"}}, SIX, "exactly"),
    "an unknown dtype": ({"a": entry("BF16")}, SIX[:8], "the dtype 'BF16'"),
    "a dtype that is a list": ({"a": entry(["F32"])}, SIX[:8], "the dtype"),
    "a dtype that is None": ({"a": entry(None)}, SIX[:8], "the dtype"),
    "a shape that is a number": ({"a": entry(shape=2)}, SIX[:8], "cannot be"),
    "a negative size": ({"a": entry(shape=[-2])}, SIX[:8], "cannot be"),
    "two negative sizes": ({"a": entry(shape=[-2, -1])}, SIX[:8], "cannot be"),
    "a size that is true": ({"a": entry(shape=[True, 2])}, SIX[:8], "cannot be"),
    "a size with a fraction": ({"a": entry(shape=[2.0])}, SIX[:8], "cannot be"),
    "a size that overflows 64 bits": (
        {"a": entry(shape=[2**62, 2**62, 0], offsets=[0, 0])},
        b"",
        "cannot be",
    ),
    "a product of 2 modulo 2^64": ({"a": entry(shape=[2**63 + 1, 2])}, SIX[:8], "cannot be"),
    "too many axes": ({"a": entry(shape=[1] * 8 + [2])}, SIX[:8], "cannot be"),
    "one offset": ({"a": entry(offsets=[0])}, SIX[:8], "cannot be"),
    "a negative offset": ({"a": entry(offsets=[-8, 0])}, SIX[:8], "cannot be"),
    "offsets backwards": ({"a": entry(offsets=[8, 0])}, SIX[:8], "has -8 B"),
    "too many bytes for its shape": ({"a": entry(offsets=[0, 12])}, SIX[:12], "has 12 B"),
    "too few bytes for its shape": ({"a": entry(offsets=[0, 4])}, SIX[:4], "has 4 B"),
    "more than the file": ({"a": entry(shape=[100], offsets=[0, 400])}, SIX, "does not end"),
    "behind the file": ({"a": entry(offsets=[2**40, 2**40 + 8])}, SIX, "begins at byte"),
    "a gap at the start": ({"a": entry(offsets=[4, 12])}, SIX[:12], "begins at byte 4"),
    "a gap in the middle": (
        {"a": entry(), "b": entry(offsets=[12, 20])},
        SIX[:20],
        "'b' begins at byte 12, where 8 is expected",
    ),
    "an overlap": ({"a": entry(), "b": entry(offsets=[4, 12])}, SIX[:12], "begins at byte 4"),
    "the same bytes twice": ({"a": entry(), "b": entry()}, SIX[:8], "begins at byte 0"),
    "bytes left over": ({"a": entry()}, SIX[:9], "does not end"),
    "a name twice": (
        b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        b'"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
        SIX[:16],
        "'a' stands there twice",
    ),
    "a truth value of 2": ({"a": entry("BOOL", [2], [0, 2])}, b"\x01\x02", "neither 0 nor 1"),
}


@pytest.mark.parametrize(("header", "data", "what"), LIES.values(), ids=LIES.keys())
def test_a_header_that_lies_is_refused(header, data, what):
    with pytest.raises(FormatError, match="K401 in lies: ") as caught:
        read_tensors(file_of(header, data), where="lies")
    assert what in str(caught.value)


def test_only_the_dtypes_that_are_asked_for_are_read():
    content = tensor_bytes({"a": np.zeros(2, np.float64)}, {})
    with pytest.raises(FormatError, match="'a' has the dtype 'F64'") as caught:
        read_tensors(content, dtypes=("F32", "U8"))
    assert "F32, U8" in str(caught.value)


def test_a_file_over_the_limit_of_the_caller_is_refused_unread(tmp_path):
    content = tensor_bytes({"a": np.zeros(100)}, {})
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    assert read_tensors(path, most_bytes=len(content))[0].keys() == {"a"}
    for source in (path, content):
        with pytest.raises(LimitError, match="K602"):
            read_tensors(source, most_bytes=len(content) - 1)


def test_paths_that_cannot_be_read_are_refused_with_the_path(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("nothing", "nothing/below", "", "pipe", "loop", "x" * 300):
        with pytest.raises(FormatError, match=r"K404 in .*cannot be read") as caught:
            read_tensors(tmp_path / name)
        assert str(tmp_path) in str(caught.value)
    with pytest.raises(FormatError, match="K404"):
        read_tensors("a\0b")
    with pytest.raises(FormatError, match="not a regular file"):
        read_tensors("/dev/zero")


def test_a_file_that_shrinks_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(tensor_bytes({"a": np.zeros(100_000)}, {}))
    real = np.empty

    def shrinking(*args: Any, **kwargs: Any) -> Any:
        os.truncate(path, 1000)
        return real(*args, **kwargs)

    monkeypatch.setattr("konv.formats.tensor_reader.np.empty", shrinking)
    with pytest.raises(FormatError, match="shorter while it was read"):
        read_tensors(path)


def test_a_huge_header_is_refused_unread(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(struct.pack("<Q", 2**29) + b"{")
    os.truncate(path, 2**29 + 8)
    tracemalloc.start()
    try:
        with pytest.raises(
            LimitError, match=r"K604 .*the header of the file has 536,870,912 bytes"
        ):
            read_tensors(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_an_error_of_the_caller_is_not_taken_for_one_of_the_file(tmp_path):
    from konv.formats.tensor_reader import open_tensors

    path = tmp_path / "a.bin"
    path.write_bytes(tensor_bytes({}, {}))
    with pytest.raises(OSError, match="mine"), open_tensors(path):
        raise OSError("mine")
