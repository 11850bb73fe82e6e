"""What training takes: the memory that is foretold is the memory that is taken."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from konv.engines import Update, get_threads, set_threads
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.forecast import estimate as estimate_module
from konv.engines.compiled.forecast.estimate import estimated
from konv.engines.compiled.forecast.usual import (
    example_images,
    example_targets,
    usual_loss,
    usual_pixels,
)
from konv.engines.compiled.kernels.updates import update_kernel
from konv.layers import Dense, Flatten, Input
from konv.network import named_network, named_networks
from konv.network.graph import sequential
from konv.network.weights import new_weights
from konv.optimizers import Adam

# Gradients of larger matrices are taken up by the weights, task by task.
LARGE_MATRIX_BYTES = 128 * 1024
SMALL = named_network("digits-mini").network
NETWORKS = [named.network for named in named_networks()]


@pytest.fixture(autouse=True)
def same_threads_afterwards():
    before = get_threads()
    yield
    set_threads(before)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
@pytest.mark.parametrize(("batch_size", "threads"), [(19, 1), (64, 3)])
def test_the_buffers_that_are_foretold_are_those_that_are_planned(
    network, batch_size, threads, monkeypatch
):
    set_threads(threads)
    monkeypatch.setattr(estimate_module, "free_bytes", lambda: 0)
    foretold = estimated(network, batch_size=batch_size, kind="uint8")
    assert foretold.trial is None
    loss = usual_loss(network)
    program = CompiledEngine().compile(network, loss=loss, pixels=usual_pixels("uint8"))
    images = example_images(network, batch_size, "uint8")
    targets = example_targets(network, loss, batch_size)
    weights, optimizer = new_weights(network, 0), Adam()
    slots = optimizer.new_slots({name: weights[name] for name in network.trained_weights})
    update = Update(optimizer, slots, learning_rate=0.001, iteration=1)
    step = program.train_step(weights, images, targets, update, key=0)
    executable = program.training_step("uint8", update=update_kernel(optimizer)).executable
    memory = foretold.memory
    assert memory.buffers + memory.gradients == executable.memory_bytes > 0
    assert memory.weights == 4 * network.parameters
    trained = [weights[name] for name in network.trained_weights]
    assert memory.optimizer == 2 * sum(array.nbytes for array in trained)  # Adam has m and v
    kept = sum(a.nbytes for a in trained if a.ndim != 2 or a.nbytes <= LARGE_MATRIX_BYTES)
    assert kept <= memory.gradients <= 2.1 * kept + 64 * len(trained)
    given = images.nbytes + step.outputs.nbytes + step.losses.nbytes
    assert given < foretold.memory.batch <= given + 16 * batch_size


PROGRAM = """
import json, sys
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.forecast.usual import *
from konv.network import named_network
from konv.network.weights import new_weights
from konv.optimizers import Adam

network = named_network(sys.argv[1]).network
loss = usual_loss(network)
program = CompiledEngine().compile(network, loss=loss, pixels=usual_pixels("uint8"))


def train(count):
    weights = new_weights(network, 0)
    slots = Adam().new_slots({name: weights[name] for name in network.trained_weights})
    images = example_images(network, count, "uint8")
    targets = example_targets(network, loss, count)
    for turn in (1, 2, 3):
        step = program.loss_and_gradients(weights, images, targets, key=turn)
        program.apply_update(weights, step, Adam(), slots, learning_rate=1e-6, iteration=turn)


def told(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


train(1)
before = told("VmRSS")
train(int(sys.argv[2]))
print(json.dumps(told("VmHWM") - before))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell")
@pytest.mark.parametrize(("name", "batch_size"), [("resnet8", 256), ("mobile-mini", 256)])
def test_the_process_grows_by_what_is_foretold(name, batch_size, monkeypatch):
    monkeypatch.setattr(estimate_module, "free_bytes", lambda: 0)
    network = named_network(name).network
    large, small = (
        estimated(network, batch_size=count, kind="uint8").memory.total for count in (batch_size, 1)
    )
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(batch_size)], capture_output=True, check=True
    )
    grown = json.loads(said.stdout)
    assert large - small > 100 * 2**20
    assert grown == pytest.approx(large - small, rel=0.15)


def test_code_is_new_once():
    network = sequential([Input((7, 3, 1)), Flatten(), Dense(3, activation="softmax")])
    first, second = (estimated(network, batch_size=5, kind="float32") for _time in range(2))
    assert (first.cached, second.cached) == (False, True)
    assert first.code_bytes == second.code_bytes > 1000
    assert first.kernels == second.kernels > 3
    assert 0 < second.compile_s < 5


def test_time_is_measured_with_the_batch_that_was_asked_for():
    found = estimated(SMALL, batch_size=24, kind="uint8")
    assert found.trial.pictures == 24
    assert found.trial.steps >= 1
    assert found.picture_s == found.trial.step_s / 24
    assert found.memory_bytes == found.memory.total + found.code_bytes


def test_of_a_batch_that_takes_long_a_part_is_tried():
    network = named_network("vgg-mini").network
    found = estimated(network, batch_size=65_536, kind="uint8")
    assert 8 <= found.trial.pictures < 4_096
    # 2 KiB and more for each picture of the whole batch
    assert found.memory.batch > 65_536 * 3_072


def test_what_does_not_fit_is_foretold_all_the_same(monkeypatch):
    monkeypatch.setattr(estimate_module, "free_bytes", lambda: 1_000_000)
    found = estimated(SMALL, batch_size=512, kind="uint8")
    assert found.trial is None
    assert found.picture_s == found.predicted_s > 0


def test_a_network_without_weights_is_estimated_too():
    network = sequential([Input((4, 4, 1)), Flatten()])
    found = estimated(network, batch_size=8, kind="uint8")
    assert found.memory.weights == found.memory.optimizer == 0
    assert found.trial.step_s > 0


def test_a_network_of_many_gigabytes_is_estimated_without_touching_them(monkeypatch):
    # 28·28·16·65,536 weights and two moments of each; their gradient is never there as a whole.
    network = sequential([Input((28, 28, 16)), Flatten(), Dense(65_536), Dense(2)])
    monkeypatch.setattr(estimate_module, "free_bytes", lambda: 2**30)
    found = estimated(network, batch_size=4_096, kind="uint8")
    assert found.trial is None
    assert found.memory.total > 3 * 4 * network.parameters > 9 * 2**30
    assert found.memory.gradients < 2**20


def test_free_memory_is_known_or_not_told():
    free = estimate_module.free_bytes()
    assert free is None or 2**20 < free < 2**50
    assert np.iinfo(np.int64).max > (free or 0)
