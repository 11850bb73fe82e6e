"""Modules as people write them become models that give what they give."""

import copy
from dataclasses import replace

import numpy as np
import pytest

import konv

torch = pytest.importorskip("torch")
from formats.pytorch.written_modules import MODULES, trained  # noqa: E402

pytestmark = pytest.mark.oracle
MOST = 2e-6  # of the largest output: a few roundings of float32


def channels_last(x):
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x


@pytest.mark.parametrize("name", MODULES)
def test_the_model_gives_what_the_module_gives(name):
    make, shape = MODULES[name]
    module = trained(make)
    model = konv.from_torch(module, shape)
    x = np.random.default_rng(1).standard_normal((5, *shape), np.float32)
    with torch.no_grad():
        expected = module.eval()(torch.from_numpy(x)).numpy()
    made = model.predict(channels_last(x))
    assert np.abs(made - channels_last(expected)).max() <= MOST * max(1, np.abs(expected).max())
    assert model.record["imported"]["largest_difference"] <= MOST * max(1, np.abs(expected).max())


def layers(network):
    return [(replace(node.layer, name=None), node.output_shape) for node in network.nodes]


@pytest.mark.parametrize("name", MODULES)
def test_there_and_back_changes_no_bit(name):
    make, shape = MODULES[name]
    model = konv.from_torch(trained(make), shape)
    again = konv.from_torch(model.to_torch(), shape, name=model.network.name)
    assert all((again.weights[key] == model.weights[key]).all() for key in model.weights)
    # PyTorch's normalization has γ and β or neither: one of them may have come in, as 1 or 0.
    added = again.weights.keys() - model.weights.keys()
    assert all(((again.weights[key] == 0) | (again.weights[key] == 1)).all() for key in added)
    twice = konv.from_torch(again.to_torch(), shape, name=model.network.name)
    assert twice.network == again.network
    if not added:
        assert layers(again.network) == layers(model.network)


@pytest.mark.parametrize("name", MODULES)
def test_the_module_stays_as_it_is(name):
    make, shape = MODULES[name]
    module = trained(make).train()
    state, modes = copy.deepcopy(module.state_dict()), [m.training for m in module.modules()]
    random = torch.random.get_rng_state()
    konv.from_torch(module, shape)
    assert torch.equal(torch.random.get_rng_state(), random)
    assert [m.training for m in module.modules()] == modes
    assert all(torch.equal(module.state_dict()[key], state[key]) for key in state)
    assert all(parameter.grad is None for parameter in module.parameters())
