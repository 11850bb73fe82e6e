import pytest

from konv.errors import ParameterError
from konv.optimizers import (
    SGD,
    Adam,
    AdamW,
    CosineDecay,
    get_optimizer,
    optimizer_config,
    optimizer_from_config,
)


@pytest.mark.parametrize(("name", "kind"), [("sgd", SGD), ("adam", Adam), ("adamw", AdamW)])
def test_a_name_gives_an_optimizer_with_default_fields(name, kind):
    assert get_optimizer(name) == kind()
    assert type(get_optimizer(name)) is kind


def test_the_defaults_are_those_of_keras():
    assert (SGD().learning_rate, SGD().momentum, SGD().nesterov) == (0.01, 0, False)
    for kind, decay in ((Adam, None), (AdamW, 0.004)):
        optimizer = kind()
        assert optimizer.learning_rate == 0.001
        assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.9, 0.999, 1e-7)
        assert optimizer.weight_decay == decay


def test_an_optimizer_is_returned_as_it_is():
    optimizer = SGD(0.1, momentum=0.9)
    assert get_optimizer(optimizer) is optimizer


def test_a_wrong_name_gives_the_nearest_right_one():
    with pytest.raises(ParameterError, match="K201") as caught:
        get_optimizer("adamm")
    assert 'did you mean "adam"?' in caught.value.fix


@pytest.mark.parametrize("bad", [None, 0.1, "", ["sgd"], SGD, {"kind": "SGD"}])
def test_what_is_no_optimizer_is_refused(bad):
    with pytest.raises(ParameterError, match="K201"):
        get_optimizer(bad)


def test_plain_data_is_short_and_names_every_kind():
    optimizer = SGD(CosineDecay(0.1), momentum=0.9, clipnorm=1)
    assert optimizer_config(optimizer) == {
        "kind": "SGD",
        "learning_rate": {"kind": "CosineDecay", "learning_rate": 0.1},
        "momentum": 0.9,
        "clipnorm": 1.0,
    }
    assert optimizer_config(AdamW()) == {"kind": "AdamW"}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({}, "K201"),
        ({"kind": "sgd"}, "K201"),
        ({"kind": "CosineDecay", "learning_rate": 0.1}, "K201"),
        ({"kind": "SGD", "beta_1": 0.9}, "K202"),
        ({"kind": "SGD", "learning_rate": {"kind": "Adam"}}, "K201"),
        ({"kind": "SGD", "clipnorm": 1, "clipvalue": 1}, "K205"),
    ],
)
def test_plain_data_that_cannot_be_is_refused(config, code):
    with pytest.raises(ParameterError, match=code):
        optimizer_from_config(config)


def test_an_optimizer_of_the_same_name_but_another_class_is_not_stored():
    with pytest.raises(ParameterError, match="cannot be stored"):
        optimizer_config(type("SGD", (SGD,), {})())
