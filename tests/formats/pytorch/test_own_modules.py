"""What to_torch wrote on a module is believed as long as it is true."""

import copy

import numpy as np
import pytest

import konv
from konv.errors import FormatError
from konv.layers import (
    Add,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Input,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
SHAPE = (2, 6, 6)


def row():
    layers = [
        Input((6, 6, 2)),
        Conv2D(3, 3, activation="relu"),
        BatchNormalization(scale=False),
        AveragePooling2D(2, padding="same"),
        Flatten(),
        Dense(4),
    ]
    return konv.Sequential(layers, seed=1, name="a row")


def branched():
    x = Input((6, 6, 2))
    mix = Conv2D(2, 3, padding="same")
    return konv.Model(x, Flatten()(Add()([mix(x), mix(mix(x))])), seed=2, name="branches")


MODELS = pytest.mark.parametrize("made", [row, branched])


def ways(model):
    """A module of it, its copy, and one that was trained: its kernels are greater by one."""
    module = model.to_torch()
    moved = copy.deepcopy(module).train()
    moved(torch.ones(3, *SHAPE))  # its counters and moving means are others now
    with torch.no_grad():
        for parameter in moved.parameters():
            parameter += parameter.ndim > 1
    return module, copy.deepcopy(module), moved


@MODELS
def test_the_network_comes_back_with_the_weights_of_now(made):
    model = made()
    same, copied, moved = (konv.from_torch(module, SHAPE) for module in ways(model))
    for again in (same, copied, moved):
        assert again.network == model.network
        assert again.record["imported"]["largest_difference"] < 1e-4
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(same.weights[name], weight)
        np.testing.assert_array_equal(copied.weights[name], weight)
        if not name.endswith(("moving_mean", "moving_variance")):
            np.testing.assert_array_equal(moved.weights[name], weight + (weight.ndim > 1))


def test_names_and_classes_may_be_given():
    labels = ["가", "나", "다", "라"]
    again = konv.from_torch(row().to_torch(), SHAPE, name="other", class_names=labels)
    assert (again.network.name, again.classes) == ("other", tuple(labels))


def lost(module):
    del module.konv_network


def garbled(module):
    module.konv_network = '{"konv": 1, "layers": ['


def no_text(module):
    module.konv_network = 3


def of_another(module):
    module.konv_network = branched().to_torch().konv_network


def another_layer(module):
    module[1] = torch.nn.Tanh()


def another_setting(module):
    module.conv2d_1.padding = (1, 1)
    module.conv2d_1.dilation = (2, 2)


def unseen_setting(module):
    pool = next(part for part in module if isinstance(part, torch.nn.AvgPool2d))
    pool.count_include_pad = not pool.count_include_pad


def another_scale(module):
    with torch.no_grad():
        module.batch_normalization_1.weight.fill_(2.0)


def a_layer_more(module):
    module.append(torch.nn.ReLU())


CHANGES = (
    *(lost, garbled, no_text, of_another),
    *(another_layer, another_setting, unseen_setting, another_scale, a_layer_more),
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_module_that_was_changed_is_followed(change):
    model = row()
    module = model.to_torch()
    change(module)
    again = konv.from_torch(module, SHAPE)
    assert "Sequential" in again.record["imported"]["from"]
    pictures = np.random.default_rng(0).standard_normal((5, *SHAPE), np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(pictures)).numpy()
    np.testing.assert_allclose(
        again.predict(pictures.transpose(0, 2, 3, 1)), expected, rtol=1e-4, atol=1e-5
    )
    assert again.network != model.network


def test_a_hook_is_not_read_over():
    module = row().to_torch()
    module[0].register_forward_hook(lambda layer, inputs, output: output * 2)
    with pytest.raises(FormatError):
        konv.from_torch(module, SHAPE)


def test_another_input_shape_is_followed():
    with pytest.raises(FormatError, match="K410"):
        konv.from_torch(row().to_torch(), (2, 8, 8))


def test_weights_that_are_not_finite_are_refused():
    module = row().to_torch()
    with torch.no_grad():
        module.conv2d_1.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(FormatError, match="K407"):
        konv.from_torch(module, SHAPE)
