import csv

import numpy as np
import pytest

from konv.errors import ParameterError, TrainingError
from konv.training.callbacks import BestWeights, CSVLog, EarlyStopping
from konv.training.history import History
from training.problems import training


class Scripted:
    """Stands for a run whose history is given."""

    def __init__(self):
        self.weights = {"w": np.zeros(1, np.float32)}
        self.reason = ""
        self.state = self
        self.iteration = 0

    def stop(self, reason):
        self.reason = reason


def play(callback, values, column="val_loss"):
    """The epoch at which training stopped (or the number of epochs), after epochs of ``values``."""
    run = Scripted()
    callback.training = run
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        run.weights["w"][...] = epoch + 1
        callback.on_epoch_end(epoch, {column: value})
        if run.reason:
            break
    callback.on_train_end()
    return epoch + 1, float(run.weights["w"][0])


@pytest.mark.parametrize(
    ("values", "options", "stopped_at", "weights_of"),
    [
        # values of val_loss, fields, last epoch, epoch whose weights remain
        ([3, 2, 1, 0.5], {"patience": 2}, 4, 4),
        ([3, 2, 4, 5, 1], {"patience": 2}, 4, 2),
        ([3, 2, 4, 1, 5, 6, 7], {"patience": 3}, 7, 4),
        ([3, 2, 4, 5], {"patience": 2, "restore_best_weights": False}, 4, 4),
        ([3, 2.9, 2.8, 2.7], {"patience": 2, "min_delta": 0.5}, 3, 1),
        ([1, float("nan"), float("nan"), 0.5], {"patience": 2}, 3, 1),
        ([float("nan"), 2, 1], {"patience": 5}, 3, 3),
    ],
)
def test_early_stopping(values, options, stopped_at, weights_of):
    assert play(EarlyStopping(**options), values) == (stopped_at, weights_of)


def test_accuracy_is_better_when_larger():
    callback = EarlyStopping("val_accuracy", patience=2)
    assert play(callback, [0.5, 0.8, 0.7, 0.6], column="val_accuracy") == (4, 2)


def test_what_is_not_measured_cannot_be_watched():
    with pytest.raises(TrainingError, match="K806") as caught:
        training([EarlyStopping()], validation=False).run()
    assert "validation_split" in str(caught.value)


@pytest.mark.parametrize(
    "fields", [{"patience": 0}, {"patience": 1.5}, {"min_delta": -1}, {"monitor": ""}]
)
def test_fields_are_checked(fields):
    with pytest.raises(ParameterError, match="K201"):
        EarlyStopping(**fields)


def test_the_log_is_the_history(tmp_path):
    path = tmp_path / "log.csv"
    state = training([CSVLog(path)], epochs=2).run()
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [list(row) for row in state.history]
    assert [float(row["val_loss"]) for row in rows] == [row["val_loss"] for row in state.history]


def test_best_weights_begin_anew_with_a_new_run():
    callback = BestWeights()
    play(callback, [1.0])
    play(callback, [5.0, 4.0])
    assert (callback.value, callback.epoch) == (4.0, 2)


def test_a_history_is_rows_and_columns():
    history = History(({"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0, "val_loss": 3.0}))
    assert history.history == {"epoch": [1, 2], "loss": [2.0, 1.0], "val_loss": [None, 3.0]}
    assert (len(history), [row["epoch"] for row in history]) == (2, [1, 2])
