"""What a model file holds is checked when it is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from formats.example_models import channels_first, every_layer, simple
from konv.constraints import RefusalError
from konv.data.preprocessing import Preprocessing
from konv.errors import ParameterError
from konv.formats.contents import ClassNames, ModelContents
from konv.formats.record import PlainObject, training_record
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.limits import MAX_RECORD_BYTES
from konv.network.graph import Network, sequential


def contents(network: Network, **values: object) -> ModelContents:
    return ModelContents(network, {}, **values)  # type: ignore[arg-type]


ONE = sequential([Input((4,)), Dense(1)])
THREE = sequential([Input((4,)), Dense(3)])
MAP = sequential([Input((4, 5, 1)), Conv2D(3, (4, 5))])


@pytest.mark.parametrize(
    ("network", "labels"),
    [
        (ONE, ()),
        (ONE, ("a",)),
        (ONE, ("no", "yes")),
        (THREE, ("a", "b", "c")),
        (MAP, [3, 1, 2]),
        (THREE, np.array(["a", "b", "c"])),
        (THREE, np.arange(3)),
        (ONE, np.array([False, True])),
    ],
)
def test_class_names_that_suit_the_outputs_are_kept_as_plain_labels(network, labels):
    found = contents(network, class_names=labels).class_names
    assert found == tuple(labels)
    assert {type(label) for label in found} <= {str, int, bool}


@pytest.mark.parametrize(
    ("network", "count"), [(ONE, 3), (THREE, 2), (THREE, 4), (THREE, 1), (MAP, 2)]
)
def test_class_names_that_do_not_suit_the_outputs_are_refused(network, count):
    with pytest.raises(ParameterError, match=f"K205 in ModelContents: {count} class names"):
        contents(network, class_names=range(count))


@pytest.mark.parametrize(
    "bad", ClassNames().bad_values(), ids=lambda value: repr(value).partition(" at 0x")[0][:30]
)
def test_labels_that_cannot_be_are_refused(bad):
    with pytest.raises(RefusalError, match="different labels"):
        ClassNames().accept(bad)
    with pytest.raises(ParameterError, match="K201 in ModelContents: class_names="):
        contents(THREE, class_names=bad)


FLAT = sequential([Input((60,)), Dense(3)])
FIRST = channels_first().network


@pytest.mark.parametrize(
    ("network", "shape"),
    [(MAP, (4, 5, 1)), (FLAT, (4, 5, 3)), (FLAT, (3, 20, 1)), (FIRST, (5, 4, 3))],
)
def test_preprocessing_that_makes_the_input_is_kept(network, shape):
    assert contents(network, preprocessing=Preprocessing(*shape)).preprocessing is not None


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (MAP, (5, 4, 1)),
        (MAP, (4, 5, 3)),
        (FLAT, (4, 5, 1)),
        (FIRST, (3, 5, 3)),
        (sequential([Input((5, 4, 3)), Flatten()]), (5, 3, 3)),
    ],
)
def test_preprocessing_that_makes_another_input_is_refused(network, shape):
    with pytest.raises(ParameterError, match="K205 in ModelContents: preprocessing that makes"):
        contents(network, preprocessing=Preprocessing(*shape))


@pytest.mark.parametrize(
    "bad", PlainObject().bad_values(), ids=lambda value: repr(value).partition(" at 0x")[0][:30]
)
def test_records_that_cannot_be_stored_are_refused(bad):
    with pytest.raises(RefusalError):
        PlainObject().accept(bad)
    with pytest.raises(ParameterError, match="K201 in ModelContents: record="):
        contents(THREE, record=bad)


def test_the_place_of_what_cannot_be_stored_is_named():
    with pytest.raises(ParameterError, match=r"not nan at '\.metrics\.loss\[1\]'"):
        contents(THREE, record={"metrics": {"loss": [0.5, float("nan")]}})


def test_a_record_becomes_plain_data_of_its_own():
    metrics = {"loss": np.float32(0.5), "epochs": np.int8(3), "done": np.True_, "why": np.str_("x")}
    record = {"metrics": metrics, "sizes": (1, 2)}
    found = contents(THREE, record=record).record
    metrics["loss"] = np.float32(9)
    assert found == {
        "metrics": {"loss": 0.5, "epochs": 3, "done": True, "why": "x"},
        "sizes": [1, 2],
    }
    types = {name: type(value) for name, value in found["metrics"].items()}
    assert types == {"loss": float, "epochs": int, "done": bool, "why": str}


def test_the_largest_record_is_allowed_and_one_byte_more_is_not():
    room = MAX_RECORD_BYTES - len('{"a":""}')
    assert contents(THREE, record={"a": "x" * room}).record
    with pytest.raises(
        ParameterError, match="at most 1,048,576 bytes as JSON; these are 1,048,577"
    ):
        contents(THREE, record={"a": "x" * (room + 1)})


def test_no_record_is_an_empty_one():
    assert contents(THREE).record == {}
    assert contents(THREE, record=None).record == {}


def test_a_training_record_holds_what_is_given_and_no_clock():
    assert training_record().keys() == {"versions"}
    record = training_record(seed=0, metrics={}, date="2026-11-22")
    assert record.keys() == {"versions", "seed", "metrics", "date"}
    assert isinstance(record["versions"], Mapping)


def test_contents_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        simple().class_names = ()  # type: ignore[misc]


def test_weights_are_not_shown_number_by_number():
    assert "array" not in repr(every_layer())


@pytest.mark.parametrize("value", ["0..1", 5, {"height": 8}])
def test_what_is_no_preprocessing_is_refused(value):
    with pytest.raises(ParameterError, match="K201") as caught:
        contents(MAP, preprocessing=value)
    assert "konv.Preprocessing" in caught.value.fix
