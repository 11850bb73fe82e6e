"""What is written for PyTorch, and what another Python makes of it."""

import importlib.util

import numpy as np
import pytest

import konv
from konv.errors import FormatError
from konv.formats.exchange.target import NoRunnerError
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.targets import StateDictTarget, TorchCodeTarget
from konv.formats.pytorch.writing import torch_module
from konv.formats.tensor_file import read_tensors
from konv.model import Model
from konv.network.named import named_network
from oracles.random_networks import random_network

TARGETS = (StateDictTarget, TorchCodeTarget)


def saved(target, contents, folder):
    paths = {}
    for name, content in target.write(contents, "net").files.items():
        paths[name] = folder / name
        paths[name].write_bytes(content)
    return paths


def test_the_files_are_the_text_and_the_weights(tmp_path):
    model = Model.from_network(named_network("digits-mini").network)
    paths = saved(TorchCodeTarget(), model.contents(), tmp_path)
    assert list(paths) == ["net_torch.py", "net_torch.safetensors"]
    arrays, metadata = read_tensors(paths["net_torch.safetensors"])
    assert metadata["format"] == "pt"
    expected = program_of(model.network).state_dict(model.weights)
    assert arrays.keys() == expected.keys()
    assert all((arrays[name] == expected[name]).all() for name in expected)
    assert list(saved(StateDictTarget(), model.contents(), tmp_path)) == ["net.safetensors"]


def test_what_was_written_comes_back_bit_by_bit(tmp_path):
    model = Model.from_network(named_network("resnet8").network, seed=3)
    [path] = saved(StateDictTarget(), model.contents(), tmp_path).values()
    again = Model.from_network(model.network, seed=4)
    again.load_torch_weights(path)
    assert all((again.weights[name] == model.weights[name]).all() for name in model.weights)


@pytest.mark.parametrize("target", TARGETS)
def test_without_pytorch_nobody_runs_it(target, tmp_path, monkeypatch):
    model = Model.from_network(named_network("digits-mini").network)
    paths = saved(target(), model.contents(), tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoRunnerError, match=r"konv\[torch\]"):
        target().run(paths, np.zeros((1, *model.network.input_shape), np.float32))


def test_without_pytorch_there_are_no_modules(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    model = Model.from_network(named_network("digits-mini").network)
    with pytest.raises(FormatError, match="K412"):
        torch_module(model.network, model.weights)
    from konv.torch_import import from_torch

    with pytest.raises(FormatError, match="K412") as caught:
        from_torch(object(), (1, 8, 8))
    assert caught.value.fix == 'pip install "konv[torch]"'


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("target", "seed"), [*((StateDictTarget, seed) for seed in range(12)), (TorchCodeTarget, 12)]
)
def test_another_python_gives_the_same(target, seed, tmp_path):
    model = Model.from_network(random_network(seed, exact=False), seed=seed)
    paths = saved(target(), model.contents(), tmp_path)
    shape = (3, *model.network.input_shape)
    x = np.random.default_rng(seed).standard_normal(shape, np.float32)
    version, made = target().run(paths, x)
    expected = model.predict(x)
    assert version.startswith("PyTorch 2")
    np.testing.assert_allclose(made, expected, atol=2e-6 * max(1, np.abs(expected).max()))


@pytest.mark.oracle
def test_hostile_names_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = 'x"""\'); open("harmed", "w") #'
    model = konv.Sequential(
        [
            konv.Input((4, 4, 1), name="self"),
            konv.Conv2D(2, 3, name="forward", activation="relu"),
            konv.Flatten(name=evil),
            konv.Dense(2, name="합성곱"),
        ],
        name=evil,
    )
    model.labels = konv.model.Labels([evil, "\\"])
    paths = saved(TorchCodeTarget(), model.contents(), tmp_path)
    x = np.ones((1, 4, 4, 1), np.float32)
    made = TorchCodeTarget().run(paths, x)[1]
    np.testing.assert_allclose(made, model.predict(x), atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(paths)
