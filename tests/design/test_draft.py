"""Drafts: what is left out, put in and connected anew keeps the rest as it was."""

import pytest

from konv.design import Draft
from konv.errors import ShapeError
from konv.layers import Add, Conv2D, Dense, Dropout, Flatten, Input, ReLU
from konv.model import Model
from konv.network import Part, named_networks


def shared():
    """a is used three times, first by a itself."""
    x = Input((6,))
    layer = Dense(6, name="a")
    first = layer(x)
    y = layer(ReLU(name="r")(first))
    return Draft.of(Model(x, Add(name="sum")([layer(y), y])).network)


def names(draft):
    return [part.name for part in draft.parts]


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_the_draft_of_a_network_makes_that_network(named):
    assert Draft.of(named.network).network() == named.network


def test_what_read_a_part_that_is_left_out_reads_its_input():
    draft = shared().without("r")
    assert draft.part("a_2").inputs == ("a",)
    assert draft.network().parameters == 42


def test_weights_that_others_share_go_to_the_first_of_them():
    draft = shared().without("a")
    assert draft.part("a_2").weights_of is None
    assert draft.part("a_3").weights_of == "a_2"
    assert draft.network().parameters == 42


def test_weights_of_its_own_are_counted():
    assert shared().with_own_weights("a_3").network().parameters == 84


def test_parts_that_nothing_reads_any_more_go_too():
    draft = shared().with_inputs("sum", ("a_2", "a_2"))
    assert names(draft) == ["input_1", "a", "r", "a_2", "sum"]


def test_a_part_is_put_before_one_reader_or_behind_for_all():
    before = shared().with_before("sum", Dropout(0.5), "a_2")
    assert before.part("sum").inputs == ("a_3", "dropout_1")
    assert before.part("a_3").inputs == ("a_2",)
    behind = shared().with_behind("a_2", Dropout(0.5))
    assert behind.part("sum").inputs == ("a_3", "dropout_1")
    assert behind.part("a_3").inputs == ("dropout_1",)
    assert behind.network().output_shape == before.network().output_shape == (6,)


def test_new_parts_have_names_that_are_free():
    draft = shared().with_behind("a", Dropout(0.5)).with_behind("a", Dropout(0.5))
    assert {"dropout_1", "dropout_2"} <= set(names(draft))


def test_what_fits_and_the_first_that_does_not_are_told():
    parts = (
        Part("a", Input((4, 4, 1))),
        Part("b", Conv2D(2, 5), ("a",)),
        Part("c", Flatten(), ("b",)),
    )
    nodes, error = Draft(parts).fitting
    assert [node.name for node in nodes] == ["a"]
    assert error.code == "K104"
    with pytest.raises(ShapeError):
        Draft(parts).network()
