import numpy as np
import pytest

from konv.errors import ParameterError
from konv.explain.figures import learning_curves
from konv.training.history import History

BLUE, ORANGE = (0, 0x72, 0xB2), (0xD5, 0x5E, 0)
AXES_PX = 220  # titles and the key end above this row


def rows(losses, val_losses=(), **columns):
    made = [{"epoch": i, "loss": loss} for i, loss in enumerate(losses, 1)]
    for name, values in {"val_loss": val_losses, **columns}.items():
        for row, value in zip(made, values, strict=False):
            row[name] = value
    return made


def count(pixels, colour):
    return int((pixels == np.array(colour)).all(axis=2).sum())


def test_the_best_epoch_is_that_of_the_lowest_validation_loss(texts_of):
    history = History(
        tuple(
            rows(
                [2.0, 1.0, 0.5],
                [2.5, 1.25, 1.5],
                accuracy=[0.2, 0.5, 0.9],
                val_accuracy=[0.25, 0.5, 0.75],
                learning_rate=[0.1] * 3,
            )
        )
    )
    texts = [text.replace("\u00a0", " ") for text in texts_of(learning_curves, history)]
    assert "Validation accuracy 50.0 % in the best epoch, 2 of 3" in texts
    assert "Dotted: the epoch of the lowest val_loss, 1.25." in texts
    assert {"Loss", "Accuracy", "training", "validation", "epoch"} <= set(texts)
    assert "learning_rate" not in texts


def test_another_column_may_say_which_epoch_was_best(texts_of):
    history = rows([2.0, 1.0], [1.0, 2.0], val_accuracy=[0.25, 0.75])
    texts = " ".join(texts_of(learning_curves, history, monitor="val_accuracy"))
    assert "2 of 2" in texts
    assert "highest val_accuracy, 75.0" in texts


def test_without_validation_there_is_no_orange(pixels_of, texts_of):
    history = rows([2.0, 1.0, 0.5], accuracy=[0.2, 0.5, 0.9])
    pixels = pixels_of(learning_curves, history)
    assert count(pixels, BLUE) > 500
    assert count(pixels, ORANGE) == 0
    texts = [text.replace("\u00a0", " ") for text in texts_of(learning_curves, history)]
    assert "Training accuracy 90.0 % in the best epoch, 3 of 3" in texts
    assert "validation" not in texts


def test_one_epoch_is_a_point(pixels_of, texts_of):
    history = rows([0.5], [0.75])
    pixels = pixels_of(learning_curves, history)
    assert count(pixels[AXES_PX:], BLUE) > 100
    assert count(pixels[AXES_PX:], ORANGE) > 100
    texts = texts_of(learning_curves, history)
    assert texts.count("1") == 1
    assert not [text for text in texts if text.startswith(("0.9", "1.0", "1."))]


def test_a_thousand_epochs_are_a_line_with_round_ticks(pixels_of, texts_of):
    losses = 1 + np.exp(-np.arange(1000) / 200)
    history = rows(losses.tolist(), (losses + 0.25).tolist())
    pixels = pixels_of(learning_curves, history)
    drawn = (pixels[AXES_PX:] == np.array(BLUE)).all(axis=2)
    assert np.flatnonzero(drawn.any(axis=0)).size > 1000
    texts = texts_of(learning_curves, history)
    assert {"200", "400", "600", "800", "1000"} <= set(texts)
    assert "0" not in texts


def test_a_loss_that_falls_far_is_drawn_on_a_logarithmic_axis(texts_of):
    assert "Loss (logarithmic)" in texts_of(learning_curves, rows([2.0, 0.5, 0.05]))
    assert "Loss" in texts_of(learning_curves, rows([2.0, 0.5, 0.1]))
    assert "Loss" in texts_of(learning_curves, rows([2.0, 0.5, 0.0]))


def test_gaps_are_bridged(pixels_of):
    history = rows([3.0, 2.0, 1.0, 0.5], [3.0, float("nan"), None, 1.0])
    drawn = (pixels_of(learning_curves, history)[AXES_PX:] == np.array(ORANGE)).all(axis=2)
    columns = np.flatnonzero(drawn.any(axis=0))
    assert columns.size > 0.9 * (columns.max() - columns.min())


def test_shares_never_reach_beyond_100_percent(texts_of):
    texts = texts_of(learning_curves, rows([1.0, 0.5], accuracy=[1.0, 1.0]))
    shares = [float(t[:-2]) for t in texts if t.endswith("\u00a0%")]
    assert max(shares) == 100


def test_other_metrics_have_panels_up_to_six(pixels_of, texts_of):
    many = {f"metric_{i}": [1.0, 2.0] for i in range(9)}
    texts = texts_of(learning_curves, rows([2.0, 1.0], **many))
    assert {"metric_0", "metric_4"} <= set(texts)
    assert "metric_5" not in texts
    assert "Not shown: 4 more metrics." in texts


@pytest.mark.parametrize("loss", [0.0, 5e-324, 1e-300, 3e38, 1e300, -2.0, float("inf")])
def test_any_numbers_can_be_drawn(pixels_of, loss):
    assert pixels_of(learning_curves, rows([1.0, loss, 0.5])).shape[1] == 1400


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([], "no numbers"),
        ([{"epoch": 1}], "no numbers"),
        ([{"epoch": 1, "loss": float("nan")}], "no numbers"),
        ([{"epoch": 1, "loss": "0.5"}], "no numbers"),
        ({"loss": [1.0]}, "not a row for each epoch"),
    ],
)
def test_a_history_without_numbers_is_refused(tmp_path, history, message):
    with pytest.raises(ParameterError, match=f"K201 in learning_curves: .*{message}"):
        learning_curves(history, tmp_path / "curves.png")


def test_a_monitor_that_is_no_column_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"'val_auc'(.|\n)*one of loss"):
        learning_curves(rows([1.0]), tmp_path / "curves.png", monitor="val_auc")
