"""What ``network=`` may say, and what is trained then."""

import numpy as np
import pytest
from sklearn.base import clone

import konv
from estimator.samples import strokes
from konv.errors import DataError, NetworkError, ParameterError
from konv.sklearn import ConvClassifier

X, Y = strokes()
QUICK = {"epochs": 1, "random_state": 0, "engine": "reference"}  # nothing to compile
LAYERS = [konv.Conv2D(2, 3), konv.Flatten(), konv.Dense(2, activation="softmax")]
WHOLE = [konv.Input((6, 6, 1)), *LAYERS]


def made(image_shape, classes):
    assert (image_shape, classes) == ((6, 6, 1), 2)
    return LAYERS


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        # 2·9 + 2 of the convolution, 2·4·4·2 + 2 of the dense layer.
        (LAYERS, 86),
        (WHOLE, 86),
        (tuple(LAYERS), 86),
        (konv.Sequential(WHOLE), 86),
        (konv.Sequential(WHOLE).network, 86),
        (made, 86),
        (lambda shape, classes: konv.Sequential([konv.Input(shape), *LAYERS]), 86),
        ("digits-mini", konv.named_network("digits-mini").adapted((6, 6, 1), 2).parameters),
        ("auto", konv.named_network("digits-mini").adapted((6, 6, 1), 2).parameters),
    ],
)
def test_a_network_may_be_said_in_many_ways(network, parameters):
    classifier = ConvClassifier(network, **QUICK)
    for one in (classifier, clone(classifier)):
        assert one.fit(X, Y).model_.network.parameters == parameters


def test_what_was_given_is_not_changed():
    model = konv.Sequential(WHOLE, seed=7)
    before = model.get_weights()
    classifier = ConvClassifier(model, **QUICK).fit(X, Y)
    assert classifier.network is model
    assert classifier.model_ is not model
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
    assert model.labels is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 3), (3, 40), (4, 4), (7, 30), (30, 28)])
@pytest.mark.parametrize("classes", [2, 3])
def test_auto_has_a_network_for_every_picture(shape, classes):
    x = np.random.default_rng(0).uniform(size=(6, *shape))
    classifier = ConvClassifier(**QUICK).fit(x, np.arange(6) % classes)
    name = classifier.model_.network.name
    assert (name == "dense") == (min(shape) < 4)
    assert classifier.predict_proba(x).shape == (6, classes)


@pytest.mark.parametrize(("ending", "activation"), [(2, "softmax"), (2, "linear"), (1, "sigmoid")])
def test_probabilities_come_from_any_ending_for_classes(ending, activation):
    layers = [konv.Flatten(), konv.Dense(ending, activation=activation)]
    classifier = ConvClassifier(layers, **QUICK).fit(X, Y)
    probable = classifier.predict_proba(X)
    outputs = classifier.model_.predict(X)
    if activation == "sigmoid":
        expected = np.hstack([1 - outputs, outputs])
    elif activation == "linear":
        expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    else:
        expected = outputs
    assert probable == pytest.approx(expected, abs=1e-6)
    assert probable.sum(axis=1) == pytest.approx(1)
    assert (classifier.predict(X) == probable.argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("network", "kind", "code"),
    [
        (3, ParameterError, "K201"),
        (None, ParameterError, "K201"),
        (konv.Conv2D, ParameterError, "K201"),
        (konv.Dense(2), ParameterError, "K201"),
        (lambda shape, classes: None, ParameterError, "K201"),
        ("lenet6", NetworkError, "K309"),
        ("lenet5", NetworkError, "K308"),
        (
            lambda shape, classes: konv.Sequential([konv.Input((8, 8, 1)), *LAYERS]),
            NetworkError,
            "K308",
        ),
        ([], DataError, "K505"),
        ([*LAYERS[:-1], konv.Dense(3, activation="softmax")], DataError, "K505"),
        ([*LAYERS[:-1], konv.Dense(2, activation="sigmoid")], DataError, "K505"),
        ([*LAYERS[:-1], konv.Dense(1)], DataError, "K505"),
        ([konv.Conv2D(2, 7), *LAYERS[1:]], konv.ShapeError, "K104"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_code(network, kind, code):
    with pytest.raises(kind) as refused:
        ConvClassifier(network).fit(X, Y)
    assert refused.value.code == code
    assert isinstance(refused.value, ValueError)
