"""Each rule on a training that has the ill and on a near twin that has not; and their limits."""

import math

import numpy as np
import pytest

import konv
from konv.cli.planning import standardized
from konv.layers import BatchNormalization, Conv2D, Dense, Flatten, Input
from konv.network import named_network
from konv.network.graph import sequential
from konv.training.health.course import Course
from konv.training.health.examination import Examination, Rectified
from konv.training.health.guessing import Guess
from konv.training.health.rules import RULES
from konv.training.health.weight_changes import WeightChange
from training.health.trainings import (
    codes,
    digits,
    of_few_pictures,
    shuffled,
    with_activation,
    with_bias,
    with_labels,
    with_last_gradient,
    with_learning_rate,
    with_noisy_labels,
    with_optimizer,
)

ILLS = [
    ("T101", with_bias, -100, 0),
    ("T102", with_optimizer, konv.SGD(100.0), konv.SGD(0.01)),
    ("T102", with_optimizer, konv.Adam(1.0), konv.Adam(0.01)),
    ("T103", with_activation, "sigmoid", "relu"),
    ("T104", with_last_gradient, 1e10, 1.0),
    ("T105", with_learning_rate, 1e-9, 0.1),
    ("T105", with_noisy_labels, 0.7, 0.0),
    ("T106", with_labels, shuffled, np.array),
    ("T107", of_few_pictures, 100, 1000),
]


@pytest.mark.parametrize(
    ("code", "train", "ill", "healthy"), ILLS, ids=lambda value: getattr(value, "__name__", None)
)
def test_an_ill_is_found_where_it_is_and_nothing_is_found_in_its_twin(code, train, ill, healthy):
    assert code in codes(train(ill))
    assert codes(train(healthy)) == []


def test_every_rule_has_an_ill_training():
    assert {code for code, *_ill in ILLS} == {rule.code for rule in RULES}


def test_labels_in_another_order_in_training_alone_are_noticed():
    x, y = digits(300)
    model = konv.Sequential(
        [
            konv.Input((8, 8, 1)),
            Flatten(),
            Dense(256, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    history = model.fit(
        x[:200],
        shuffled(y[:200]),
        batch_size=8,
        epochs=60,
        validation_data=(x[200:], y[200:]),
        verbose=0,
    )
    assert "T106" in codes(history)


@pytest.mark.parametrize(
    "name", ["simple", "digits-mini", "vgg-grey", "resnet8", "mobile-mini", "vgg-mini"]
)
def test_networks_that_come_with_konv_are_healthy_on_the_digits(name):
    x, y = digits(700)
    model = konv.Model.from_network(named_network(name).adapted((8, 8, 1), 10), seed=0)
    history = model.fit(x, y, epochs=3, validation_split=0.1, verbose=0)
    assert history["loss"][-1] < 0.7 * math.log(10)
    assert codes(history) == []


def test_the_tutorials_network_is_healthy_too():
    model = konv.Model.from_network(named_network("tutorial-39x31").network, seed=0)
    x, y = digits(400)
    large = np.zeros((len(x), 39, 31, 1), np.uint8)
    large[:, 3:35, :] = np.kron(x[..., 0], np.ones((1, 4, 4), np.uint8))[:, :, :31, None]
    history = model.fit(large, y, epochs=3, validation_split=0.1, verbose=0)
    assert codes(history) == []


# Limits, by histories and examinations that are given ---------------------------------------------

NET = sequential([Input((4,)), Dense(3, activation="softmax")])
WITH_NORM = sequential([Input((4, 4, 1)), Conv2D(2, 3), BatchNormalization(), Flatten(), Dense(3)])
GUESS = Guess(loss=1.0, validation_loss=1.0, accuracy=0.2, classes=5)


def rows(loss=(), val_loss=None, val_accuracy=None, rate=0.1):
    rates = rate if isinstance(rate, list) else [rate] * len(loss)
    given = []
    for epoch, value in enumerate(loss):
        row = {"epoch": epoch + 1, "loss": value, "learning_rate": rates[epoch]}
        if val_loss is not None:
            row["val_loss"] = val_loss[epoch]
        if val_accuracy is not None:
            row["val_accuracy"] = val_accuracy[epoch]
        given.append(row)
    return tuple(given)


def course(history=(), *, network=NET, updates=10_000, guess=GUESS, pictures=100, seen=None):
    return Course(network, history, updates, guess, pictures, seen)


def seen(rectified=(), changes=(), rate=0.1):
    return Examination(32, rate, tuple(rectified), tuple(changes))


def found(code, subject):
    [rule] = [rule for rule in RULES if rule.code == code]
    return rule.look(subject)


@pytest.mark.parametrize(
    ("silent", "units", "numbers", "is_found"),
    [(6, 8, 32, True), (5, 8, 32, False), (8, 8, 15, False), (8, 8, 16, True), (7, 9, 32, True)],
)
def test_three_quarters_of_a_layer_must_be_silent_in_sixteen_numbers(
    silent, units, numbers, is_found
):
    layer = Rectified("conv2d_1", units, silent, numbers)
    assert (found("T101", course(seen=seen([layer]))) is not None) is is_found


def test_layers_of_one_ill_are_told_together():
    dead = [Rectified(f"conv2d_{number}", 8, 8, 500) for number in range(1, 11)]
    remark = found("T101", course(seen=seen(dead)))
    assert remark.layers == tuple(layer.layer for layer in dead)
    assert remark.what.count("conv2d") == 1


@pytest.mark.parametrize(("update", "is_found"), [(0.5, True), (0.49, False)])
def test_an_update_must_be_as_large_as_the_weights(update, is_found):
    change = WeightChange("dense_1", 100, weight=0.5, gradient=5.0, update=update)
    assert (found("T102", course(seen=seen(changes=[change]))) is not None) is is_found


@pytest.mark.parametrize(
    ("weight", "gradient", "update", "fix"),
    [
        # 10 · 0.1 / 0.5 = 2 of the weights; clipped, with a norm of 10 · √100, a hundredth of it.
        (0.5, 10.0, 1.0, "clipnorm=1"),
        # The update does not follow the gradient: Adam. 0.1 · 0.01 / 2 = 0.0005
        (0.5, 1e-3, 1.0, "about 0.0005 in place of 0.1"),
    ],
)
def test_clipping_is_offered_where_it_helps(weight, gradient, update, fix):
    change = WeightChange("dense_1", 100, weight, gradient, update)
    assert fix in found("T102", course(seen=seen(changes=[change]))).fix


@pytest.mark.parametrize(
    ("first", "last", "is_found"),
    [(1e-3, 1.0, True), (1.1e-3, 1.0, False), (0.0, 0.0, False), (0.0, 1.0, True)],
)
def test_the_first_gradient_must_be_a_thousandth_of_the_last(first, last, is_found):
    network = sequential([Input((4,)), Dense(3), Dense(3), Dense(3)])
    changes = [
        WeightChange("dense_1", 10, 1.0, first, 0.1),
        WeightChange("dense_3", 10, 1.0, last, 0.1),
    ]
    subject = course(network=network, seen=seen(changes=changes))
    assert (found("T103", subject) is not None) is is_found


def test_the_bound_of_sigmoids_counts_those_on_the_shortest_way():
    x = konv.Input((4,))
    first = Dense(4, activation="sigmoid")(x)
    long = Dense(4, activation="sigmoid")(Dense(4, activation="sigmoid")(first))
    short = Dense(4, activation="sigmoid")(first)
    network = konv.Model(x, Dense(1, activation="sigmoid")(konv.Add()([long, short]))).network
    changes = [
        WeightChange("dense_1", 10, 1.0, 1e-6, 0.1),
        WeightChange("dense_5", 10, 1.0, 1.0, 0.1),
    ]
    remark = found("T103", course(network=network, seen=seen(changes=changes)))
    # dense_1 and the one on the short way; the last one belongs to the loss.
    assert ("sigmoid", "2 on the way: σ' ≤ 1/4; 0.25^2 = 0.062") in remark.details


@pytest.mark.parametrize(
    ("losses", "updates", "is_found"),
    [
        ([1.2, 1.0, 0.99], 500, True),
        ([1.2, 1.0, 0.99], 499, False),  # too early
        ([1.2, 1.0], 5_000, False),  # too few epochs
        ([1.0] * 10, 30, True),
        ([1.2, 1.0, 0.97], 500, False),  # it has left
        ([50.0, 40.0, 30.0], 500, True),  # worse than guessing
    ],
)
def test_guessing_is_where_98_hundredths_of_its_loss_are_left(losses, updates, is_found):
    subject = course(rows(losses), updates=updates)
    assert (found("T105", subject) is not None) is is_found


@pytest.mark.parametrize("losses", [[1.2] * 10, [0.9, 0.8, *[0.8] * 8]])
def test_the_rate_that_is_advised_against_is_not_that_to_which_a_schedule_fell(losses):
    rates = [0.01 * share for share in (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15)]
    remark = found("T105", course(rows(losses, rate=rates)))
    assert "than 0.01" in remark.fix


def test_worse_than_guessing_is_not_called_as_good():
    assert "no better than guessing: 30" in found("T105", course(rows([50.0, 40.0, 30.0]))).what


@pytest.mark.parametrize(
    ("losses", "rate", "is_found"),
    [
        ([0.9, 0.8, 0.795, 0.795, 0.794, 0.8, 0.793], 0.1, True),
        ([0.9, 0.8, 0.795, 0.795, 0.794, 0.8, 0.79], 0.1, False),  # 1 − 0.79 / 0.8 > 1 %
        ([0.9, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4], 0.1, False),  # less than half is left
        ([0.9, 0.8, 0.8, 0.8, 0.8, 0.8], 0.1, False),  # five epochs, of which one is the first best
        ([0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8], [0.1] * 6 + [0.009], False),  # the schedule ends
    ],
)
def test_a_plateau_is_five_epochs_without_a_hundredth(losses, rate, is_found):
    assert (found("T105", course(rows(losses, rate=rate))) is not None) is is_found


@pytest.mark.parametrize(
    ("loss", "val_loss", "accuracy", "is_found"),
    [
        # By chance up to 0.2 + 3 · √(0.2 · 0.8 / 100) = 0.32.
        (0.5, 0.98, 0.32, True),
        (0.5, 0.98, 0.33, False),
        (0.51, 0.98, 0.2, False),
        (0.5, 0.97, 0.2, False),
        (0.5, 3.0, None, True),
    ],
)
def test_labels_look_shuffled_by_loss_and_by_accuracy(loss, val_loss, accuracy, is_found):
    accuracies = None if accuracy is None else [0.2, 0.2, accuracy]
    subject = course(rows([1.0, 0.8, loss], [2.0, val_loss, 2.0], accuracies))
    assert (found("T106", subject) is not None) is is_found


def test_moving_means_get_time_to_settle_before_labels_are_suspected():
    history = rows([1.0, 0.5, 0.2], [2.0, 2.0, 2.0])
    # A momentum of 0.99: 5 / (1 − 0.99) = 500 updates.
    assert found("T106", course(history, network=WITH_NORM, updates=499)) is None
    assert found("T106", course(history, network=WITH_NORM, updates=501)) is not None


@pytest.mark.parametrize(
    ("losses", "judged", "is_found"),
    [
        ([0.9, 0.6, 0.5, 0.4, 0.3], [0.9, 0.5, 0.56, 0.57, 0.58], True),
        ([0.9, 0.6, 0.5, 0.4, 0.3], [0.9, 0.5, 0.54, 0.57, 0.58], False),  # a tenth is 0.05
        ([0.9, 0.6, 0.5, 0.4, 0.6], [0.9, 0.5, 0.56, 0.57, 0.58], False),  # training is worse too
        ([0.9, 0.6, 0.5, 0.4], [0.9, 0.5, 0.56, 0.57], False),  # two epochs
        ([0.9, 0.1, 0.09, 0.08, 0.07], [0.9, 0.1, 0.14, 0.14, 0.14], False),  # 1/20 of guessing
        ([0.9, 0.6, 0.5, 0.4, 0.3], [2.0, 0.99, 1.2, 1.3, 1.4], False),  # was never learnt
    ],
)
def test_overfitting_is_three_epochs_above_the_best(losses, judged, is_found):
    assert (found("T107", course(rows(losses, judged))) is not None) is is_found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_without_anything_to_look_at_nothing_is_found(rule):
    assert rule.look(course(guess=None)) is None
    assert rule.look(course()) is None


def test_standardized_digits_are_healthy_for_a_long_time():
    x, y = digits()
    model = konv.Model.from_network(named_network("digits-mini").network, seed=0)
    model.preprocessing = standardized(konv.Preprocessing(8, 8, 1), x)
    history = model.fit(x, y, epochs=15, validation_split=0.1, verbose=0)
    assert codes(history) == []
