"""State dicts of PyTorch made to harm: a KonvError soon, in little memory; nothing runs."""

from __future__ import annotations

import json
import os
import pickle
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from formats.hostile_files import with_header
from konv.errors import FormatError, KonvError
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.tensor_file import tensor_bytes
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.model import Model
from konv.network.graph import sequential
from konv.network.weights import new_weights

SECONDS = 5
SPARE_BYTES = 64 * 10**6
NETWORK = sequential([Input((4, 4, 1)), Conv2D(2, 3), Flatten(), Dense(2)])
ARRAYS = program_of(NETWORK).state_dict(new_weights(NETWORK, 0))
WHOLE = tensor_bytes(ARRAYS, {"format": "pt"})


def loaded(path):
    """What loading the file ends in; it must leave the weights of the model as they were."""
    model = Model.from_network(NETWORK, seed=1)
    before = {name: weight.copy() for name, weight in model.weights.items()}
    begun = time.process_time()
    with pytest.raises(KonvError) as caught:
        model.load_torch_weights(path)
    assert time.process_time() - begun < SECONDS
    tracemalloc.start()  # which takes its time
    try:
        with pytest.raises(KonvError):
            model.load_torch_weights(path)
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size + SPARE_BYTES
    finally:
        tracemalloc.stop()
    assert all((model.weights[name] == before[name]).all() for name in before)
    return caught.value


def test_a_file_cut_off_at_any_byte_is_refused(tmp_path):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(WHOLE)
    for length in reversed(range(len(WHOLE))):
        os.truncate(path, length)
        with pytest.raises(FormatError):
            Model.from_network(NETWORK).load_torch_weights(path)


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_refused_or_changes_only_what_it_hit(bit, tmp_path):
    path = tmp_path / "flipped.safetensors"
    for position in range(0, len(WHOLE), 3):
        content = bytearray(WHOLE)
        content[position] ^= 1 << bit
        path.write_bytes(content)
        model = Model.from_network(NETWORK, seed=0)
        before = {name: weight.copy() for name, weight in model.weights.items()}
        try:
            model.load_torch_weights(path)
        except KonvError:
            continue
        changed = sum((model.weights[name] != before[name]).sum() for name in before)
        assert changed <= 1 or position < 8 + int.from_bytes(WHOLE[:8], "little")


def header(**arrays):
    return json.dumps(arrays).encode()


def many_names(count):
    return with_header(
        header(
            **{
                f"layer{number}.weight": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
                for number in range(count)
            }
        )
    )


FILES = {
    "arrays of nothing": many_names(20_000),
    "many arrays": tensor_bytes({f"layer{n}.weight": np.ones((1, n)) for n in range(5_000)}, {}),
    "a name of 3 MB": with_header(
        header(**{"x" * 3_000_000: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}})
    ),
    "a name that moves the cursor": tensor_bytes(
        {**ARRAYS, "\x1b[2J\u202e.weight": np.ones(1)}, {}
    ),
    "a huge shape": with_header(
        header(**{"a.weight": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}})
    ),
    "a shape that overflows": with_header(
        header(**{"a.weight": {"dtype": "F32", "shape": [2**32, 2**32], "data_offsets": [0, 0]}})
    ),
    "a network in the metadata": tensor_bytes(
        {"a.weight": np.ones(3)}, {"konv_network": "{" * 100, "format": "pt"}
    ),
    "dots": tensor_bytes({"." * 200: np.ones(1), "": np.ones(1), ".": np.ones(1)}, {}),
    "digits": tensor_bytes({f"{'9' * 4400}.weight": np.ones(1)}, {}),
    "no array": tensor_bytes({}, {"format": "pt"}),
    "not a number": tensor_bytes(
        {
            name: array * np.float32(np.nan) if array.ndim else array
            for name, array in ARRAYS.items()
        },
        {},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_made_to_harm_is_refused(name, tmp_path):
    path = tmp_path / "harm.safetensors"
    path.write_bytes(FILES[name])
    error = loaded(path)
    assert str(error).isprintable() or all(line.isprintable() for line in str(error).split("\n"))
    assert len(str(error)) < 20_000


class Harm:
    def __reduce__(self):
        return (os.mkdir, ("harmed",))


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.bin", "net.safetensors"])
def test_nothing_in_a_pickle_is_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    for protocol in range(2, 6):
        path.write_bytes(pickle.dumps(Harm(), protocol))
        assert loaded(path).code == "K404"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("net/data.pkl", pickle.dumps(Harm(), protocol))
        assert loaded(path).code == "K404"
    for protocol in range(2):
        path.write_bytes(pickle.dumps(Harm(), protocol))
        assert loaded(path).code in ("K401", "K404")
    assert not (tmp_path / "harmed").exists()
