"""Networks side by side."""

import pytest

from konv import compare
from konv.language.tables import places
from konv.network.named import named_network


def networks(*names):
    return [named_network(name).network for name in names]


@pytest.mark.parametrize(
    ("name", "weights", "parameters", "macs", "field"),
    [
        ("tutorial-39x31", 64_320, 64_620, 2_277_760, (39, 31)),
        ("tutorial-120x60", 133_612, 133_792, 9_398_912, (120, 56)),
        ("tutorial-dense", 1_055_400, 1_056_850, 1_055_400, (39, 31)),
        ("simple", 591_904, 592_074, 1_051_904, (28, 28)),
    ],
)
def test_each_has_its_own_numbers(name, weights, parameters, macs, field):
    (found,) = compare(*networks(name)).networks
    assert (found.weights, found.parameters, found.macs) == (weights, parameters, macs)
    assert found.receptive_field == field
    assert found.parameter_bytes == 4 * parameters


def test_two_have_ratios():
    rows = {
        row[0]: row[1:] for row in compare(*networks("tutorial-39x31", "tutorial-dense")).rows()
    }
    assert rows["weights"] == ["64,320", "1,055,400", "16.41"]
    assert rows["MACs"] == ["2,277,760", "1,055,400", "0.46"]


def test_three_have_none():
    rows = compare(*networks("simple", "lenet5", "resnet8")).rows()
    assert {len(row) for row in rows} == {4}


def test_as_text_and_as_data():
    comparison = compare(*networks("simple", "lenet5"))
    table = str(comparison).split("\n\n")[0]
    assert max(map(places, table.splitlines())) <= 80
    facts = comparison.to_dict()
    assert [network["name"] for network in facts["networks"]] == ["simple", "lenet5"]
    assert "multiply-add" in facts["conventions"]
