"""How an evaluation reads: tables that line up and fit."""

import numpy as np
import pytest

from konv.language.tables import places
from konv.training.evaluation import Evaluation


def evaluation(names, confusion):
    confusion = np.asarray(confusion)
    right = np.trace(confusion) / confusion.sum()
    return Evaluation(0.5, {"accuracy": right}, int(confusion.sum()), tuple(names), confusion)


def test_a_small_evaluation_reads_like_this():
    text = evaluation(["개", "고양이", "cow"], [[2, 1, 0], [1, 1, 0], [0, 1, 12]]).text()
    assert text.splitlines() == [
        "pictures      18",
        "loss      0.5000",
        "accuracy  0.8333",
        "",
        "class   precision  recall      F1  pictures",
        "개         0.6667  0.6667  0.6667         3",
        "고양이     0.3333  0.5000  0.4000         2",
        "cow        1.0000  0.9231  0.9600        13",
        "",
        "rows: true classes, columns: what they were taken for",
        "        개  고양이  cow",
        "개       2       1    ·",
        "고양이   1       1    ·",
        "cow      ·       1   12",
    ]


def with_mistakes(classes):
    """10 right of each class; 1 of each taken for the next, and 5 of the last for the first."""
    confusion = 10 * np.eye(classes, dtype=int)
    confusion[np.arange(classes - 1), np.arange(1, classes)] = 1
    confusion[-1, 0] = 5
    return confusion


@pytest.mark.parametrize("classes", [2, 10, 13, 14, 19, 20, 40, 41, 1000])
@pytest.mark.parametrize("name", ["{}", "class {}", "분류 번호 {}", "x" * 200 + "{}"])
def test_no_line_is_wider_than_a_screen(classes, name):
    names = [name.format(index) for index in range(classes)]
    for line in evaluation(names, with_mistakes(classes)).text().splitlines():
        assert places(line) <= 80


def test_columns_are_numbers_when_names_are_too_wide():
    names = [f"kind of flower {index}" for index in range(12)]
    text = evaluation(names, with_mistakes(12)).text()
    assert " 0   1   2   3   4   5   6   7   8   9  10  11" in text
    assert "\n0  kind of flower 0    10   1   ·" in text


def test_of_many_classes_the_most_confused_pairs_are_shown():
    names = [f"kind {index}" for index in range(30)]
    text = evaluation(names, with_mistakes(30)).text()
    lines = text[text.index("most often confused") :].splitlines()
    assert lines[1].split() == ["class", "taken", "for", "pictures", "of", "the", "class"]
    assert lines[2].split() == ["kind", "29", "kind", "0", "5", "33.3%"]
    assert lines[3].split() == ["kind", "0", "kind", "1", "1", "9.1%"]
    assert len(lines) == 2 + 10


def test_no_mistakes_are_said_to_be_none():
    names = [str(index) for index in range(30)]
    text = evaluation(names, 10 * np.eye(30, dtype=int)).text()
    assert text.endswith("no picture was taken for another class")


def test_of_very_many_classes_the_worst_are_shown():
    confusion = 10 * np.eye(50, dtype=int)
    confusion[7, 7], confusion[7, 8] = 1, 9
    confusion[9, 9] = 0  # no pictures, and none taken for it
    names = [f"kind {index}" for index in range(50)]
    lines = evaluation(names, confusion).text().splitlines()
    start = lines.index("the 20 classes with the lowest F1 of 50")
    assert lines[start + 2].split()[:2] == ["kind", "7"]
    assert lines[start + 3].split()[:2] == ["kind", "8"]
    shown = [line.split()[1] for line in lines[start + 2 : start + 22]]
    assert len(shown) == 20
    assert "9" not in shown


def test_names_cannot_control_the_screen():
    text = evaluation(["\x1b[2Ja\nb", "ok"], [[1, 0], [0, 1]]).text()
    assert "\x1b" not in text
    assert "�[2Ja�b" in text
