"""What the peers are given is the same network: PyTorch's numbers are konv's."""

import numpy as np
import pytest
from benchmarks.suite.coordinator import largest_difference
from benchmarks.suite.networks import NETWORKS, make_job, subject
from benchmarks.suite.peers.konv import Konv

from konv import layers
from konv.network import functional, sequential

pytestmark = pytest.mark.oracle


def all_layers():
    """A network with every kind of layer that peers are told how to run."""
    start = layers.Input((13, 11, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", dilation_rate=1, activation="relu")(start)
    x = layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    left = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="silu")(x)
    right = layers.SeparableConv2D(16, 3, padding="same", activation="leaky_relu")(x)
    x = layers.BatchNormalization()(layers.Add()(left, right, left))
    x = layers.ReLU(max_value=6)(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = layers.Concatenate()(x, layers.Conv2D(4, 1, groups=2, true_convolution=True)(x))
    x = layers.AveragePooling2D(2, strides=1)(layers.LeakyReLU(0.1)(x))
    pooled = layers.GlobalMaxPooling2D()(layers.Activation("gelu")(x))
    mean = layers.GlobalAveragePooling2D(keepdims=True)(
        layers.Dense(6, activation="elu")(layers.ELU(0.5)(x))
    )
    flat = layers.Dense(5, activation="tanh")(layers.Activation("sigmoid")(layers.Flatten()(x)))
    x = layers.Concatenate()(pooled, layers.Flatten()(mean), flat)
    x = layers.Dropout(0.0)(layers.Activation("hard_swish")(x))
    for name in ("gelu_tanh", "hard_sigmoid", "selu", "softplus", "mish"):
        x = layers.Activation(name)(x)
    return functional(start, layers.Dense(4, activation="softmax")(x))


CASES = {letter: subject(letter).network for letter in NETWORKS} | {
    "pooled, zeros on one side": sequential([
        layers.Input((7, 6, 2)), layers.Conv2D(3, 2, padding="same"), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(3, use_bias=False),
    ]),
    "a map": sequential([layers.Input((7, 6, 2)), layers.Conv2D(3, 3, activation="relu")]),
    "rows": sequential([layers.Input((9,)), layers.Dense(4, activation="softmax")]),
}  # fmt: skip


def numbers(library, job, task, configuration):
    runnable = library.prepare(job, task, configuration)
    runnable.reset()
    if task == "infer":
        return [np.asarray(runnable.result(runnable.run(0)), np.float64).reshape(-1).tolist()]
    losses = [float(runnable.run(0)) for _step in range(4)]
    runnable.reset()
    assert float(runnable.run(0)) == pytest.approx(losses[0], rel=1e-6), "reset goes back"
    return [losses[:1], [loss - losses[0] for loss in losses[1:]]]


@pytest.mark.parametrize("task", ["infer", "train"])
@pytest.mark.parametrize("network", CASES.values(), ids=CASES)
def test_the_network_in_pytorch_computes_what_konv_computes(network, task, tmp_path):
    pytest.importorskip("torch")
    from benchmarks.suite.peers import pytorch

    job = make_job(network, 3)
    expected = numbers(Konv("reference", pixels=False), job, task, "float32")
    library = pytorch.make(threads=1, cache=tmp_path)
    for configuration in library.configurations(task):
        given = numbers(library, job, task, configuration)
        assert largest_difference(expected, given) < (1e-5 if task == "infer" else 5e-3)


def test_every_kind_of_layer_computes_what_konv_computes(tmp_path):
    pytest.importorskip("torch")
    from benchmarks.suite.peers import pytorch

    job = make_job(all_layers(), 3)
    expected = numbers(Konv("reference", pixels=False), job, "infer", "float32")
    library = pytorch.make(threads=1, cache=tmp_path)
    given = numbers(library, job, "infer", pytorch.CHANNELS_LAST)
    assert largest_difference(expected, given) < 1e-5


@pytest.mark.parametrize("network", CASES.values(), ids=CASES)
def test_the_onnx_file_computes_what_konv_computes(network, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from benchmarks.suite.peers import onnxruntime

    job = make_job(network, 3)
    expected = numbers(Konv("reference", pixels=False), job, "infer", "float32")
    given = numbers(onnxruntime.make(threads=1, cache=tmp_path), job, "infer", "default")
    assert largest_difference(expected, given) < 1e-5
