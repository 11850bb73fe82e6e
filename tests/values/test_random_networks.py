"""The sum of an explanation is the number that the engine computed, whatever the network."""

import numpy as np
import pytest

from values.examples import magnitude, random_model, random_picture, random_places

EXACT_BELOW = 2**24  # whole numbers of float32


def engine_of(seed):
    """The compiled engine takes long to compile: every tenth network goes through it."""
    return "reference" if seed % 10 else "compiled"


@pytest.mark.parametrize("seed", range(100))
def test_on_small_whole_numbers_the_sum_is_the_engines_number(seed):
    model = random_model(seed, exact=True, engine=engine_of(seed))
    picture = random_picture(model, seed, exact=True)
    for layer, at in random_places(model, seed, count=2):
        explanation = model.explain(picture, layer, at)
        if magnitude(explanation) < EXACT_BELOW:
            assert explanation.value == explanation.sum, (layer, at, str(explanation))
            assert explanation.same
            assert explanation.last_places == 0


@pytest.mark.parametrize("seed", range(100))
def test_elsewhere_it_is_so_within_rounding(seed):
    model = random_model(seed, exact=False, engine=engine_of(seed))
    picture = random_picture(model, seed, exact=False)
    for layer, at in random_places(model, seed, count=2):
        explanation = model.explain(picture, layer, at)
        error = abs(explanation.value - explanation.sum)
        assert error <= 2e-5 * magnitude(explanation), (layer, at, str(explanation))
        lines = explanation.text(width=80).splitlines()
        assert max(map(len, lines)) <= 80
        for how in ("im2col", "true"):
            if explanation.kind.endswith("Conv2D"):
                other = model.explain(picture, layer, at, how=how)
                assert other.sum == pytest.approx(explanation.sum, rel=1e-12, abs=1e-300)
                assert other.value == explanation.value


@pytest.mark.parametrize("seed", range(25))
def test_pixels_that_it_does_not_depend_on_may_be_anything(seed):
    model = random_model(seed, exact=False, engine="reference")
    picture = random_picture(model, seed, exact=False)
    for layer, at in random_places(model, seed, count=2):
        seen = model.explain(picture, layer, at).seen
        assert (seen is None) == (len(model.network.input_shape) == 1)
        if seen is None:
            continue
        inside = np.zeros(seen.picture, bool)
        inside[slice(*seen.rows), slice(*seen.columns)] = True
        mask = inside[None] if model.network.data_format == "channels_first" else inside[..., None]
        other = np.where(mask, picture, 255 - picture)
        assert model.explain(other, layer, at).sum == model.explain(picture, layer, at).sum
