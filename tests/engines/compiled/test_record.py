"""Records: what frozen dataclasses are, made faster."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from konv.engines.compiled.record import record


@record
class Point:
    x: int
    y: tuple[int, ...] = (1, 2)
    note: str = field(default="", repr=False, compare=False)


@record
class Named(Point):
    name: str = "a"


@dataclass(frozen=True)
class Usual:
    x: int
    y: tuple[int, ...] = (1, 2)


def test_fields_decide_equality_hash_and_repr():
    assert Point(1) == Point(1, (1, 2), "other note")
    assert Point(1) != Point(2)
    assert hash(Point(1)) == hash(Point(1, note="other note"))
    assert repr(Point(1, (3,))) == "Point(x=1, y=(3,))"
    assert repr(Usual(1)).replace("Usual", "Point") == repr(Point(1))


def test_another_class_with_the_same_fields_is_another_thing():
    assert Named(1) != Point(1)
    assert repr(Named(1)) == "Named(x=1, y=(1, 2), name='a')"


@pytest.mark.parametrize("name", ["x", "z"])
def test_nothing_is_changed_or_added(name):
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        setattr(point, name, 2)
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert point == Point(1)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_equal(way):
    assert way(Named(1, name="b")) == Named(1, name="b")


def test_some_fields_are_replaced():
    assert replace(Named(1), x=5) == Named(5)


def test_defaults_that_are_made_belong_to_one_object():
    @record
    class Bag:
        things: list[int] = field(default_factory=list)

    one, given = Bag(), [3]
    one.things.append(1)
    assert (one.things, Bag().things) == ([1], [])
    assert Bag(given).things is given


def test_a_record_may_have_no_fields_and_another_may_derive_from_one_that_is_not_made_yet():
    @record
    class Empty: ...

    @record
    class More(Empty):
        x: int

    class Other(More):
        def twice(self):
            return 2 * self.x

    assert Other(4).twice() == 8
    assert Empty() == Empty()
    assert More(x=4) == More(4) != Other(4)


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, (2,), "", 4), {}), ((1,), {"z": 2}), ((1,), {"x": 2})]
)
def test_fields_that_are_missing_unknown_or_given_twice_are_refused(values, named):
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        Point(*values, **named)


def test_what_is_to_be_done_afterwards_is_done_as_in_any_dataclass():
    @record
    class Positive:
        x: int

        def __post_init__(self):
            if self.x < 0:
                raise ValueError("below 0")

    assert Positive(1).x == 1
    with pytest.raises(ValueError, match="below 0"):
        Positive(-1)


def test_a_beginning_of_ones_own_is_kept():
    @record
    class Doubled:
        x: int

        def __init__(self, x):
            object.__setattr__(self, "x", 2 * x)

    assert Doubled(2) == Doubled(2) != Doubled(3)
    assert Doubled(2).x == 4


def test_a_method_of_ones_own_is_kept():
    @record
    class Own:
        x: int

        def __repr__(self):
            return f"<{self.x}>"

    assert repr(Own(3)) == "<3>"
