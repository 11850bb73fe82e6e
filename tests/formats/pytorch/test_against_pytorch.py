"""Random networks in PyTorch give what konv gives, and come back as they went."""

import copy
import io

import numpy as np
import pytest

import konv
from konv.errors import FormatError
from konv.formats.pytorch.lowering.lowering import program_of
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.model import Model
from konv.network.graph import sequential
from konv.network.named import named_networks
from oracles.random_networks import random_network
from oracles.samples import SAMPLES

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
SEEDS = range(25)
MOST = 1e-5  # of the largest output


def random_model(seed):
    """A random network with weights of all kinds, variances above zero."""
    model = Model.from_network(random_network(seed, exact=False), engine="reference")
    random = np.random.default_rng(seed)
    for name, weight in model.weights.items():
        weight[...] = random.normal(0, 0.5, weight.shape)
        if name.endswith("variance"):
            weight[...] = np.abs(weight) + 0.3
    return model, random.standard_normal((4, *model.network.input_shape), np.float32)


def in_pytorch(module, network, x):
    program = program_of(network)
    with torch.no_grad():
        return program.from_torch(module(torch.from_numpy(program.to_torch(x))).numpy())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_gives_the_same_in_pytorch(seed):
    model, x = random_model(seed)
    expected = model.predict(x)
    made = in_pytorch(model.to_torch(), model.network, x)
    assert np.abs(made - expected).max() <= MOST * max(1, np.abs(expected).max())
    assert (made.argmax(-1) == expected.argmax(-1)).all()


ALONE = [s for s in SAMPLES if len(s.shapes) == 1 and s.kind != "Input"]


@pytest.mark.parametrize("sample", ALONE, ids=str)
def test_every_option_of_every_layer_gives_the_same_in_pytorch(sample):
    network = sequential([Input(sample.shapes[0]), sample.layer])
    model = Model.from_network(network, engine="reference")
    for name, weight in sample.weights(np.float32).items():
        model.weights[f"{network.nodes[1].name}/{name}"][...] = weight
    (x,) = sample.inputs(dtype=np.float32)
    np.testing.assert_allclose(
        in_pytorch(model.to_torch(), network, x), model.predict(x), rtol=1e-5, atol=1e-5
    )


def shape_in_pytorch(network):
    return program_of(network).to_torch(np.zeros((1, *network.input_shape))).shape[1:]


def followed(module):
    """The same module without konv's word for what it is."""
    del module.konv_network
    return module


def read(module, shape):
    """The model; None if konv does not have all that the module holds."""
    try:
        return konv.from_torch(module, shape, engine="reference")
    except FormatError as error:
        if error.code != "K410":
            raise
        return None


@pytest.mark.parametrize("seed", range(60))
def test_what_konv_made_comes_back_as_it_was(seed):
    model, _x = random_model(seed)
    again = konv.from_torch(model.to_torch(), shape_in_pytorch(model.network), engine="reference")
    assert again.network == model.network
    assert list(again.weights) == list(model.weights)
    for name, weight in model.weights.items():
        np.testing.assert_array_equal(again.weights[name], weight)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_followed_is_the_same_from_then_on(seed):
    model, _x = random_model(seed)
    once = read(followed(model.to_torch()), shape_in_pytorch(model.network))
    if once is None:
        # Dense works on the last axis: of maps with channels first, that is not the channels.
        assert model.network.data_format == "channels_first"
        return
    module, shape = followed(once.to_torch()), shape_in_pytorch(once.network)
    twice = konv.from_torch(module, shape, name=once.network.name, engine="reference")
    assert twice.network == once.network
    assert all((twice.weights[name] == once.weights[name]).all() for name in once.weights)


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_named_networks_come_back_when_they_are_followed(named):
    model = Model.from_network(named.network, seed=3)
    shape = shape_in_pytorch(named.network)
    again = konv.from_torch(followed(model.to_torch()), shape, name=named.network.name)
    assert [n.output_shape for n in again.network.nodes] == [
        n.output_shape for n in named.network.nodes
    ]
    assert list(again.weights) == list(model.weights)
    assert all((again.weights[name] == model.weights[name]).all() for name in model.weights)


def small():
    layers = [
        Input((6, 5, 2)),
        Conv2D(3, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(2),
    ]
    return konv.Sequential(layers, seed=1)


def test_a_row_is_a_sequential_of_pytorchs_own_modules():
    module = small().to_torch()
    assert type(module) is torch.nn.Sequential
    assert [type(part).__module__.split(".")[:2] for part in module] == [["torch", "nn"]] * 5
    assert not module.training


@pytest.mark.parametrize("seed", [0, 1, 4, 5])
def test_a_module_can_be_copied_saved_and_trained(seed):
    model, x = random_model(seed)
    module = model.to_torch()
    expected = in_pytorch(module, model.network, x)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (copy.deepcopy(module), torch.load(file, weights_only=False)):
        assert (in_pytorch(other, model.network, x) == expected).all()
    given = torch.from_numpy(program_of(model.network).to_torch(x))
    module.train()(given).sum().backward()
    assert all(parameter.requires_grad for parameter in module.parameters())


def test_the_weights_are_the_modules_own():
    model = small()
    before = {name: weight.copy() for name, weight in model.weights.items()}
    module = model.to_torch()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    assert all((model.weights[name] == before[name]).all() for name in before)


def test_no_random_number_of_pytorch_is_used_up():
    state = torch.random.get_rng_state()
    small().to_torch()
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_training_step_changes_moving_values_as_konv_does():
    """PyTorch's momentum is the share of the new value; its variance is that of a sample."""
    model = konv.Sequential([Input((3,)), konv.BatchNormalization(momentum=0.9)])
    x = np.random.default_rng(0).standard_normal((50, 3), np.float32)
    module = model.to_torch().train()
    module(torch.from_numpy(x))
    state = module.state_dict()
    np.testing.assert_allclose(
        state["batch_normalization_1.running_mean"], 0.1 * x.mean(0), atol=1e-6
    )
    np.testing.assert_allclose(
        state["batch_normalization_1.running_var"], 0.9 + 0.1 * x.var(0, ddof=1), rtol=1e-5
    )
