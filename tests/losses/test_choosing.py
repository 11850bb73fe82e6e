from dataclasses import dataclass

import numpy as np
import pytest

from konv.errors import DataError, ParameterError, TrainingError
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    choose_loss,
    get_loss,
    loss_config,
    loss_from_config,
)

LABELS = np.array([0, 2, 1])
ONE_HOT = np.eye(3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        ("binary_crossentropy", BinaryCrossentropy),
        ("mean_squared_error", MeanSquaredError),
        ("mse", MeanSquaredError),
    ],
)
def test_a_name_gives_a_loss_with_default_fields(name, kind):
    assert get_loss(name) == kind()


def test_a_loss_is_returned_as_it_is():
    loss = CategoricalCrossentropy(label_smoothing=0.1)
    assert get_loss(loss) is loss


def test_a_wrong_name_gives_the_nearest_right_one():
    with pytest.raises(ParameterError, match="K201") as caught:
        get_loss("categorical_cross_entropy")
    assert 'did you mean "categorical_crossentropy"?' in caught.value.fix


@pytest.mark.parametrize("bad", [None, 0, 1.5, "", ["mse"], MeanSquaredError, np.zeros(2)])
def test_what_is_no_loss_is_refused(bad):
    with pytest.raises(ParameterError, match="K201"):
        get_loss(bad)


@pytest.mark.parametrize(
    ("name", "shape", "targets", "expected"),
    [
        ("softmax", (3,), LABELS, SparseCategoricalCrossentropy()),
        ("softmax", (3,), LABELS[:, None], SparseCategoricalCrossentropy()),
        ("softmax", (2,), np.array([True, False]), SparseCategoricalCrossentropy()),
        ("softmax", (3,), ONE_HOT, CategoricalCrossentropy()),
        ("softmax", (3,), ONE_HOT.astype(np.uint8), CategoricalCrossentropy()),
        ("sigmoid", (1,), np.array([0, 1]), BinaryCrossentropy()),
        ("sigmoid", (3,), ONE_HOT, BinaryCrossentropy()),
        ("sigmoid", (4, 4, 1), np.zeros((2, 4, 4)), BinaryCrossentropy()),
        ("linear", (1,), np.array([0.5, 1.5]), MeanSquaredError()),
        ("linear", (3,), ONE_HOT, MeanSquaredError()),
        ("linear", (4, 4, 3), np.zeros((2, 4, 4, 3)), MeanSquaredError()),
        ("linear", (3,), LABELS, SparseCategoricalCrossentropy(from_logits=True)),
    ],
)
def test_the_loss_follows_from_the_output_and_the_targets(
    name, shape, targets, expected, activations
):
    loss = choose_loss(activations[name], shape, targets)
    assert loss == expected
    loss.check(activations[name], shape)
    loss.prepare_targets(targets, shape)


@pytest.mark.parametrize(
    ("name", "shape", "targets"),
    [
        ("tanh", (3,), ONE_HOT),
        ("relu", (1,), np.array([0.5])),
        ("softmax", (3,), np.array([0.0, 1.0])),
        ("softmax", (3,), np.eye(4)),
        ("linear", (1,), np.array([3, 5])),
        ("linear", (3,), ONE_HOT.astype(int)),
        ("linear", (3,), np.zeros((2, 5))),
        ("linear", (4, 4, 3), LABELS),
    ],
)
def test_where_no_loss_follows_the_error_says_what_would(name, shape, targets, activations):
    with pytest.raises(TrainingError, match="K801") as caught:
        choose_loss(activations[name], shape, targets)
    assert name in caught.value.what
    assert str(shape) in caught.value.what
    assert [label for label, _text in caught.value.details] == ["softmax", "sigmoid", "linear"]


def test_a_loss_that_follows_must_still_suit_the_output(activations):
    with pytest.raises(TrainingError, match="GlobalAveragePooling2D"):
        choose_loss(activations["softmax"], (4, 4, 3), np.zeros((2, 4, 4, 3)))
    with pytest.raises(TrainingError, match="always 1"):
        choose_loss(activations["softmax"], (1,), np.array([0, 1]))


def test_names_of_classes_are_not_targets(activations):
    with pytest.raises(DataError, match="K505"):
        choose_loss(activations["softmax"], (2,), ["cat", "dog"])


def test_plain_data_is_short():
    assert loss_config(MeanSquaredError()) == {"kind": "MeanSquaredError"}
    assert loss_config(BinaryCrossentropy(from_logits=True)) == {
        "kind": "BinaryCrossentropy",
        "from_logits": True,
    }


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({}, "K201"),
        ({"kind": "os.system"}, "K201"),
        ({"kind": ["MeanSquaredError"]}, "K201"),
        ({"kind": "mse"}, "K201"),
        ({"kind": "MeanSquaredError", "command": "x"}, "K202"),
        ({"kind": "BinaryCrossentropy", "from_logits": "yes"}, "K201"),
    ],
)
def test_plain_data_that_cannot_be_is_refused(config, code):
    with pytest.raises(ParameterError, match=code):
        loss_from_config(config)


def test_a_loss_of_ones_own_trains_but_is_not_stored():
    @dataclass(frozen=True, repr=False)
    class HouseLoss(BinaryCrossentropy):
        pass

    assert get_loss(HouseLoss()) == HouseLoss()
    with pytest.raises(ParameterError, match="HouseLoss"):
        loss_config(HouseLoss())
