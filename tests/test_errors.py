"""Errors: their tree, their text, and that they cross processes with everything they know."""

import copy
import pickle
import re

import pytest

from konv import errors
from konv.codes import CODES
from konv.errors import (
    DataError,
    EngineError,
    FormatError,
    KonvError,
    LimitError,
    NetworkError,
    ParameterError,
    ShapeError,
    TrainingError,
)

KINDS = {
    ShapeError: (ValueError,),
    ParameterError: (ValueError, TypeError),
    NetworkError: (ValueError,),
    FormatError: (ValueError,),
    DataError: (ValueError,),
    LimitError: (ValueError,),
    EngineError: (RuntimeError,),
    TrainingError: (RuntimeError,),
}
EACH_KIND = pytest.mark.parametrize("kind", KINDS)

FULL = {
    "code": "K104",
    "where": "layer 3 conv2d_2",
    "details": [
        ("height", "(4 + 2·0 − 5) / 1 + 1 = 0"),
        ("width", "(3 + 2·0 − 5) / 1 + 1 = −1"),
    ],
    "fix": 'kernel_size=3, or padding="same"',
}


def full(kind=ShapeError):
    error = kind("a 5×5 kernel does not fit a 4×3 input", **FULL)
    error.trail = (("so far", "0  input_1"), ("", "1  conv2d_1"))
    return error


@EACH_KIND
def test_each_kind_is_caught_by_its_own_name_and_by_the_builtin_one(kind):
    error = kind("what", code="K201")
    for base in (KonvError, Exception, *KINDS[kind]):
        assert isinstance(error, base)
    assert not isinstance(error, OSError)


def test_the_public_list_is_the_tree():
    assert set(errors.__all__) == {"KonvError", *(kind.__name__ for kind in KINDS)}
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    assert drawn == [kind.__name__ for kind in KINDS]


def test_a_message_has_place_arithmetic_fix_and_code():
    assert str(full()).splitlines() == [
        "K104 in layer 3 conv2d_2: a 5×5 kernel does not fit a 4×3 input",
        "  height  (4 + 2·0 − 5) / 1 + 1 = 0",
        "  width   (3 + 2·0 − 5) / 1 + 1 = −1",
        '  fix     kernel_size=3, or padding="same"',
        "  so far  0  input_1",
        "          1  conv2d_1",
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "K201: what"),
        ({"where": "Dense"}, "K201 in Dense: what"),
        ({"fix": "do that"}, "K201: what\n  fix  do that"),
        ({"details": [("a", "1"), ("longer", "")]}, "K201: what\n  a       1\n  longer"),
    ],
)
def test_what_is_not_known_is_left_out(fields, text):
    assert str(KonvError("what", code="K201", **fields)) == text


def test_a_place_is_filled_in_by_who_knows_it():
    error = ParameterError("filters=0", code="K201")
    assert error.located("networks/a.yaml line 3") is error
    assert str(error) == "K201 in networks/a.yaml line 3: filters=0"


def test_braces_in_a_message_are_only_braces():
    error = KonvError("{0} {x}", code="K201", where="{y}", fix="{z}", details=[("{a}", "{b}")])
    assert "{0} {x}" in str(error)
    assert "{y}" in str(error)


@pytest.mark.parametrize("code", ["", "K000", "k201", None, 201])
def test_a_code_that_does_not_exist_is_a_mistake_of_the_programmer(code):
    with pytest.raises(KeyError):
        KonvError("what", code=code)


@EACH_KIND
@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6)),
    ],
)
def test_an_error_crosses_processes_with_everything_it_knows(kind, copied):
    error = full(kind)
    twin = copied(error)
    assert type(twin) is kind
    assert str(twin) == str(error)
    assert twin.args == error.args
    assert vars(twin) == vars(error)


def test_a_report_crosses_processes_too():
    error = full()
    error.report = ({"index": 0, "name": "input_1"},)
    assert pickle.loads(pickle.dumps(error)).report == error.report
    assert ShapeError("what", code="K104").report == ()


def test_details_cannot_be_changed_from_outside():
    details = [("a", "1")]
    error = KonvError("what", code="K201", details=details)
    details.append(("b", "2"))
    assert error.details == (("a", "1"),)


def test_codes_are_grouped_titled_and_cannot_be_changed():
    assert all(re.fullmatch(r"K[1-9]\d\d", code) for code in CODES)
    assert list(CODES) == sorted(CODES)
    assert len(set(CODES.values())) == len(CODES)
    assert all(title and not title.endswith(".") for title in CODES.values())
    with pytest.raises(TypeError):
        CODES["K999"] = "new"
