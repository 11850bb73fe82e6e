"""Names of layers as names of Python, whatever a file calls its layers."""

import keyword

import pytest

from konv.formats.pytorch.names import ATTRIBUTES, VARIABLES, Names, class_name

NAMES = {
    "conv2d_1": "conv2d_1",
    "합성곱_1": "합성곱_1",
    "x": "layer_x",
    "self": "layer_self",
    "class": "layer_class",
    "None": "layer_None",
    "1st": "layer_1st",
    "a b": "a_b",
    "a.b": "a_b",
    "__class__": "layer_class__",
    "_modules": "layer_modules",
    'x"); import os #': "x____import_os__",
    "a\nimport os": "a_import_os",
    "ﬁlter": "filter",
    "\u202eevil": "_evil",
    "²": "layer_2",
    "🙂": "_",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_becomes_an_identifier(name):
    taken = Names(VARIABLES).take(name)
    assert taken.isidentifier()
    assert not keyword.iskeyword(taken)
    assert not taken.startswith("_")
    expected = NAMES[name]
    assert taken == (f"layer_{expected.lstrip('_')}" if expected.startswith("_") else expected)


def test_no_two_are_alike():
    names = Names(ATTRIBUTES)
    assert [names.take(name) for name in ("a b", "a_b", "a.b", "train")] == [
        *("a_b", "a_b_2", "a_b_3", "layer_train")
    ]


@pytest.mark.parametrize("name", [*NAMES, "vgg-mini", "", "-", "network", "3"])
def test_every_network_has_a_class(name):
    found = class_name(name)
    assert found.isidentifier()
    assert not keyword.iskeyword(found)


@pytest.mark.oracle
def test_what_a_module_has_already_is_reserved():
    torch = pytest.importorskip("torch")
    for module in (torch.nn.Module(), torch.nn.Sequential()):
        names = {name for name in dir(module) if not name.startswith("_")}
        assert names <= ATTRIBUTES, names - ATTRIBUTES
