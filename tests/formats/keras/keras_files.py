"""Files as Keras writes them, put together by hand: Keras itself is not needed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from formats.example_models import KERNEL

Arrays = Mapping[str, Any]

# What the file of ``simple`` makes of the tutorials' picture, worked out by hand: the
# cross-correlation is [[15, 16], [6, 15]]; with the bias 3, flattened and weighted:
# 18 + 9 = 27, and 19 + 18 + 0.5 = 37.5.
SIMPLE_OUTPUTS = [[27.0, 37.5]]
SIMPLE_WEIGHTS = {
    "conv": [KERNEL.reshape(3, 3, 1, 1), np.array([3], np.float32)],
    "out": [np.float32([[1, 0], [0, 1], [1, 0], [0, 1]]), np.float32([0, 0.5])],
}


def layer(kind: str, name: str, inbound: Any = None, module: str = "keras.layers", **config: Any):
    """A layer as Keras 3 describes it; ``inbound``: the names of those it is called on."""
    entry = {
        "module": module,
        "class_name": kind,
        "config": {"name": name, "trainable": True, "dtype": policy("float32"), **config},
        "registered_name": None,
    }
    if kind == "InputLayer":
        entry["config"] = {"name": name, "dtype": "float32", "sparse": False, **config}
    if inbound is not None:
        entry |= {"name": name, "inbound_nodes": [call(*inbound)] if inbound else []}
    return entry


def policy(name: str) -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": name},
        "registered_name": None,
    }


def call(*sources: Any, **arguments: Any) -> dict[str, Any]:
    """A call of Keras 3 on the layers of these names, or on (name, number of its call)."""
    tensors = [tensor(source) for source in sources]
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": arguments}


def tensor(source: Any) -> dict[str, Any]:
    name, number = source if isinstance(source, tuple) else (source, 0)
    history = {"shape": [None], "dtype": "float32", "keras_history": [name, number, 0]}
    return {"class_name": "__keras_tensor__", "config": history}


def row(*layers: Any, name: str = "row") -> dict[str, Any]:
    """A Sequential model of Keras 3."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": name, "trainable": True, "layers": list(layers)},
        "registered_name": None,
    }


def graph(*layers: Any, output: Any, name: str = "graph", start: Any = "in") -> dict[str, Any]:
    """A Functional model of Keras 3."""
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": list(layers),
            "input_layers": [start, 0, 0],
            "output_layers": [output, 0, 0],
        },
        "registered_name": "Functional",
    }


def input_layer(*shape: int, name: str = "in", **more: Any) -> dict[str, Any]:
    return layer("InputLayer", name, [], batch_shape=[None, *shape], **more)


def hdf5(groups: Mapping[str, list[Any]], names: Mapping[str, str] | None = None) -> bytes:
    """The weights of an archive: the group of a layer -> its arrays."""
    file = io.BytesIO()
    with h5py.File(file, "w") as store:
        for group, arrays in groups.items():
            variables = store.create_group(f"{group}/vars")
            if names and group in names:
                variables.attrs["name"] = names[group]
            for number, array in enumerate(arrays):
                variables.create_dataset(str(number), data=array)
    return file.getvalue()


def archive(config: Any, weights: bytes, version: str = "3.9.0", **parts: bytes) -> bytes:
    """A .keras file."""
    metadata = {"keras_version": version, "date_saved": "2025-01-01@00:00:00"}
    texts = {
        "metadata.json": json.dumps(metadata).encode(),
        "config.json": config if isinstance(config, bytes) else json.dumps(config).encode(),
        "model.weights.h5": weights,
        **parts,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in texts.items():
            made.writestr(name, content)
    return file.getvalue()


def older(config: Any, weights: Mapping[str, Mapping[str, Any]], version: str = "2.13.1") -> bytes:
    """An .h5 file: the name of a layer -> its arrays by name; config None: weights alone."""
    file = io.BytesIO()
    with h5py.File(file, "w") as store:
        root = store
        if config is not None:
            text = config if isinstance(config, bytes) else json.dumps(config).encode()
            store.attrs["model_config"] = text
            store.attrs["keras_version"] = version.encode()
            root = store.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in weights]
        for name, arrays in weights.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [array.encode() for array in arrays]
            for array_name, array in arrays.items():
                group.create_dataset(array_name, data=array)
    return file.getvalue()


def older_layer(kind: str, name: str, inbound: Any = None, **config: Any) -> dict[str, Any]:
    """A layer as Keras 2 describes it; ``inbound``: the names of those it is called on."""
    entry = {"class_name": kind, "config": {"name": name, "dtype": "float32", **config}}
    if inbound is not None:
        nodes = [[[source, 0, 0, {}] for source in inbound]] if inbound else []
        entry |= {"name": name, "inbound_nodes": nodes}
    return entry


def simple() -> bytes:
    """One filter over a 4×4 picture, then two outputs: a Sequential model of Keras 3."""
    config = row(
        layer("InputLayer", "pictures", batch_shape=[None, 4, 4, 1]),
        layer("Conv2D", "conv", filters=1, kernel_size=[3, 3], activation="linear"),
        layer("Flatten", "flat", data_format="channels_last"),
        layer("Dense", "out", units=2),
    )
    groups = {"layers/conv2d": SIMPLE_WEIGHTS["conv"], "layers/dense": SIMPLE_WEIGHTS["out"]}
    names = {"layers/conv2d": "conv", "layers/dense": "out"}
    return archive(config, hdf5(groups, names))


def older_simple() -> bytes:
    """The same as Keras 2 wrote it, without an InputLayer."""
    first = {"batch_input_shape": [None, 4, 4, 1]}
    layers = [
        older_layer("Conv2D", "conv", filters=1, kernel_size=[3, 3], **first),
        older_layer("Flatten", "flat"),
        older_layer("Dense", "out", units=2),
    ]
    config = {"class_name": "Sequential", "config": {"name": "simple", "layers": layers}}
    return older(
        config,
        {
            name: {f"{name}/kernel:0": kernel, f"{name}/bias:0": bias}
            for name, (kernel, bias) in SIMPLE_WEIGHTS.items()
        },
    )
