"""Limits: what was asked for, and what is assumed."""

import pytest

from konv.design.search.limits import (
    Limits,
    ReceptiveFieldConstraint,
    field_needed,
    limits_for,
)
from konv.errors import ParameterError

NOTHING = {"max_parameters": None, "max_macs": None, "min_receptive_field": None, "whole": False}


@pytest.mark.parametrize(
    ("shape", "classes", "parameters", "macs"),
    [
        ((28, 28, 1), 10, 200_640, 10_000_000),
        ((120, 60, 1), 4, 200_256, 14_400_000),
        ((28, 28, 100), 10, 200_640, 15_680_000),
        ((8, 8, 1), 100_000, 6_600_000, 10_000_000),
    ],
)
def test_what_is_assumed_grows_with_the_task(shape, classes, parameters, macs):
    limits = limits_for(shape, classes, NOTHING, where="propose")
    assert limits == Limits(parameters, macs, assumed=("parameters", "macs"))
    assert [word.endswith("(assumed)") for word in limits.words()] == [True, True]


def test_what_was_asked_for_is_not_called_assumed():
    asked = {"max_parameters": 5, "max_macs": 7, "min_receptive_field": 3, "whole": True}
    limits = limits_for((9, 2, 1), 10, asked, where="propose")
    assert limits == Limits(5, 7, (3, 2), True)
    assert limits.words() == [
        "at most 5 parameters",
        "at most 7 MACs",
        "a receptive field of at least 3×2",
        "every division whole",
    ]


@pytest.mark.parametrize(
    ("asked", "needed"), [("full", (39, 12)), (5, (5, 5)), (20, (20, 12)), (99, (39, 12))]
)
def test_no_more_than_the_picture_must_be_seen(asked, needed):
    assert field_needed(asked, (39, 12)) == needed


@pytest.mark.parametrize("value", ReceptiveFieldConstraint().bad_values())
def test_what_is_no_receptive_field_is_refused(value):
    if value is None:
        return  # nothing was said
    asked = NOTHING | {"min_receptive_field": value}
    with pytest.raises(ParameterError, match="K201") as error:
        limits_for((9, 9, 1), 10, asked, where="propose")
    assert '"full"' in error.value.fix


@pytest.mark.parametrize("name", ["max_parameters", "max_macs"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "70k", True, 2**63])
def test_what_is_no_number_is_refused(name, value):
    with pytest.raises(ParameterError, match=f"K201 in propose: {name}"):
        limits_for((9, 9, 1), 10, NOTHING | {name: value}, where="propose")
