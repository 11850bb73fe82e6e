"""Which activations are rectifiers: those of a layer's own, and layers that are nothing else."""

import pytest

from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.plan.rectifiers import named_rectifier, rectifier_of
from konv.layers import ELU, Activation, Dense, Dropout, LeakyReLU, ReLU
from konv.layers.activations import ACTIVATIONS


def test_three_activations_have_a_rectifier():
    found = {name: named_rectifier(name) for name in ACTIVATIONS}
    assert {name: rectifier for name, rectifier in found.items() if rectifier is not None} == {
        "linear": LINEAR,
        "relu": RELU,
        "leaky_relu": Rectifier(0.2),
    }


@pytest.mark.parametrize(
    ("layer", "rectifier"),
    [
        (Activation("relu"), RELU),
        (Activation("linear"), LINEAR),
        (Activation("tanh"), None),
        (ReLU(), RELU),
        (ReLU(negative_slope=0.5), Rectifier(0.5)),
        (ReLU(max_value=6), None),
        (ReLU(threshold=1), None),
        (LeakyReLU(0.0), RELU),
        (LeakyReLU(0.3), Rectifier(0.3)),
        (LeakyReLU(1.0), None),
        (LeakyReLU(2.0), None),
        (ELU(0), RELU),
        (ELU(1), None),
        (Dropout(0.5), None),
        (Dense(3, activation="relu"), None),
    ],
    ids=str,
)
def test_a_layer_that_is_nothing_else(layer, rectifier):
    assert rectifier_of(layer) == rectifier
