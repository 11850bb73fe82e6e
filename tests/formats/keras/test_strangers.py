"""Keras itself is asked about a file of others only where it would look for nothing unknown."""

import numpy as np
import pytest

from formats.keras.keras_files import (
    archive,
    hdf5,
    input_layer,
    layer,
    older,
    older_layer,
    row,
)
from konv.formats.exchange.target import NoRunnerError
from konv.formats.keras import read_keras, reading
from konv.formats.keras.strangers import stranger_in


def object_of(kind, module="keras.regularizers", registered=None, **config):
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def described(**more):
    return row(input_layer(4), layer("Dense", "out", units=2, **more))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"kernel_regularizer": object_of("L2", l2=0.01)},
        {"kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.01}}},
        {"kernel_constraint": object_of("MaxNorm", "keras.constraints", max_value=2)},
        {"kernel_initializer": object_of("GlorotUniform", "keras.initializers", seed=None)},
        {"activation": {"module": "builtins", "class_name": "function", "config": "relu"}},
    ],
)
def test_what_keras_writes_is_known(more):
    assert stranger_in(described(**more)) is None


@pytest.mark.parametrize(
    ("more", "stranger"),
    [
        ({"kernel_regularizer": object_of("L2", "somebodys")}, "somebodys.L2"),
        ({"kernel_regularizer": object_of("L2", registered="mine>L2")}, "keras.regularizers.L2"),
        ({"bias_constraint": object_of("system", "os")}, "os.system"),
        ({"kernel_constraint": {"class_name": "__lambda__", "config": {}}}, "__lambda__"),
        (
            {"activity_regularizer": object_of("function", "keras.utils") | {"config": "get_file"}},
            "keras.utils.function",
        ),
        ({"kernel_initializer": [object_of("run", "subprocess")]}, "subprocess.run"),
        ({"compile_config": object_of("Mine", "somebodys")}, "somebodys.Mine"),
        ({"kernel_regularizer": {"class_name": ["L2"]}}, "['L2']"),
    ],
)
def test_what_keras_would_look_for_is_a_stranger_wherever_it_stands(more, stranger):
    assert stranger_in(described(**more)) == stranger


def test_how_the_model_itself_was_compiled_is_not_looked_at():
    description = described() | {"compile_config": {"optimizer": object_of("Mine", "somebodys")}}
    assert stranger_in(description) is None


WEIGHTS = [np.zeros((4, 2), np.float32), np.zeros(2, np.float32)]


def new_file(more):
    return archive(described(**more), hdf5({"layers/dense": WEIGHTS}))


def older_file(more):
    layers = [
        older_layer("InputLayer", "in", batch_input_shape=[None, 4]),
        older_layer("Dense", "out", units=2, **more),
    ]
    config = {"class_name": "Sequential", "config": {"name": "row", "layers": layers}}
    return older(config, {"out": {"out/kernel:0": WEIGHTS[0], "out/bias:0": WEIGHTS[1]}})


@pytest.mark.parametrize("made", [new_file, older_file])
@pytest.mark.usefixtures("in_this_process")
def test_keras_is_not_asked_about_a_file_with_a_stranger(made, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(reading, "run_keras", lambda path, inputs: asked.append(path))
    path = tmp_path / "theirs.keras"

    path.write_bytes(made({"kernel_regularizer": object_of("L2", "somebodys")}))
    found = read_keras(path)
    assert any("kernel_regularizer" in str(note) for note in found.notes)
    with pytest.raises(NoRunnerError, match=r"somebodys\.L2"):
        found.original(np.zeros((1, 4), np.float32))
    assert not asked

    path.write_bytes(made({"kernel_regularizer": object_of("L2", l2=0.01)}))
    read_keras(path).original(np.zeros((1, 4), np.float32))
    assert asked == [path]
