"""What the rows of X are taken for, and what of them a network is given."""

import numpy as np
import pytest

import konv
from estimator.samples import strokes
from konv.errors import DataError
from konv.sklearn import ConvClassifier
from konv.sklearn.scaling import learn_scaling

QUICK = {"epochs": 1, "random_state": 0, "engine": "reference"}  # nothing to compile


@pytest.mark.parametrize(
    ("features", "asked", "taken"),
    [
        (1, None, (1, 1, 1)),
        (2, None, (1, 2, 1)),
        (64, None, (8, 8, 1)),
        (3 * 64, None, (8, 8, 3)),
        (3 * 49, None, (1, 147, 1)),  # 7·7·3: too small to be taken for colours
        (60, None, (1, 60, 1)),
        (60, (6, 10), (6, 10, 1)),
        (60, [5, 4, 3], (5, 4, 3)),
        (64, (4, 16), (4, 16, 1)),
        (16_385, None, (16_385,)),  # wider than a picture may be
    ],
)
def test_a_row_is_the_picture_that_its_length_or_the_caller_says(features, asked, taken):
    x = np.random.default_rng(0).uniform(size=(4, features))
    classifier = ConvClassifier(image_shape=asked, **QUICK).fit(x, [0, 1, 0, 1])
    assert classifier.image_shape_ == taken
    assert classifier.predict(x).shape == (4,)


@pytest.mark.parametrize("channels", [None, 1, 3])
def test_rows_and_pictures_and_lists_of_the_same_numbers_are_the_same(channels):
    pictures, labels = strokes(channels=channels)
    rows = pictures.reshape(len(pictures), -1)
    shape = pictures.shape[1:]
    by_pictures = ConvClassifier(**QUICK).fit(pictures, labels)
    by_rows = ConvClassifier(image_shape=shape, **QUICK).fit(rows, labels)
    by_lists = ConvClassifier(**QUICK).fit(pictures.tolist(), labels.tolist())
    expected = by_pictures.predict_proba(pictures)
    for classifier in (by_rows, by_lists):
        assert classifier.n_features_in_ == rows.shape[1]
        for x in (pictures, rows, pictures.tolist()):
            assert (classifier.predict_proba(x) == expected).all()


def test_a_network_that_is_given_whole_says_what_the_pictures_are():
    pictures, labels = strokes()
    first = konv.Sequential(
        [
            konv.Input((1, 6, 6)),
            konv.Conv2D(2, 3, data_format="channels_first"),
            konv.Flatten(),
            konv.Dense(2, activation="softmax"),
        ]
    )
    for x in (pictures, pictures[:, None], pictures.reshape(-1, 36)):
        classifier = ConvClassifier(first, **QUICK).fit(x, labels)
        assert classifier.image_shape_ == (1, 6, 6)


@pytest.mark.parametrize(
    ("x", "settings", "says"),
    [
        (np.zeros((4, 60)), {"image_shape": (8, 8)}, "8 · 8 · 1 = 64"),
        (np.zeros((4, 8, 8)), {"image_shape": (4, 16)}, r"pictures of shape \(8, 8\)"),
        (np.zeros((4, 8, 8, 1, 1)), {}, "is no picture"),
        (np.zeros((4, 60)), {"network": konv.named_network("simple").network}, "28 · 28 · 1"),
        (np.zeros((4, 784)), {"network": [konv.Input((28, 28, 1))], "image_shape": (7, 112)}, "28"),
    ],
)
def test_shapes_that_contradict_are_refused(x, settings, says):
    with pytest.raises(DataError, match=says) as refused:
        ConvClassifier(**settings).fit(x, [0, 1, 0, 1])
    assert refused.value.code == "K504"


def test_other_pictures_are_refused_in_prediction():
    pictures, labels = strokes()
    classifier = ConvClassifier(**QUICK).fit(pictures, labels)
    with pytest.raises(DataError, match="K504"):
        classifier.predict(pictures.reshape(-1, 4, 9))
    with pytest.raises(ValueError, match=r"X has 25 features, but .* 36 features"):
        classifier.predict(pictures[:, 1:, 1:])


# What the numbers become -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "unit", "mean", "deviation", "pixels"),
    [
        (np.array([0, 255], np.uint8), 255, 0.5, 0.5, True),
        (np.array([0, 51], np.uint8), 255, 0.1, 0.1, True),
        (np.array([0.0, 1.0]), 1, 0.5, 0.5, True),
        (np.array([0.0, 0.5]), 1, 0.25, 0.25, True),
        (np.array([0, 16]), 16, 0.5, 0.5, True),
        (np.array([-4.0, 4.0]), 4, 0, 1, False),
        (np.array([0.0, 1000.0]), 1000, 0.5, 0.5, False),
        (np.array([7.0, 7.0]), 7, 1, 1, True),  # no deviation: taken for 1
        (np.array([0.0, 1e300]), 1e300, 0.5, 0.5, False),
        (np.array([0.0, 1e-300]), 1e-300, 0.5, 0.5, False),
    ],
)
def test_mean_and_deviation_are_learned_and_pixels_are_known(values, unit, mean, deviation, pixels):
    scaling = learn_scaling(values.reshape(2, 1, 1, 1), None, 3)
    assert (scaling.unit, scaling.pixels) == (unit, pixels)
    assert scaling.mean == pytest.approx((mean,))
    assert scaling.deviation == pytest.approx((deviation,))


def test_every_channel_has_its_own_mean_and_pictures_count_as_often_as_their_weight():
    pictures = np.array([[0.0, 10.0], [4.0, 30.0]]).reshape(2, 1, 1, 2)
    scaling = learn_scaling(pictures, np.array([3.0, 1.0]), 3)
    # Σ w v / Σ w = 1 and 15; Σ w (v − mean)² / Σ w = (3·1 + 9)/4 and (3·25 + 225)/4.
    assert np.array(scaling.mean) * 30 == pytest.approx([1, 15])
    assert np.array(scaling.deviation) * 30 == pytest.approx([3**0.5, 75**0.5])
    scaled = scaling.applied(pictures, 3).reshape(2, 2)
    assert scaled[:, 0] == pytest.approx([-1 / 3**0.5, 3 / 3**0.5])


def test_the_same_values_in_another_type_are_the_same_pictures():
    pictures, labels = strokes()
    as_bytes = np.round(pictures * 255).astype(np.uint8)
    classifier = ConvClassifier(**QUICK).fit(as_bytes, labels)
    expected = classifier.predict_proba(as_bytes)
    for kind in (np.int64, np.float32, np.float64):
        assert classifier.predict_proba(as_bytes.astype(kind)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble, object])
def test_numbers_of_any_type_are_learned_from(kind):
    pictures, labels = strokes()
    values = (np.round(pictures * 1000)).astype(
        kind
    )  # in float16 no sum of their squares is finite
    classifier = ConvClassifier(epochs=60, random_state=0).fit(values, labels)
    assert classifier.score(values, labels) == 1


@pytest.mark.parametrize("change", [lambda x: 1e300 * x, lambda x: x + 1e6, lambda x: -1e-300 * x])
def test_numbers_of_any_size_are_learned_from(change):
    pictures, labels = strokes()
    classifier = ConvClassifier(epochs=60, random_state=0).fit(change(pictures), labels)
    assert classifier.score(change(pictures), labels) == 1
    far = classifier.predict_proba(change(pictures) * 1e6)
    assert np.isfinite(far).all()


def test_without_standardize_numbers_are_taken_as_a_model_takes_them():
    pictures, labels = strokes()
    classifier = ConvClassifier(standardize=False, **QUICK).fit(pictures, labels)
    model = classifier.model_
    assert model.preprocessing is None
    assert (classifier.predict_proba(pictures) == model.predict(pictures)).all()


def test_the_model_takes_pictures_as_files_have_them(tmp_path):
    pictures, labels = strokes()
    ink = np.round(pictures * 16)  # from 0 to 16, as scikit-learn's digits
    classifier = ConvClassifier(epochs=60, random_state=0).fit(
        ink, np.array(["row", "column"])[labels]
    )
    classifier.model_.save(tmp_path / "strokes.konv")
    model = konv.load(tmp_path / "strokes.konv")
    assert model.classes == ("column", "row")
    as_file = np.round(ink / 16 * 255).astype(np.uint8)
    assert (model.predict_classes(as_file) == classifier.predict(ink)).all()
    assert model.predict(as_file) == pytest.approx(classifier.predict_proba(ink), abs=0.02)
