"""ONNX files made to harm: an error soon, in little memory; no other file is read."""

from __future__ import annotations

import builtins
import io
import os
import random
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from attacks.bombs import MOST_SECONDS, costs_of, needs_linux
from formats.example_models import branches, every_layer, simple
from formats.onnx.graphs import chain, graph_model, numbers, one, without_metadata
from konv.errors import FormatError, LimitError
from konv.formats import ModelContents, model_bytes, model_from_bytes
from konv.formats.onnx.export.target import OnnxTarget
from konv.formats.onnx.importing.model import onnx_from_bytes, read_onnx


def content(contents: ModelContents) -> bytes:
    (written,) = OnnxTarget().write(contents, "model").files.values()
    return written


SIMPLE = content(simple())
FOREIGN = without_metadata(SIMPLE)


def loaded_or_refused(damaged: bytes) -> ModelContents | None:
    """What is in a file, which must be sound; None if it is refused with its name, soon."""
    start = time.process_time()
    refused = found = None
    try:
        found = onnx_from_bytes(damaged, "this file").contents
    except (FormatError, LimitError) as error:
        refused = error
    assert time.process_time() - start < MOST_SECONDS
    if found is None:
        assert refused.where.startswith("this file")
        assert str(refused)
        return None
    assert model_from_bytes(model_bytes(found)).network == found.network
    return found


# Damage ------------------------------------------------------------------------------------------


def test_a_file_of_konvs_that_is_cut_off_anywhere_is_refused():
    # The graph is written last: without its end there is none.
    for length in range(len(SIMPLE)):
        with pytest.raises(FormatError, match="K401"):
            onnx_from_bytes(SIMPLE[:length])


def test_a_file_of_others_that_is_cut_off_anywhere_is_refused():
    for length in range(len(FOREIGN)):
        assert loaded_or_refused(FOREIGN[:length]) is None


@pytest.mark.parametrize("sample", [SIMPLE, FOREIGN], ids=["konv", "others"])
def test_a_flipped_bit_is_refused_or_gives_a_sound_model(sample):
    for place in range(len(sample)):
        damaged = bytearray(sample)
        damaged[place] ^= 1 << (place % 8)
        loaded_or_refused(bytes(damaged))


@pytest.mark.parametrize("example", [branches, every_layer], ids=lambda each: each.__name__)
def test_several_flipped_bits_are_refused_or_give_a_sound_model(example):
    sample, chance = without_metadata(content(example())), random.Random(0)
    for _time in range(300):
        damaged = bytearray(sample)
        for _flip in range(chance.choice((1, 2, 4))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        loaded_or_refused(bytes(damaged))


def test_behind_a_true_beginning_any_bytes_are_refused():
    chance = random.Random(1)
    for length in (0, 2, 10, 40, 100):
        for _time in range(20):
            loaded_or_refused(SIMPLE[:length] + chance.randbytes(chance.randrange(300)))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty file"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"PK\x03\x04" + b"x" * 40, "ZIP archive"),
        (b"\x80\x04\x95x.", "pickle"),
        (b"hello", "a text"),
    ],
)
def test_other_kinds_of_files_are_named(head, kind):
    with pytest.raises(FormatError, match=f"(?s)K401.*it looks like .*{kind}"):
        onnx_from_bytes(head)


# Claims ------------------------------------------------------------------------------------------

ROW = ("N", 4)


def model(nodes=None, shape=ROW, **arrays):
    return graph_model(nodes or [one("MatMul", "x", "w")], shape, arrays)


def with_array(**fields):
    """A product with an array whose fields are given: they may lie."""
    made = model(w=numbers(4, 2))
    array = made.graph.initializer[0]
    for name, value in fields.items():
        if isinstance(value, list):
            del getattr(array, name)[:]
            getattr(array, name).extend(value)
        else:
            setattr(array, name, value)
    return made


LIES = {
    # What an array claims to be is more than what there is: 4 GB of nothing.
    "more numbers than bytes": (with_array(dims=[2**30, 2]), "K401"),
    "fewer numbers than bytes": (with_array(dims=[4, 1]), "K401"),
    # 2³² · 2³² = 2⁶⁴, which is 0 in 64 bits, as many as there are in an empty array.
    "dimensions that overflow": (with_array(dims=[2**32, 2**32], raw_data=b""), "K401"),
    "dimensions whose product is that of the bytes, modulo 2⁶⁴": (
        with_array(dims=[2**62, 4, 2, 2]),
        "K401",
    ),
    "negative dimensions": (with_array(dims=[-4, -2]), "K401"),
    "a dimension of nothing": (with_array(dims=[0, 2], raw_data=b""), "K410"),
    "a hundred dimensions": (with_array(dims=[1] * 100), "K401"),
    "half a number": (with_array(raw_data=b"\0" * 33), "K401"),
    "numbers in two places": (with_array(float_data=[1.0] * 8), "K401"),
    "numbers in the field of another type": (
        with_array(raw_data=b"", int64_data=[1] * 8),
        "K401",
    ),
    "a type that does not exist": (with_array(data_type=77), "K410"),
    "not a number": (with_array(raw_data=np.full(8, np.nan, "<f4").tobytes()), "K407"),
    "infinity": (with_array(raw_data=np.full(8, np.inf, "<f4").tobytes()), "K407"),
    "float64 beyond float32": (
        with_array(data_type=11, raw_data=np.full(8, 1e300).tobytes()),
        "K407",
    ),
    # Shapes.
    "an input of 2⁶³ − 1 rows": (model([one("Relu")], (1, 3, 2**63 - 1, 4)), "K410"),
    "an input of −1 rows": (model([one("Relu")], (1, 3, -1, 4)), "K410"),
    "an input of 2²⁸ numbers": (
        model([one("Flatten"), one("MatMul")][:1], (1, 1, 16384, 16384)),
        None,
    ),
    "a stride of 2⁶²": (
        model([one("MaxPool", kernel_shape=[2, 2], strides=[2**62, 1])], (1, 1, 4, 4)),
        "K410",
    ),
    "padding of 2⁶²": (
        model([one("Conv", "x", "w", pads=[2**62] * 4)], (1, 1, 4, 4), w=numbers(1, 1, 2, 2)),
        "K410",
    ),
    "a pool of nothing": (model([one("MaxPool", kernel_shape=[0, 2])], (1, 1, 4, 4)), "K410"),
    "no groups": (
        model([one("Conv", "x", "w", group=0)], (1, 1, 4, 4), w=numbers(1, 1, 2, 2)),
        "K410",
    ),
    "2³² groups": (
        model([one("Conv", "x", "w", group=2**32)], (1, 1, 4, 4), w=numbers(1, 1, 2, 2)),
        "K410",
    ),
    # Wiring.
    "a circle": (
        model(
            [
                helper.make_node("Add", ["x", "b"], ["a"]),
                helper.make_node("Relu", ["a"], ["b"]),
                one("Relu", "b"),
            ]
        ),
        "K401",
    ),
    "the wrong order": (
        model([one("Relu", "a"), helper.make_node("Relu", ["x"], ["a"])]),
        "K401",
    ),
    "an operation on itself": (model([one("Relu", "y")]), "K401"),
    "what nobody makes": (model([one("Relu", "nobody")]), "K401"),
    "an output that nobody makes": (model([helper.make_node("Relu", ["x"], ["z"])]), "K401"),
    "an output twice": (model([one("Relu"), one("Tanh")]), "K401"),
    "an array made again": (
        model([helper.make_node("Relu", ["x"], ["w"]), one("Relu", "w")], w=numbers(2)),
        "K401",
    ),
    "a setting twice": (model([one("Elu", alpha=1.0)]), None),
    "too few inputs": (model([one("MatMul")]), "K410"),
    "no inputs": (model([helper.make_node("Relu", [], ["y"])]), "K410"),
    "a setting of another type": (model([one("Elu", alpha="much")]), "K401"),
    "a setting that refers to a function": (model([one("Elu", alpha=1.0)]), None),
}
LIES["a setting twice"][0].graph.node[0].attribute.add(name="alpha", f=2.0, type=1)
LIES["a setting twice"] = (LIES["a setting twice"][0], "K401")
LIES["a setting that refers to a function"][0].graph.node[0].attribute[0].ref_attr_name = "outer"
LIES["a setting that refers to a function"] = (
    LIES["a setting that refers to a function"][0],
    "K401",
)


@pytest.mark.parametrize("name", LIES)
def test_a_claim_that_lies_is_refused(name):
    made, code = LIES[name]
    start = time.process_time()
    if code is None:
        onnx_from_bytes(made.SerializeToString(), "this file")
    else:
        with pytest.raises(FormatError, match=f"{code} in this file"):
            onnx_from_bytes(made.SerializeToString(), "this file")
    assert time.process_time() - start < MOST_SECONDS


def test_an_array_twice_is_refused():
    made = model(w=numbers(4, 2))
    made.graph.initializer.append(made.graph.initializer[0])
    with pytest.raises(FormatError, match="two arrays are called 'w'"):
        onnx_from_bytes(made.SerializeToString())


def test_two_versions_of_the_operations_are_refused():
    made = model(w=numbers(4, 2))
    made.opset_import.add(domain="ai.onnx", version=9)
    with pytest.raises(FormatError, match="names 2 versions"):
        onnx_from_bytes(made.SerializeToString())


def test_no_other_file_is_opened(tmp_path, monkeypatch):
    made = model(w=numbers(4, 2))
    array = made.graph.initializer[0]
    array.ClearField("raw_data")
    array.data_location = TensorProto.EXTERNAL
    array.external_data.add(key="location", value="weights.bin")
    (tmp_path / "weights.bin").write_bytes(numbers(4, 2).tobytes())
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    opened = []
    true_open = io.open
    for module in (builtins, io):
        monkeypatch.setattr(
            module, "open", lambda *a, **k: opened.append(a[0]) or true_open(*a, **k)
        )
    with pytest.raises(FormatError, match="external data"):
        read_onnx(path)
    assert opened == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(FormatError, match=r"K404.*not a regular file"):
        read_onnx(tmp_path / "pipe.onnx")


def test_texts_that_move_the_cursor_are_written_out():
    made = model([one("\x1b[2J", name="\x1b]0;title\x07")])
    with pytest.raises(FormatError) as caught:
        onnx_from_bytes(made.SerializeToString())
    assert "\x1b" not in str(caught.value)


# Time and memory ---------------------------------------------------------------------------------


def bombs() -> dict[str, bytes]:
    """Small files that claim much, or that make work out of little."""

    def row(kind: str, count: int, *further: str) -> list[onnx.NodeProto]:
        return chain(*[(kind, {}, *further)] * count)

    large = np.ones((1000, 1000), np.float32)
    made = {
        # An empty message takes two bytes in the file and a hundred in memory.
        "a million empty operations": b"\x08\x08\x42\x02\x10\x12\x3a\x80\x89\x7a"
        + b"\x0a\0" * 10**6,
        "many operations": model(row("Relu", 120_000)).SerializeToString(),
        "more layers than there may be": model(row("Relu", 12_000)).SerializeToString(),
        "operations that nobody knows": model(row("Foo", 20_000)).SerializeToString(),
        "products of products": model(row("Mul", 15_000, "x")).SerializeToString(),
        # Each use of the same array would be weights of a layer of its own.
        "an array a thousand times": model(
            [
                helper.make_node("MatMul", [f"t{i}" if i else "x", "w"], [f"u{i}"])
                if i % 2 == 0
                else helper.make_node("Gemm", [f"u{i - 1}", "w", ""], [f"t{i + 1}"], alpha=1.0 + i)
                for i in range(2000)
            ]
            + [one("Relu", "t2000")],
            ("N", 1000),
            w=large,
        ).SerializeToString(),
        "a number per number": model(
            [helper.make_node("Flatten", ["x"], ["f"]), one("Add", "f", "c")],
            (1, 1, 16384, 16384),
            c=np.array(1, np.float32),
        ).SerializeToString(),
        "a row a million times": model(
            [helper.make_node("Gather", ["w", "i"], ["g"]), one("MatMul", "x", "g")],
            w=large,
            i=np.zeros(10**6, np.int64),
        ).SerializeToString(),
        "a table of two lines": model(
            [helper.make_node("Add", ["a", "b"], ["w"]), one("MatMul", "x", "w")],
            a=np.ones((10**5, 1), np.float32),
            b=np.ones((1, 10**5), np.float32),
        ).SerializeToString(),
        "a shape alone": model(
            [helper.make_node("ConstantOfShape", ["s"], ["w"]), one("MatMul", "x", "w")],
            s=np.array([4, 2**40]),
        ).SerializeToString(),
        "numbers that are packed": model(w=numbers(4, 2)).SerializeToString(),
        "not numbers, and many": model(
            shape=("N", 3000), w=np.full((3000, 3000), np.nan, np.float32)
        ).SerializeToString(),
    }
    packed = model(w=numbers(4, 2))
    packed.graph.initializer[0].data_type = TensorProto.INT32
    packed.graph.initializer[0].ClearField("raw_data")
    packed.graph.initializer[0].dims[:] = [4, 2**20]
    packed.graph.initializer[0].int32_data.extend([0] * 2**22)
    made["numbers that are packed"] = packed.SerializeToString()
    return made


@needs_linux
def test_no_bomb_takes_memory_or_time(tmp_path):
    read = "konv.formats.onnx.importing.model:read_onnx"
    for name, cost in costs_of(read, ".onnx", SIMPLE, bombs(), tmp_path).items():
        cost.check()
        assert cost.error[1] in ("K401", "K407", "K410", "K604"), name
