"""Files of all kinds: how one begins says what reads it, or what it is instead of a model."""

import os
import pickle
import struct

import pytest

from konv.errors import FormatError, ParameterError
from konv.formats.code_reading import read_keras_code
from konv.formats.sources import read_any_model
from konv.model import Model, load
from konv.network import named_network

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def padded(content, header_bytes):
    """The same safetensors file with a header of another length: it may end in spaces."""
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + length].ljust(header_bytes)
    return struct.pack("<Q", header_bytes) + header + content[8 + length :]


@pytest.fixture(scope="module")
def model():
    return Model.from_network(named_network("simple").network)


# Their bytes, lowest first, begin like a pickle (80 02, …) or like an ONNX file (08 07 12).
@pytest.mark.parametrize("header_bytes", [0x10280, 0x10380, 0x10480, 0x10580, 0x120708])
def test_a_model_file_is_known_whatever_the_length_of_its_header(header_bytes, model, tmp_path):
    path = tmp_path / "model.konv"
    model.save(path)
    path.write_bytes(padded(path.read_bytes(), header_bytes))
    assert load(path).network == model.network


def test_a_pickle_is_refused_with_the_safe_way(tmp_path):
    path = tmp_path / "net.pt"
    path.write_bytes(pickle.dumps({"weight": [1.0]}, protocol=2))
    with pytest.raises(FormatError) as caught:
        read_any_model(path)
    assert caught.value.code == "K404"
    assert "weights_only=True" in str(caught.value)
    assert "konv.from_torch" in caught.value.fix


def test_weights_without_a_network_are_refused_with_what_takes_them(model, tmp_path):
    path = tmp_path / "weights.safetensors"
    model.export(path)
    with pytest.raises(FormatError) as caught:
        read_any_model(path)
    assert caught.value.code == "K401"
    assert "load_torch_weights" in caught.value.fix


@pytest.mark.parametrize("name", ["cat.png", "cat.konv", "cat"])
def test_what_is_no_model_is_refused_with_what_it_is_and_what_would_do(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(PICTURE)
    with pytest.raises(FormatError) as caught:
        read_any_model(path)
    assert (caught.value.code, caught.value.where) == ("K401", str(path))
    assert "it looks like a picture" in caught.value.what
    assert all(ending in caught.value.fix for ending in (".konv", ".keras", ".h5", ".onnx"))


@pytest.mark.parametrize("name", ["pipe.konv", "pipe.onnx", "pipe.keras", "pipe"])
def test_a_pipe_is_not_waited_for(name, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(FormatError, match="K404") as caught:
        read_any_model(tmp_path / name)
    assert "it is not a regular file" in caught.value.what


@pytest.mark.parametrize("read", [load, read_any_model, read_keras_code])
@pytest.mark.parametrize("path", [None, 5, b"net.konv", ["net.konv"]])
def test_what_is_no_path_is_refused(path, read):
    with pytest.raises(ParameterError, match="K201"):
        read(path)
