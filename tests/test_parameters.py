"""Checked: fields declared once are checked, worded, written and read alike everywhere."""

import dataclasses
import inspect
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from konv.constraints import Boolean, Choice, Integer, Optional, Pair, Real
from konv.errors import ParameterError
from konv.parameters import Checked, check_value, parameter, short_text


@dataclass(frozen=True, repr=False)
class Base(Checked):
    """A class with one field by name."""

    label: str | None = parameter(Optional(Choice(("a", "b"))), default=None, keyword=True)


@dataclass(frozen=True, repr=False)
class Window(Base):
    """Positional fields come after one by name of the base."""

    _former_names: ClassVar[dict[str, str]] = {
        "width": "size",
        "colour": "write the colours somewhere else",
        "gone": "no_longer_a_field",
    }

    size: tuple[int, int] = parameter(Pair(Integer(1, 99)))
    step: int = parameter(Integer(1, 9), default=1)
    share: float = parameter(Real(0, 1), default=0.5, keyword=True)
    wide: bool = parameter(Boolean(), default=False, keyword=True)


def error_of(*args: Any, **values: Any) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        Window(*args, **values)
    return caught.value


def test_values_are_held_in_their_normal_form():
    window = Window([3, 4], np.int64(2), share=1, label="a")
    assert (window.size, window.step, window.share, window.label) == ((3, 4), 2, 1.0, "a")
    assert type(window.step) is int
    assert type(window.share) is float


def test_constraints_come_positional_first_in_the_order_of_declaration():
    assert list(Window.constraints()) == ["size", "step", "label", "share", "wide"]


@pytest.mark.parametrize(
    ("args", "values", "text"),
    [
        (
            (0,),
            {},
            "K201 in Window: size=0\n"
            "  fix  size must be a whole number from 1 to 99, or a pair (rows, columns) of them",
        ),
        (
            (3,),
            {"share": 2},
            "K201 in Window: share=2\n  fix  share must be a number ≥ 0 and ≤ 1",
        ),
        (
            (3,),
            {"label": "aa"},
            "K201 in Window: label='aa'\n"
            '  fix  label must be one of "a", "b", or None; did you mean "a"?',
        ),
        ((3,), {"sise": 1}, "K202 in Window: there is no field sise\n  fix  did you mean size?"),
        (
            (3,),
            {"q": 1},
            "K202 in Window: there is no field q\n"
            "  fix  the fields are label, size, step, share, wide",
        ),
        (
            (),
            {"width": 1},
            "K202 in Window: there is no field width\n  fix  it is called size here",
        ),
        (
            (3,),
            {"colour": 1},
            "K202 in Window: there is no field colour\n  fix  write the colours somewhere else",
        ),
        (
            (3,),
            {"gone": 1},
            "K202 in Window: there is no field gone\n"
            "  fix  the fields are label, size, step, share, wide",
        ),
        (
            (),
            {"step": 2},
            "K203 in Window: size missing\n"
            "  fix  size must be a whole number from 1 to 99, or a pair (rows, columns) of them",
        ),
        (
            (3, 2, 0.5),
            {},
            "K204 in Window: 3 values without a name, of which it takes 2\n"
            "  given  3, 2, 0.5\n"
            "  fix    give the rest by name; without a name it takes size=…, step=…",
        ),
        (
            (3,),
            {"size": 4},
            "K206 in Window: size is given twice, once without its name\n  fix  give size once",
        ),
    ],
)
def test_every_mistake_is_answered_with_what_to_write(args, values, text):
    assert str(error_of(*args, **values)) == text


def test_the_first_field_that_is_wrong_is_named():
    assert error_of(0, 0, share=9).what == "size=0"
    assert error_of(3, 0, share=9).what == "step=0"


def test_a_class_without_fields_says_so():
    @dataclass(frozen=True, repr=False)
    class Empty(Checked):
        """No fields."""

    assert Empty() == Empty()
    assert repr(Empty()) == "Empty()"
    with pytest.raises(ParameterError, match="the fields are none"):
        Empty(size=3)
    with pytest.raises(ParameterError, match="without a name it takes none"):
        Empty(3)


def test_a_checked_object_is_frozen_and_has_value_semantics():
    one, twin, other = Window(3), Window((3, 3), share=0.5), Window(4)
    assert one == twin
    assert hash(one) == hash(twin)
    assert one != other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.size = (4, 4)
    assert dataclasses.replace(one, step=5).step == 5
    with pytest.raises(ParameterError):
        dataclasses.replace(one, step=0)


@pytest.mark.parametrize(
    ("window", "config", "text"),
    [
        (Window(3), {"size": 3}, "Window(size=3)"),
        (Window((3, 4), 1), {"size": [3, 4]}, "Window(size=[3, 4])"),
        (
            Window(3, 2, share=0.25, wide=True, label="b"),
            {"size": 3, "step": 2, "label": "b", "share": 0.25, "wide": True},
            "Window(size=3, step=2, label='b', share=0.25, wide=True)",
        ),
    ],
)
def test_what_differs_from_the_defaults_is_written_and_read_back(window, config, text):
    assert window.to_config() == config
    assert list(window.to_config()) == list(config)
    assert Window.from_config(config) == window
    assert repr(window) == text
    assert eval(text) == window


@pytest.mark.parametrize("config", [{1: 2}, {None: 3}, {10**5000: 1}, {"size": 3, "x": 1}, {}])
def test_a_config_is_checked_like_anything_else(config):
    with pytest.raises(ParameterError) as caught:
        Window.from_config(config)
    assert caught.value.code in ("K202", "K203")


class _Unprintable:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        ("a", "'a'"),
        (None, "None"),
        (True, "True"),
        ([1, 2], "[1, 2]"),
        (10**29, "1" + "0" * 29),
        (10**400, "a whole number of about 400 digits"),
        (-(10**400), "a whole number of about 400 digits"),
        (10**5000, "a whole number of about 5000 digits"),
        ([10**5000], "<list>"),
        (_Unprintable(), "<_Unprintable>"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
        ("x" * 100, "'" + "x" * 58 + "…"),
        ("\n" * 3, r"'\n\n\n'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_any_kind_is_shown_in_one_short_line(value, text):
    assert short_text(value) == text
    assert len(text) <= 60


def test_a_single_value_can_be_checked_alone():
    assert check_value("count", np.int8(3), Integer(1, 9), where="set_threads") == 3
    with pytest.raises(ParameterError) as caught:
        check_value("count", 0, Integer(1, 9), where="set_threads")
    error = caught.value
    assert (error.code, error.where, error.what) == ("K201", "set_threads", "count=0")
    assert error.fix == "count must be a whole number from 1 to 9"
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize("name", ["cls", "self", "args", "values"])
def test_no_name_from_a_file_is_taken_for_one_of_python(name):
    with pytest.raises(ParameterError, match=r"K202|K203"):
        Window.from_config({name: 1})


def test_help_and_editors_see_the_fields_and_their_defaults():
    fields = inspect.signature(Window).parameters
    assert list(fields) == ["size", "step", "label", "share", "wide"]
    assert fields["size"].default is inspect.Parameter.empty
    assert (fields["step"].default, fields["share"].default) == (1, 0.5)
    assert fields["wide"].kind is inspect.Parameter.KEYWORD_ONLY
