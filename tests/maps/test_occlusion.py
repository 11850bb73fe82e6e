"""Occlusion: by hand where it is a sum, and against pictures that a test covers itself."""

import numpy as np
import pytest

from konv.errors import DataError, NetworkError, ParameterError
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.model import Sequential
from maps.networks import FORMS, in_a_row, picture_for, plain

PICTURE = np.arange(12.0).reshape(3, 4)


def adding(weights):
    """A network whose score of the second class is Σ weights · picture."""
    weights = np.asarray(weights, float)
    model = Sequential([Input((*weights.shape, 1)), Flatten(), Dense(1)])
    model.set_weights([weights.reshape(-1, 1), [5]])
    return model


def test_by_hand():
    """Covering with 0 costs just what the patch adds up to."""
    heat = adding(np.ones((3, 4))).occlusion(PICTURE, label=1, patch=2, stride=2, fill=0)
    # Rows begin at 0 and, so that the last is reached, at 1; columns at 0 and 2.
    assert (heat.rows, heat.columns) == ((0, 1), (0, 2))
    np.testing.assert_allclose(heat.values, [[0 + 1 + 4 + 5, 2 + 3 + 6 + 7], [26, 34]])
    # The middle row lies under two patches: the mean of their drops.
    np.testing.assert_allclose(
        heat.on_picture, [[10, 10, 18, 18], [18, 18, 26, 26], [26, 26, 34, 34]]
    )
    assert (heat.unit, heat.score, heat.predictions) == ("score", 66 + 5, 4)
    assert (heat.patch, heat.stride, heat.fill) == ((2, 2), 2, (0,))


def test_the_first_of_two_classes_gains_what_the_second_loses():
    model = adding(np.ones((3, 4)))
    first, second = (model.occlusion(PICTURE, label=index, fill=0) for index in (0, 1))
    np.testing.assert_array_equal(first.values, -second.values)


@pytest.mark.parametrize("kind", [np.float64, np.uint8])
@pytest.mark.parametrize("form", FORMS)
def test_it_is_what_prediction_makes_of_pictures_covered_by_hand(form, kind):
    model = FORMS[form]()
    first = model.network.data_format == "channels_first"
    picture = picture_for(model)
    picture = (picture * 255).astype(kind) if kind is np.uint8 else picture.astype(np.float32)
    heat = model.occlusion(picture, label=1, patch=(3, 2), stride=2)
    whole = model.predict(picture[np.newaxis])[0]
    colour = picture.mean(axis=(1, 2) if first else (0, 1))
    if kind is np.uint8:
        colour = np.rint(colour)
    np.testing.assert_allclose(heat.fill, colour, rtol=1e-5)
    for i, row in enumerate(heat.rows):
        for j, column in enumerate(heat.columns):
            covered = picture.copy()
            if first:
                covered[:, row : row + 3, column : column + 2] = colour[:, None, None]
            else:
                covered[row : row + 3, column : column + 2] = colour
            outputs = model.predict(covered[np.newaxis])[0]
            place = 1 if len(outputs) > 1 else 0
            assert heat.values[i, j] == pytest.approx(whole[place] - outputs[place], abs=2e-6)


@pytest.mark.parametrize(
    ("shape", "patch", "stride", "predictions"),
    [
        ((8, 8), 2, 1, 49),
        ((28, 28), 7, 1, 484),
        ((32, 32), 8, 2, 169),
        ((1, 1), 1, 1, 1),
        ((300, 12), 5, 2, 149 * 5),
    ],
)
def test_sizes_follow_from_the_picture(shape, patch, stride, predictions):
    model = adding(np.zeros(shape))
    heat = model.occlusion(np.zeros(shape), label=1)
    assert (heat.patch, heat.stride, heat.predictions) == ((patch, patch), stride, predictions)
    assert heat.on_picture.shape == shape
    assert np.isfinite(heat.on_picture).all()


def test_a_strip_is_covered_in_whole_width():
    heat = adding(np.zeros((3_000, 4))).occlusion(np.zeros((3_000, 4)), label=1)
    assert (heat.patch, heat.columns) == ((47, 4), (0,))
    assert heat.predictions <= 1_000
    assert np.isfinite(heat.on_picture).all()


def test_the_picture_and_the_model_stay_as_they_were():
    model = plain()
    picture = picture_for(model)
    before, weights = picture.copy(), model.get_weights()
    model.occlusion(picture)
    np.testing.assert_array_equal(picture, before)
    for weight, former in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, former)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"patch": 9}, r"patch=\(8, 6\), or smaller"),
        ({"patch": (3, 7)}, r"patch=\(3, 6\), or smaller"),
        ({"patch": 0}, "patch must be"),
        ({"stride": 0}, "stride must be"),
        ({"patch": (3, 2), "stride": 3}, "from 1 to 2"),
        ({"patch": (8, 2), "stride": 3}, "from 1 to 2"),
        ({"fill": "grey"}, "fill must be"),
    ],
)
def test_sizes_that_cannot_be_are_refused(options, said):
    model = plain()
    with pytest.raises(ParameterError, match=said):
        model.occlusion(picture_for(model), **options)


def test_too_many_predictions_are_refused_with_a_stride_that_works():
    model, picture = adding(np.zeros((300, 300))), np.zeros((300, 300))
    with pytest.raises(ParameterError, match=r"90,000 predictions(.|\n)*65,536(.|\n)*larger patch"):
        model.occlusion(picture, label=1, patch=1, stride=1)
    with pytest.raises(ParameterError, match=r"89,401 predictions(.|\n)*stride=2"):
        model.occlusion(picture, label=1, patch=2, stride=1)


def test_a_patch_that_fills_an_axis_may_have_any_stride_on_it():
    heat = adding(np.ones((3, 4))).occlusion(PICTURE, label=1, patch=(3, 4), stride=100, fill=0)
    np.testing.assert_array_equal(heat.values, [[66]])


def test_what_is_no_picture_or_no_class_is_refused():
    flat = Sequential([Input((4,)), Dense(2, activation="softmax")])
    with pytest.raises(NetworkError, match="K310"):
        flat.occlusion(np.zeros(4))
    maps = in_a_row(Conv2D(2, 3))
    with pytest.raises(DataError, match="K505"):
        maps.occlusion(picture_for(maps))
