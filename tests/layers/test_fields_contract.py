"""Every field of every layer: what it refuses, and that what it holds survives every round trip."""

import copy
import dataclasses
import json
import pickle

import pytest

from konv import layers as kl
from konv.constraints import Constraint
from konv.errors import ParameterError
from konv.layers import LAYERS
from oracles.samples import SAMPLES, minimal

FIELDS = [
    pytest.param(layer, name, constraint, id=f"{layer.__name__}.{name}")
    for layer in LAYERS.values()
    for name, constraint in layer.constraints().items()
]
EACH_LAYER = pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
EACH_FIELD = pytest.mark.parametrize(("layer", "name", "constraint"), FIELDS)
EACH_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=str)

HOSTILE_NUMBERS = (0, -1, 2**31, 2**62, 2**63 - 1, 2**64, -(2**63), 10**400, 10**5000)
# Which of them a field may hold; every other field holds none.
HELD = {
    "padding": (0,),
    "axis": (-1,),
    "rate": (0,),
    "momentum": (0,),
    "max_value": (0,),
    "negative_slope": (0,),
    "threshold": (0,),
    "alpha": (0,),
}
WRONG_TYPES = (
    b"3",
    1.5 + 2j,
    {},
    {1: 2},
    set(),
    object(),
    float("nan"),
    float("inf"),
    range(2),
    len,
)
WRONG_LENGTHS = ((), [], (1,) * 4, (1,) * 5, ((1, 1),), ((1, 1), (1, 1), (1, 1)), (((1, 1), 1), 1))
NESTED_GIANTS = ((10**5000, 1), [3, [10**5000]], (2**62, 2**62), {"a": 10**5000})


def refused(layer, name, value):
    with pytest.raises(ParameterError) as caught:
        minimal(layer, **{name: value})
    error = caught.value
    assert (error.code, error.where) == ("K201", layer.__name__)
    assert error.what.startswith(f"{name}=")
    assert f"{name} must be " in error.fix
    assert len(str(error).splitlines()) == 2, "a value never breaks the lines of a message"
    assert len(error.what) < 120


@EACH_FIELD
def test_a_field_refuses_the_bad_values_of_its_constraint(layer, name, constraint):
    values = constraint.bad_values()
    assert len(values) > 5
    for value in values:
        refused(layer, name, value)


@EACH_FIELD
def test_a_field_refuses_hostile_numbers_unless_they_are_meaningful(layer, name, constraint):
    for value in HOSTILE_NUMBERS:
        if value in HELD.get(name, ()):
            assert getattr(minimal(layer, **{name: value}), name) == value
        else:
            refused(layer, name, value)


@EACH_FIELD
@pytest.mark.parametrize("values", [WRONG_TYPES, WRONG_LENGTHS, NESTED_GIANTS])
def test_a_field_refuses_wrong_types_and_wrong_lengths(layer, name, constraint, values):
    for value in values:
        refused(layer, name, value)


@EACH_FIELD
def test_a_field_accepts_its_own_normal_and_plain_forms(layer, name, constraint):
    value = getattr(minimal(layer), name)
    assert constraint.accept(value) == value
    assert constraint.accept(constraint.plain(value)) == value
    assert isinstance(constraint, Constraint)
    assert constraint.describe()


@EACH_LAYER
def test_an_unknown_field_is_refused(layer):
    with pytest.raises(ParameterError, match="there is no field colour") as caught:
        minimal(layer, colour=3)
    assert (caught.value.code, caught.value.where) == ("K202", layer.__name__)


@EACH_LAYER
def test_too_many_positional_values_are_refused(layer):
    with pytest.raises(ParameterError) as caught:
        layer(*[3] * 20)
    assert (caught.value.code, caught.value.where) == ("K204", layer.__name__)


@EACH_LAYER
def test_a_missing_field_is_named(layer):
    required = [f.name for f in dataclasses.fields(layer) if f.default is dataclasses.MISSING]
    if not required:
        assert layer() == layer()
        return
    with pytest.raises(ParameterError) as caught:
        layer()
    assert caught.value.code == "K203"
    assert all(name in caught.value.what for name in required)


@EACH_LAYER
def test_a_field_given_twice_is_refused(layer):
    positional = [f.name for f in dataclasses.fields(layer) if not f.kw_only]
    if not positional:
        return
    name = positional[0]
    value = getattr(minimal(layer), name)
    with pytest.raises(ParameterError) as caught:
        layer(value, **{name: value})
    assert (caught.value.code, caught.value.where) == ("K206", layer.__name__)
    assert name in caught.value.what


def test_every_layer_has_a_sample():
    assert {sample.kind for sample in SAMPLES} == set(LAYERS)


@EACH_SAMPLE
def test_a_layer_cannot_be_changed(sample):
    for name in (*sample.layer.constraints(), "not_a_field"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(sample.layer, name, 3)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(sample.layer, name)


@EACH_SAMPLE
def test_layers_with_the_same_fields_are_equal_and_hash_alike(sample):
    twin = type(sample.layer).from_config(sample.layer.to_config())
    assert twin is not sample.layer
    assert twin == sample.layer
    assert hash(twin) == hash(sample.layer)
    assert dataclasses.replace(sample.layer, name="other") != sample.layer


def test_layers_of_different_kinds_with_the_same_fields_differ():
    assert kl.MaxPooling2D(2) != kl.MinPooling2D(2)
    assert kl.GlobalMaxPooling2D() != kl.GlobalAveragePooling2D()


@EACH_SAMPLE
def test_the_repr_of_a_layer_makes_it_again(sample):
    assert eval(repr(sample.layer), dict(LAYERS)) == sample.layer


@EACH_SAMPLE
def test_a_config_is_plain_data_and_makes_the_layer_again(sample):
    named = dataclasses.replace(sample.layer, name="이름 1")
    text = json.dumps(named.to_config(), allow_nan=False)
    assert type(named).from_config(json.loads(text)) == named


@EACH_LAYER
def test_a_config_leaves_out_what_has_its_default(layer):
    required = {f.name for f in dataclasses.fields(layer) if f.default is dataclasses.MISSING}
    assert set(minimal(layer).to_config()) == required
    assert repr(minimal(layer)).count("=") == len(required)


@EACH_LAYER
@pytest.mark.parametrize("config", [{1: 2}, {None: 1}, {(1, 2): 3}], ids=str)
def test_a_config_with_names_that_are_no_text_is_refused(layer, config):
    with pytest.raises(ParameterError):
        layer.from_config(config)


@EACH_SAMPLE
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_a_copy_is_equal_and_works(sample, copied):
    twin = copied(sample.layer)
    assert twin == sample.layer
    assert hash(twin) == hash(sample.layer)
    assert twin.output_shape(*sample.shapes) == sample.layer.output_shape(*sample.shapes)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_input_and_what_is_made_from_it_stay_together(copied):
    start = kl.Input((4, 4, 1))
    end = kl.Flatten()(start)
    start_twin, end_twin = copied((start, end))
    assert start_twin.tensor.layer is start_twin
    assert end_twin.inputs == (start_twin.tensor,)
    assert start_twin.tensor is not start.tensor
