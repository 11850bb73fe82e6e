import numpy as np
import pytest

from konv.errors import DataError, ParameterError
from konv.explain.figures import confusion_figure
from konv.explain.figures.confusion_table import shade

BLUE, ORANGE, GREY = (0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0xEE, 0xEE, 0xEE)
CELL_PX = 140
KEY_PX = 250  # the title and the key end above this row


def names(count):
    return [f"c{i}" for i in range(count)]


def test_a_cell_stands_where_its_class_and_its_prediction_meet(pixels_of, blocks):
    # Class 0 is always taken for 2, class 1 always right, class 2 always taken for 0.
    counts = np.array([[0, 0, 9], [0, 9, 0], [9, 0, 0]])
    pixels = pixels_of(confusion_figure, counts, names(3))[KEY_PX - 80 :]
    [(row, column)] = blocks(pixels, BLUE, least_px=10_000)
    assert sorted(blocks(pixels, ORANGE, least_px=10_000)) == [
        (pytest.approx(row - CELL_PX, abs=3), pytest.approx(column + CELL_PX, abs=3)),
        (pytest.approx(row + CELL_PX, abs=3), pytest.approx(column - CELL_PX, abs=3)),
    ]


def test_rows_are_true_classes_and_columns_predictions(pixels_of, blocks):
    # Classes 0 and 1 are both taken for 1.
    pixels = pixels_of(confusion_figure, np.array([[0, 5], [0, 5]]), names(2))[KEY_PX - 80 :]
    [right] = blocks(pixels, BLUE, least_px=10_000)
    [wrong] = blocks(pixels, ORANGE, least_px=10_000)
    assert wrong == (pytest.approx(right[0] - CELL_PX, abs=3), pytest.approx(right[1], abs=3))


def test_a_larger_share_is_darker():
    shares = np.linspace(0, 1, 20)
    for hue in ("#0072b2", "#d55e00"):
        luminance = shade(shares, hue) @ (0.299, 0.587, 0.114)
        assert (np.diff(luminance) < 0).all()
        assert shade(np.array(0.0), hue).tolist() == [1.0, 1.0, 1.0]


def test_counts_that_are_not_0_are_written(texts_of):
    texts = texts_of(confusion_figure, np.array([[33, 0], [7, 1234]]), ["cat", "dog"], split="test")
    assert texts[0].replace("\u00a0", " ") == "Test accuracy 99.5 % (1,274 pictures)"
    assert {"33", "7", "1234"} <= set(texts)
    assert "0" not in texts
    assert texts.count("cat") == texts.count("dog") == 2
    assert {"true class", "predicted class"} <= set(texts)


@pytest.mark.parametrize(
    ("split", "start"),
    [
        ("train", "Training accuracy"),
        ("validation", "Validation accuracy"),
        ("test", "Test accuracy"),
        (None, "Accuracy"),
    ],
)
def test_the_title_says_of_what(texts_of, split, start):
    title = texts_of(confusion_figure, np.array([[1]]), ["only"], split=split)[0]
    assert title == f"{start} 100\u00a0% (1 picture)"


def test_classes_without_pictures_are_grey(pixels_of, texts_of, blocks):
    counts = np.array([[0, 0], [1, 1]])
    assert "Grey rows: classes without pictures." in texts_of(confusion_figure, counts, names(2))
    assert blocks(pixels_of(confusion_figure, counts, names(2)), GREY, least_px=10_000)


def test_counts_too_long_for_their_cells_are_written_short(texts_of):
    counts = np.full((30, 30), 12_345_678)
    texts = texts_of(confusion_figure, counts, names(30))
    assert texts.count("12M") == 900


def test_long_names_are_shortened_but_stay_different(texts_of):
    long = [f"a very long name of a class that nobody can read, {i}" for i in range(3)]
    texts = texts_of(confusion_figure, np.eye(3, dtype=int), long)
    short = {text for text in texts if "…" in text}
    assert len(short) == 3
    assert all(text.startswith("a very") for text in short)


def test_more_than_30_classes_are_shown_by_their_most_frequent_confusions(texts_of):
    counts = np.diag(np.full(40, 10))
    counts[3, 7], counts[8, 2], counts[7, 3] = 30, 10, 5
    texts = [t.replace("\u00a0", " ") for t in texts_of(confusion_figure, counts, names(40))]
    assert texts[0] == "Accuracy 89.9 % (445 pictures)"
    bars = [text for text in texts if "(" in text][1:]
    assert bars == ["30 (75.0 %)", "10 (50.0 %)", "5 (33.3 %)"]
    middle = texts.index("→")
    assert (texts[middle - 1], texts[middle + 1]) == ("c3", "c7")
    assert any("3 of 3" in text for text in texts)


def test_bars_are_as_long_as_their_counts(pixels_of):
    counts = np.diag(np.full(31, 1))
    counts[0, 1], counts[2, 3] = 40, 10
    orange = (pixels_of(confusion_figure, counts, names(31)) == np.array(ORANGE)).all(axis=2)
    lengths = orange.sum(axis=1)
    long, short = lengths.max(), lengths[lengths > 0].min()
    assert long / short == pytest.approx(4, rel=0.02)


def test_many_classes_without_a_mistake(texts_of):
    texts = texts_of(confusion_figure, np.eye(100, dtype=int), names(100))
    assert texts == ["Accuracy 100\u00a0% (100 pictures)", "No class is taken for another."]


def test_at_most_25_confusions_are_shown_and_the_subtitle_says_so(texts_of):
    texts = texts_of(confusion_figure, np.ones((50, 50), int), names(50))
    assert texts.count("→") == 25
    assert any("25 of 2,450" in text for text in texts)


@pytest.mark.parametrize(
    ("confusion", "count", "error", "code"),
    [
        (np.zeros((2, 3), int), 2, ParameterError, "K201"),
        (np.zeros((0, 0), int), 0, ParameterError, "K201"),
        (np.zeros(4, int), 4, ParameterError, "K201"),
        (np.array([[0.5]]), 1, ParameterError, "K201"),
        (np.array([[-1, 0], [0, 2]]), 2, ParameterError, "K201"),
        (np.full((2, 2), 2**62), 2, ParameterError, "K201"),
        (None, 1, ParameterError, "K201"),
        (np.eye(2, dtype=int), 3, ParameterError, "K205"),
        (np.zeros((2, 2), int), 2, DataError, "K501"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(tmp_path, confusion, count, error, code):
    with pytest.raises(error, match=f"{code} in confusion_figure") as caught:
        confusion_figure(confusion, names(count), tmp_path / "confusion.png")
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == []
