"""The two figures of pictures with answers."""

import numpy as np
import pytest

from konv.errors import DataError
from konv.explain.figures import misclassified_figure, predictions_figure

NAMES = ["cat", "dog", "bird"]
ORANGE, FRAME = (0xD5, 0x5E, 0), (0xCC, 0xCC, 0xCC)


def pictures(count, shape=(4, 4)):
    return np.arange(count * np.prod(shape), dtype=np.uint8).reshape(count, *shape)


def plain(texts):
    return [text.replace("\u00a0", " ") for text in texts]


def test_mistakes_are_shown_the_surest_first(texts_of):
    labels, predictions = [0, 1, 2, 0], [0, 2, 1, 1]
    shares = [0.9, 0.5, 0.75, 0.625]
    texts = plain(texts_of(misclassified_figure, pictures(4), labels, predictions, shares, NAMES))
    assert texts[0] == "3 of 4 pictures misclassified (75.0 %)"
    assert texts[2:] == ["bird → dog", "75.0 %", "cat → dog", "62.5 %", "dog → bird", "50.0 %"]


def test_shares_of_all_classes_give_that_of_the_answer(texts_of):
    shares = [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]]
    texts = plain(texts_of(misclassified_figure, pictures(2), [0, 1], [1, 2], shares, NAMES))
    assert texts[2:] == ["cat → dog", "75.0 %", "dog → bird", "25.0 %"]


def test_a_single_output_is_the_share_of_the_second_class(texts_of):
    shares = [[0.75], [0.25]]
    texts = plain(texts_of(misclassified_figure, pictures(2), [0, 1], [1, 0], shares, NAMES[:2]))
    assert texts[2:] == ["cat → dog", "75.0 %", "dog → cat", "75.0 %"]


def test_without_shares_mistakes_stand_in_their_order(texts_of):
    texts = texts_of(misclassified_figure, pictures(3), [0, 0, 0], [1, 0, 2], None, NAMES)
    assert texts[2:] == ["cat → dog", "cat → bird"]


def test_no_mistake_is_said(texts_of, pixels_of):
    arguments = (pictures(3), [0, 1, 2], [0, 1, 2], None, NAMES)
    assert texts_of(misclassified_figure, *arguments) == [
        "No picture is misclassified",
        "3 pictures, each assigned to its class.",
    ]
    assert pixels_of(misclassified_figure, *arguments).shape[1] == 1400


def test_at_most_25_mistakes_are_shown_and_the_subtitle_says_so(texts_of):
    count = 30
    shares = np.linspace(0.5, 0.9, count)
    texts = plain(
        texts_of(misclassified_figure, pictures(count), [0] * count, [1] * count, shares, NAMES)
    )
    assert texts[0] == "30 of 30 pictures misclassified (100 %)"
    assert texts[1].startswith("The 25 surest mistakes.")
    assert texts.count("cat → dog") == 25
    assert "90.0 %" in texts
    assert "50.0 %" not in texts


def test_long_names_take_two_lines_and_stay_different(texts_of):
    long = ["Canis lupus familiaris of the north", "Canis lupus familiaris of the south"]
    texts = plain(texts_of(misclassified_figure, pictures(1), [0], [1], [0.75], long))
    assert texts[2].startswith("Canis")
    assert texts[2].endswith("north")
    assert texts[3].startswith("→ Canis")
    assert texts[3].endswith(" · 75.0 %")


@pytest.mark.parametrize("channels_first", [False, True])
def test_the_picture_is_the_misclassified_one(pixels_of, blocks, channels_first):
    images = np.zeros((3, 2, 2, 3), np.uint8)
    images[1, 0, 0] = (10, 200, 30)
    if channels_first:
        images = np.moveaxis(images, -1, 1)
    pixels = pixels_of(
        misclassified_figure,
        images,
        [0, 0, 0],
        [0, 1, 0],
        None,
        NAMES,
        channels_first=channels_first,
    )
    assert len(blocks(pixels, (10, 200, 30), least_px=10_000)) == 1


def test_predictions_are_shown_in_order(texts_of):
    texts = plain(texts_of(predictions_figure, pictures(2), [2, 0], [0.5, 1.0], NAMES))
    assert texts[0] == "Predicted classes of 2 pictures"
    assert texts[2:] == ["bird", "50.0 %", "cat", "100 %"]


def test_wrong_predictions_are_framed_when_the_classes_are_known(texts_of, pixels_of):
    arguments = (pictures(3), [2, 0, 1], None, NAMES)
    texts = texts_of(predictions_figure, *arguments, labels=[2, 1, 1])
    assert texts[0] == "2 of 3 pictures classified correctly"
    assert texts[2:] == ["bird", "dog → cat", "dog"]
    assert is_used(ORANGE, pixels_of(predictions_figure, *arguments, labels=[2, 1, 1]))
    assert not is_used(ORANGE, pixels_of(predictions_figure, *arguments, labels=[2, 0, 1]))
    assert not is_used(ORANGE, pixels_of(predictions_figure, *arguments))


def is_used(colour, pixels):
    return bool((pixels == np.array(colour)).all(axis=2).any())


def test_at_most_25_predictions_are_shown(texts_of):
    texts = texts_of(predictions_figure, pictures(30), [0] * 30, None, NAMES)
    assert texts.count("cat") == 25
    assert texts[1].startswith("The first 25 of 30.")


def test_pictures_outside_0_to_1_are_stretched_and_a_note_says_so(texts_of):
    images = np.linspace(0, 16, 32).reshape(2, 4, 4)
    texts = texts_of(predictions_figure, images, [0, 1], None, NAMES)
    assert any("stretched" in text for text in texts)


@pytest.mark.parametrize(
    ("images", "predictions", "shares", "labels", "code"),
    [
        (pictures(0), [], None, [], "K501"),
        ([], [], None, [], "K501"),
        (np.zeros((2, 4)), [0, 1], None, [0, 1], "K504"),
        (np.zeros((2, 4, 0)), [0, 1], None, [0, 1], "K504"),
        (["a", "b"], [0, 1], None, [0, 1], "K504"),
        ([np.zeros((2, 2)), np.zeros((3, 3))], [0, 1], None, [0, 1], "K504"),
        (pictures(2), [0], None, [0, 1], "K503"),
        (pictures(2), [0, 1], None, [0], "K503"),
        (pictures(2), [0, 1], [0.5], [0, 1], "K503"),
        (pictures(2), [0, 1], np.ones((2, 2)), [0, 1], "K503"),
        (pictures(2), [0, 1], ["high", "low"], [0, 1], "K503"),
        (pictures(2), [0, 3], None, [0, 1], "K505"),
        (pictures(2), [0, -1], None, [0, 1], "K505"),
        (pictures(2), [0.0, 1.0], None, [0, 1], "K505"),
        (pictures(2), ["cat", "dog"], None, [0, 1], "K505"),
        (pictures(2), [[0, 1], [1, 0]], None, [0, 1], "K505"),
        (pictures(2), [0, 1], None, None, "K503"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path, images, predictions, shares, labels, code
):
    with pytest.raises(DataError, match=code) as caught:
        misclassified_figure(images, labels, predictions, shares, NAMES, tmp_path / "wrong.png")
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []
