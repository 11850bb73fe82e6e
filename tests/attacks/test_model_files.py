"""Model files made to harm: any bytes give a KonvError soon, in little memory; nothing runs."""

from __future__ import annotations

import builtins
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.bombs import costs_of, needs_linux
from formats.example_models import EXAMPLES, branches, simple
from formats.hostile_files import BOMBS, HEADER_BYTES, SIMPLE, with_header, with_metadata
from konv.errors import FormatError, KonvError, LimitError
from konv.formats import ModelContents, model_bytes, model_from_bytes, read_model
from konv.formats.tensor_file import read_tensors
from oracles.properties import examples

# Damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_file_cut_off_at_any_byte_is_refused_with_its_path(example, tmp_path):
    path = tmp_path / "cut.konv"
    content = model_bytes(example())
    path.write_bytes(content)
    for length in reversed(range(len(content))):
        os.truncate(path, length)
        with pytest.raises(FormatError, match="K401") as caught:
            read_model(path)
        assert caught.value.where == str(path), length


@pytest.mark.parametrize("extra", [b"\0", b"x" * 8, bytes(4096), SIMPLE])
def test_bytes_behind_the_end_are_refused(extra):
    with pytest.raises(FormatError, match="does not end where its arrays end"):
        model_from_bytes(SIMPLE + extra)


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_refused_or_changes_only_what_it_hit(bit):
    for position in range(len(SIMPLE)):
        content = bytearray(SIMPLE)
        content[position] ^= 1 << bit
        found = loaded_or_refused(bytes(content))
        if found is not None:
            assert position >= 8
            assert (weights_of(found) != weights_of(simple())) == (position >= HEADER_BYTES)


def loaded_or_refused(content: bytes) -> ModelContents | None:
    """What is in a file, which must be sound; None if it is refused with its name."""
    refused: FormatError | LimitError
    try:
        found = model_from_bytes(content, "this file")
    except (FormatError, LimitError) as error:
        refused = error
    else:
        assert_sound(found)
        return found
    assert refused.where.startswith("this file")
    assert str(refused)
    return None


def weights_of(contents: ModelContents) -> dict[str, bytes]:
    return {name: np.asarray(array).tobytes() for name, array in contents.weights.items()}


def assert_sound(contents: ModelContents) -> None:
    """It can be used as if it had been saved so: saving and loading it changes nothing."""
    again = model_from_bytes(model_bytes(contents))
    assert again.network == contents.network
    assert weights_of(again) == weights_of(contents)
    assert (again.class_names, again.preprocessing) == (
        contents.class_names,
        contents.preprocessing,
    )


@pytest.mark.parametrize(
    "claimed", [0, 1, HEADER_BYTES - 9, HEADER_BYTES - 7, len(SIMPLE) - 8, len(SIMPLE) - 7]
)
def test_a_length_of_the_header_that_is_a_little_wrong_is_refused(claimed):
    with pytest.raises(FormatError, match="K401"):
        model_from_bytes(struct.pack("<Q", claimed) + SIMPLE[8:])


@pytest.mark.parametrize("claimed", [2**31 - 1, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_huge_length_of_the_header_is_refused(claimed):
    with pytest.raises(FormatError, match="ends before its header does"):
        model_from_bytes(struct.pack("<Q", claimed) + SIMPLE[8:])


# Other kinds of files --------------------------------------------------------------------------


class Payload:
    """Unpickled, it makes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (builtins.open, (str(self.target), "w"))


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "a pickle": lambda pickled: pickled,
    "PyTorch": lambda pickled: zipped("archive/data.pkl", pickled),
    "NumPy": lambda pickled: b"\x93NUMPY\x01\x00v\x00" + pickled,
    "inside the header": lambda pickled: with_header(b"{" + pickled),
    "inside the metadata": lambda pickled: with_metadata(network=pickled.decode("latin-1")),
    "behind a model": lambda pickled: SIMPLE + pickled,
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_a_pickle_is_never_run(wrap, protocol, tmp_path):
    target = tmp_path / "it ran"
    pickled = pickle.dumps(Payload(target), protocol)
    path = tmp_path / "model.konv"
    path.write_bytes(wrap(pickled))
    with pytest.raises(FormatError, match="K401"):
        read_model(path)
    assert not target.exists()
    pickle.loads(pickled).close()
    assert target.exists(), "the payload itself must work, or this test proves nothing"


@pytest.mark.parametrize(
    "kind",
    [
        "os.system",
        "builtins.eval",
        "konv.layers.Dense",
        "__import__",
        "Network",
        "Layer",
        "Checked",
    ],
)
def test_no_name_in_a_file_reaches_anything_but_a_layer(kind):
    network = {"konv": 1, "layers": [{"Input": {"shape": [4, 4, 1]}}, {kind: {"name": "x"}}]}
    with pytest.raises(FormatError, match="there is no layer"):
        model_from_bytes(with_metadata(network=json.dumps(network)))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (zipped("config.json", b"{}"), "Keras"),
        (b"\x08\x03\x12\x04CNTK\x1a\x052.5.1", "ONNX"),
    ],
)
def test_a_file_of_another_kind_is_named_and_not_run(content, kind, tmp_path):
    path = tmp_path / "model.konv"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="K401 in ") as caught:
        read_model(path)
    assert kind in caught.value.what
    assert "nothing in this one was run" in caught.value.fix
    assert str(path) in str(caught.value)


# Time and memory -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    """bomb -> what reading it costs."""
    made = {name: make() for name, make in BOMBS.items()}
    folder = tmp_path_factory.mktemp("bombs")
    return costs_of("konv.formats:read_model", ".konv", SIMPLE, made, folder)


@needs_linux
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory(name, costs):
    costs[name].check()
    assert ".konv" in costs[name].error[2]
    assert len(costs[name].error[2]) < 2_000


# Anything --------------------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["F32", "BOOL", "Conv2D", "Input", "1", "konv", "{}", "[]"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F64", "BOOL", "BF16"]) | JSON_VALUES,
        "shape": st.lists(st.integers(-1, 4), max_size=4) | JSON_VALUES,
        "data_offsets": st.lists(st.integers(-1, 80), min_size=2, max_size=2) | JSON_VALUES,
    }
)
METADATA = st.fixed_dictionaries(
    {
        "format": st.just("konv"),
        "konv_form": st.sampled_from(["1", "2", "x"]),
        "network": JSON_VALUES.map(json.dumps) | st.just(read_tensors(SIMPLE)[1]["network"]),
        "classes": JSON_VALUES.map(json.dumps),
        "preprocessing": JSON_VALUES.map(json.dumps),
        "record": JSON_VALUES.map(json.dumps),
    }
)
HEADERS = st.fixed_dictionaries(
    {"__metadata__": METADATA | JSON_VALUES},
    optional=dict.fromkeys(simple().weights, ENTRIES | JSON_VALUES),
)
LAYERS = st.sampled_from(["Input", "Conv2D", "Dense", "MaxPooling2D", "Add", "Flatten", "Dropout"])
FIELDS = st.sampled_from(
    ["name", "inputs", "shares", "filters", "kernel_size", "padding", "units", "shape", "rate"]
)
LAYER_LISTS = st.lists(
    LAYERS | st.dictionaries(LAYERS, st.dictionaries(FIELDS, JSON_VALUES, max_size=4), max_size=2),
    max_size=5,
)


@examples(100)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content):
    with pytest.raises(FormatError, match="K401"):
        model_from_bytes(content)


@examples(100)
@given(st.binary(max_size=100), st.binary(max_size=40))
def test_any_header_is_refused(text, data):
    loaded_or_refused(with_header(b"{" + text, data))


@examples(100)
@given(HEADERS, st.binary(max_size=80))
def test_any_header_of_the_right_form_is_refused(header, data):
    loaded_or_refused(with_header(json.dumps(header).encode("utf-8", "surrogatepass"), data))


@examples(300)
@given(LAYER_LISTS)
def test_any_network_is_loaded_or_refused(entries):
    begin = [{"Input": {"shape": [4, 4, 1]}}, *entries]
    network = json.dumps({"konv": 1, "layers": begin})
    loaded_or_refused(with_metadata(network=network))


@examples(100)
@given(st.data())
def test_a_model_with_any_piece_replaced_is_loaded_or_refused(data):
    content = model_bytes(branches())
    start = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 12))
    piece = data.draw(st.binary(max_size=12) | st.sampled_from([b"NaN", b'"', b"{}", b"1e999"]))
    loaded_or_refused(content[:start] + piece + content[start + length :])


EVIL = "\x1b[2J\u202e\x07"
ESCAPED = json.dumps(EVIL)


@pytest.mark.parametrize(
    "texts",
    [
        {EVIL: "x"},
        {"konv_form": EVIL},
        {"classes": f"[{ESCAPED},{ESCAPED}]"},
        {"classes": f"[{ESCAPED},[{ESCAPED}]]"},
        {"preprocessing": f"{{{ESCAPED}:1}}"},
        {"preprocessing": f'{{"height":4,"width":4,"channels":1,"policy":{ESCAPED}}}'},
        {"record": f'{{{ESCAPED}:{{"a":[1e300,{2**64}]}}}}'},
        {"record": f"{{{ESCAPED}:1,{ESCAPED}:2}}"},
        {"network": f'{{"konv":1,"layers":[{ESCAPED}]}}'},
        {"network": f'{{"konv":1,"layers":[{{"Input":{{{ESCAPED}:1}}}}]}}'},
        {"network": f'{{"konv":1,"layers":[{{"Input":{{"shape":[4],"name":{ESCAPED}}}}}]}}'},
        {"network": f'{{"konv":1,"layers":["Flatten",{{"ReLU":{{"inputs":[{ESCAPED}]}}}}]}}'},
        {"network": f'{{"konv":{ESCAPED},"layers":[]}}'},
        {"network": f'{{"konv":1,"name":{ESCAPED},"layers":[]}}'},
    ],
)
def test_errors_show_no_control_characters_of_the_file(texts):
    with pytest.raises(KonvError) as caught:
        model_from_bytes(with_metadata(**texts), "a file")
    assert str(caught.value).replace("\n", "").isprintable()
    assert len(str(caught.value)) < 2_000


def test_errors_show_no_control_characters_of_a_header():
    header = {"__metadata__": read_tensors(SIMPLE)[1], EVIL: {"dtype": EVIL}}
    with pytest.raises(KonvError) as caught:
        model_from_bytes(with_header(json.dumps(header).encode()), "a file")
    assert str(caught.value).replace("\n", "").isprintable()
