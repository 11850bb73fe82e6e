"""konv networks: the list."""

import json


def test_every_network_is_listed_with_its_cost(konv):
    facts = {one["name"]: one for one in json.loads(konv("networks", "--json").out)["networks"]}
    assert facts["tutorial-39x31"]["macs"] == 2_277_760
    assert facts["simple"]["input_shape"] == [28, 28, 1]
    text = konv("networks").out
    for name, one in facts.items():
        assert name in text
        assert f"{one['parameters']:,}" in text


def test_the_list_fits_80_columns(konv):
    assert max(map(len, konv("networks").out.splitlines())) <= 80
