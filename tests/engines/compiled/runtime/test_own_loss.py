"""A loss of the user's own: asked in the middle of a step, with the right numbers."""

import gc
import threading
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

from konv.engines.compiled.engine import CompiledEngine
from konv.engines.reference.program import ReferenceEngine
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.losses import Loss
from konv.network.graph import sequential
from konv.network.weights import new_weights


@dataclass(frozen=True, repr=False)
class Cubed(Loss):
    """Σ |y − t|³, of any ending."""

    fails: bool = False

    def check(self, activation, output_shape):
        pass

    def prepare_targets(self, targets, output_shape):
        return np.asarray(targets)

    def _value_and_gradient(self, z, targets, activation):
        if self.fails:
            raise ArithmeticError(f"{len(z)} pictures are too many")
        outputs = activation.forward(z)
        off = outputs - targets
        axes = tuple(range(1, z.ndim))
        return (abs(off) ** 3).sum(axes), activation.backward(z, outputs, 3 * off * abs(off))

    def _value(self, outputs, targets):
        return (abs(outputs - targets) ** 3).sum(tuple(range(1, outputs.ndim)))


def network(ending="tanh", *, flat=True):
    """If it ends in a map, that is channels-first: what the loss sees is turned before."""
    if not flat:
        first = {"data_format": "channels_first"}
        layers = [Conv2D(4, 3, **first), Conv2D(2, 1, activation=ending, **first)]
        return sequential([Input((2, 5, 6)), *layers])
    layers = [Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Flatten()]
    return sequential([Input((5, 6, 2)), *layers, Dense(3, activation=ending)])


def arguments(of, pictures=21):
    generator = np.random.default_rng(3)
    images = generator.standard_normal((pictures, *of.input_shape), np.float32)
    targets = generator.standard_normal((pictures, *of.output_shape))
    return new_weights(of, 1), images, targets


@pytest.mark.parametrize("ending", ["linear", "relu", "tanh", "softmax"])
@pytest.mark.parametrize("flat", [True, False])
def test_losses_outputs_and_gradients_are_the_references(ending, flat):
    of = network(ending, flat=flat)
    weights, images, targets = arguments(of)
    shares = np.linspace(0, 2, len(images))
    given, expected = (
        engine.compile(of, loss=Cubed()).loss_and_gradients(
            weights, images, targets, key=0, sample_weight=shares
        )
        for engine in (CompiledEngine(), ReferenceEngine(np.float64))
    )
    np.testing.assert_allclose(given.losses, expected.losses, rtol=1e-4)
    np.testing.assert_allclose(given.outputs, expected.outputs, rtol=1e-4, atol=1e-5)
    assert given.gradients.keys() == expected.gradients.keys()
    for name, gradient in expected.gradients.items():
        np.testing.assert_allclose(given.gradients[name], gradient, rtol=1e-3, atol=1e-5)


def test_what_the_loss_raises_comes_through_and_the_next_step_is_right():
    of = network()
    engine = CompiledEngine()
    weights, images, targets = arguments(of)
    failing = engine.compile(of, loss=Cubed(fails=True))
    for _turn in range(2):
        with pytest.raises(ArithmeticError, match="21 pictures are too many"):
            failing.loss_and_gradients(weights, images, targets, key=0)
    step = engine.compile(of, loss=Cubed()).loss_and_gradients(weights, images, targets, key=0)
    assert np.isfinite(step.losses).all()


def test_a_step_is_let_go_at_once_when_nobody_holds_it():
    """Also the large arrays around the loss: no collector of garbage is waited for."""
    of = network()
    program = CompiledEngine().compile(of, loss=Cubed())
    weights, images, targets = arguments(of)
    gc.collect()
    gc.disable()
    try:
        step = program.loss_and_gradients(weights, images, targets, key=0)
        seen = [weakref.ref(step.outputs), weakref.ref(step.losses)]
        del step
        assert all(known() is None for known in seen)
    finally:
        gc.enable()


def test_several_threads_may_take_steps_at_the_same_time():
    of = network()
    program = CompiledEngine().compile(of, loss=Cubed())
    weights, images, targets = arguments(of)
    expected = program.loss_and_gradients(weights, images, targets, key=0).losses.tobytes()
    found = []

    def work():
        for _turn in range(20):
            step = program.loss_and_gradients(weights, images, targets, key=0)
            found.append(step.losses.tobytes())

    threads = [threading.Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 60
    assert set(found) == {expected}
