"""The words of one line of progress."""

import pytest

from konv.training.progress_text import Standing, duration, fitting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.4, "0:00"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (90_061, "25:01:01"),
    ],
)
def test_durations_are_minutes_and_seconds_and_hours_if_any(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "x 0.0000"),
        (0.12345, "x 0.1235"),
        (-2, "x -2.0000"),
        (0.001, "x 0.0010"),
        (0.000123, "x 1.23e-04"),
        (99_999.0, "x 99999.0000"),
        (123_456.0, "x 1.23e+05"),
        (float("nan"), "x nan"),
        (float("inf"), "x inf"),
    ],
)
def test_numbers_show_digits_that_say_something(value, text):
    assert Standing(1, 1, means={"x": value}).under_way() == [text]


def test_values_in_validation_stand_beside_those_in_training():
    row = {"epoch": 3, "loss": 1, "val_loss": 2, "mae": 3, "val_other": 4, "learning_rate": 5}
    texts = Standing(1, 1, means=row).at_the_end()
    assert texts == ["loss 1.0000 val 2.0000", "mae 3.0000", "val_other 4.0000", "0:00"]


def test_labels_are_equally_wide_in_every_epoch():
    labels = [Standing(1000, 1, epoch=epoch).label() for epoch in (0, 9, 99, 999)]
    assert labels == ["epoch    1/1000", "epoch   10/1000", "epoch  100/1000", "epoch 1000/1000"]


@pytest.mark.parametrize(
    ("done", "pictures", "share"), [(0, 10, 0), (5, 10, 0.5), (10, 10, 1), (12, 10, 1), (0, 0, 1)]
)
def test_a_share_is_between_none_and_all(done, pictures, share):
    assert Standing(1, pictures, done=done).share == share


def test_what_does_not_fit_is_left_out():
    assert fitting(["손실 0.5", "accuracy 0.9", "1:00"], 14) == "손실 0.5  1:00"
    assert fitting(["손실 0.5"], 7) == ""
    assert fitting([], 7) == ""
