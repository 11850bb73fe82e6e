"""Explanations as data: plain, whole, and the numbers of the explanation."""

import json

import numpy as np
import pytest

import konv
from oracles.tutorial_numbers import K, X
from values.examples import convolution, random_model, random_picture, random_places


def test_every_product_is_there():
    facts = convolution(K, bias=3).explain(X, "conv2d_1", (0, 1, 0)).to_dict()
    assert (facts["value"], facts["sum"], facts["same"]) == (19, 19, True)
    assert facts["receptive_field"]["columns"] == [1, 4]
    (step,) = facts["steps"]
    (part,) = step["parts"]
    assert part["products"] == [4, 0, 0, 0, 2, 6, 0, 0, 4]
    assert part["places"][3] == [1, 1, 0]
    assert part["weight_places"][3] == [1, 0, 0, 0]
    assert (step["sum"], step["bias"], step["value"]) == (16, 3, 19)


@pytest.mark.parametrize("seed", range(20))
def test_it_survives_json_and_adds_up(seed):
    model = random_model(seed, exact=False, engine="reference")
    picture = random_picture(model, seed, exact=False)
    for layer, at in random_places(model, seed, count=3):
        explanation = model.explain(picture, layer, at)
        facts = json.loads(json.dumps(explanation.to_dict()))
        assert facts["steps"][-1]["value"] == explanation.sum == facts["sum"]
        for step in facts["steps"]:
            for part in step.get("parts", ()):
                assert sum(part["products"]) == pytest.approx(part["sum"], abs=1e-9)
                weights = part["weights"] or [1] * len(part["numbers"])
                assert part["products"] == [
                    x * w for x, w in zip(part["numbers"], weights, strict=True)
                ]


@pytest.mark.parametrize("how", ["loops", "im2col", "true"])
def test_places_lead_to_the_numbers_and_the_weights(how):
    layers = [konv.Input((5, 6, 2)), konv.Conv2D(3, 2, padding="same", true_convolution=True)]
    model = konv.Sequential(layers, seed=1, engine="reference")
    picture = np.random.default_rng(0).normal(size=(5, 6, 2)).astype(np.float32)
    facts = model.explain(picture, "conv2d_1", (4, 2, 1), how=how).to_dict()
    met = 0
    for part in facts["steps"][0]["parts"]:
        for i, place in enumerate(part["places"]):
            weight = model.weights["conv2d_1/kernel"][tuple(part["weight_places"][i])]
            assert part["weights"][i] == weight
            assert part["numbers"][i] == (0 if part["padding"][i] else picture[tuple(place)])
            met += 1
    assert met == 2 * 2 * 2
