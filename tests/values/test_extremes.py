"""Numbers that overflow, weights that are not finite, maps that are large: said, not raised."""

import numpy as np
import pytest

import konv

LAYERS = [
    konv.Conv2D(2, 3, activation="silu", padding="same"),
    konv.SeparableConv2D(2, 3, activation="gelu"),
    konv.MaxPooling2D(2),
    konv.AveragePooling2D(2),
    konv.GlobalAveragePooling2D(),
    konv.Dense(3, activation="softmax"),
    konv.BatchNormalization(),
    konv.Activation("softmax"),
    konv.Activation("sigmoid"),
    konv.LeakyReLU(),
    konv.ELU(2),
    konv.Activation("hard_sigmoid"),
    konv.Activation("gelu_tanh"),
    konv.Activation("softplus"),
    konv.Activation("mish"),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("size", [3e38, -3e38, 1e-45])
def test_an_overflow_is_shown_as_what_it_is(layer, size):
    layers = [konv.Input((4, 4, 2)), konv.Conv2D(2, 1), layer]
    model = konv.Sequential(layers, seed=4, engine="reference")
    with np.errstate(all="ignore"):
        for node in model.network.nodes:
            found = model.explain(
                np.full((4, 4, 2), size), node.name, tuple(0 for _n in node.output_shape)
            )
            assert found.html()
            assert found.to_dict()["value"] == pytest.approx(found.value, nan_ok=True)
            assert "float32" in found.text()


def test_a_large_window_is_shown_in_part():
    model = konv.Sequential([konv.Input((60, 70, 1)), konv.GlobalMaxPooling2D()])
    picture = np.zeros((60, 70))
    picture[33, 44] = 7
    found = model.explain(picture, "global_max_pooling2d_1", 0)
    assert "[4188 more]" in found.text()
    assert "the largest is the number at row 33, column 44, channel 0" in found.text(width=200)
    page = found.html()
    assert '<td class="seen won">7</td>' in page
    assert "the part of 60×70 around the number that won" in page
    assert len(page) < 20_000


def test_a_large_mean_is_a_list():
    model = konv.Sequential([konv.Input((60, 70, 1)), konv.GlobalAveragePooling2D()])
    found = model.explain(np.ones((60, 70)), "global_average_pooling2d_1", 0)
    assert "[4188 more: 4188]" in found.text()
    assert "4200 / 4200 = 1" in found.text()
    assert len(found.html()) < 20_000
    assert found.html(all_terms=True).count("<tr>") > 4200
