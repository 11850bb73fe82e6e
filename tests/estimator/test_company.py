"""The estimator among others of scikit-learn: pipelines, searches, votes, in other processes."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import konv
from estimator.samples import strokes
from konv.errors import ParameterError
from konv.sklearn import ConvClassifier

PICTURES, LABELS = strokes()
ROWS = PICTURES.reshape(len(PICTURES), -1)
LAYERS = [konv.Conv2D(4, 3, activation="relu"), konv.Flatten(), konv.Dense(2, activation="softmax")]


def classifier(**settings):
    return ConvClassifier(
        **{"network": LAYERS, "epochs": 60, "learning_rate": 0.01, "random_state": 0, **settings}
    )


def test_it_stands_in_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), classifier()).fit(ROWS, LABELS)
    assert pipeline.score(ROWS, LABELS) == 1
    assert "ConvClassifier" in pipeline._repr_html_()
    weighted = pipeline.fit(ROWS, LABELS, convclassifier__sample_weight=np.ones(len(ROWS)))
    assert weighted.score(ROWS, LABELS) == 1


def test_a_search_in_other_processes_finds_the_best_network():
    grid = {"network": [LAYERS, konv.Sequential([konv.Input((6, 6, 1)), *LAYERS]), "auto"]}
    search = GridSearchCV(classifier(epochs=20), grid, cv=2, n_jobs=2, error_score="raise")
    scores = search.fit(ROWS, LABELS).cv_results_["mean_test_score"]
    assert scores[0] == scores[1]  # the same network, said in two ways
    assert search.best_score_ == scores.max() > 0.6
    assert search.best_estimator_.predict(ROWS).shape == (len(ROWS),)


def test_each_process_of_joblib_takes_its_share_of_the_cores():
    count = os.cpu_count()
    with joblib.parallel_config(backend="loky", n_jobs=2):
        threads = joblib.Parallel()(joblib.delayed(konv.get_threads)() for _task in range(2))
    assert max(threads) <= max(1, count // 2)


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_threads_and_forked_processes_find_the_same_scores(backend):
    classifier().fit(ROWS, LABELS).predict(ROWS)  # threads are running when others begin
    expected = cross_val_score(classifier(), ROWS, LABELS, cv=4, error_score="raise")
    with joblib.parallel_config(backend=backend, n_jobs=2):
        found = cross_val_score(classifier(), ROWS, LABELS, cv=4, error_score="raise")
    assert (found == expected).all()


def test_votes_calibration_and_learning_curves_take_it():
    vote = VotingClassifier(
        [("one", classifier()), ("two", classifier(random_state=1))], voting="soft"
    )
    assert vote.fit(ROWS, LABELS).score(ROWS, LABELS) == 1
    calibrated = CalibratedClassifierCV(classifier(), cv=2).fit(ROWS, LABELS)
    assert calibrated.predict_proba(ROWS).shape == (len(ROWS), 2)
    sizes, _train, test = learning_curve(
        classifier(), PICTURES, LABELS, cv=2, train_sizes=[0.5, 1.0], shuffle=True
    )
    assert sizes.tolist() == [10, 20]
    assert test.shape == (2, 2)
    assert np.isfinite(test).all()


def test_it_may_be_cloned_and_its_parameters_set():
    original = classifier(augment="shift")
    copy = clone(original)
    assert copy.get_params().keys() == original.get_params().keys()
    assert copy.set_params(epochs=7).epochs == 7
    assert original.epochs == 60
    assert "epochs=7" in repr(copy)


def test_import_konv_is_enough_and_does_not_load_scikit_learn():
    code = (
        "import konv, sys; print('sklearn' in sys.modules); "
        "print(konv.sklearn.ConvClassifier is konv.ConvClassifier, 'sklearn' in dir(konv))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["False", "True", "True"]


def test_its_tags_say_that_it_takes_pictures_and_no_gaps():
    tags = get_tags(classifier())
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan


def test_data_frames_keep_the_names_of_their_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(ROWS, columns=[f"p{place}" for place in range(36)])
    fitted = classifier().fit(frame, pandas.Series(LABELS).map({0: "row", 1: "column"}))
    assert fitted.feature_names_in_.tolist() == frame.columns.tolist()
    assert fitted.score(frame, np.array(["row", "column"])[LABELS]) == 1
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[frame.columns[::-1]])


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (np.where(ROWS > 0.9, np.nan, ROWS), "NaN"),
        (np.where(ROWS > 0.9, np.inf, ROWS), "infinity"),
        (ROWS[:, 0], "Expected 2D array"),
        (ROWS[:0], r"0 sample\(s\)"),
        (ROWS + 1j, "Complex data"),
        ([[1, 2], [3]], "inhomogeneous"),
        ([["a", "b"]] * 40, "numeric"),
    ],
)
def test_what_are_no_numbers_is_refused_in_scikit_learns_words(x, says):
    with pytest.raises(ValueError, match=says):
        classifier(network="auto").fit(x, LABELS)


def test_sparse_matrices_are_refused_and_numbers_as_objects_taken():
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match="toarray"):
        classifier().fit(csr_array(ROWS), LABELS)
    assert classifier().fit(ROWS.astype(object), LABELS).score(ROWS, LABELS) == 1


def test_what_is_not_fitted_does_not_predict():
    with pytest.raises(NotFittedError):
        classifier().predict(ROWS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image_shape", 6),
        ("image_shape", (6, 6, 1, 1)),
        ("image_shape", (6, -6)),
        ("epochs", 0),
        ("epochs", "few"),
        ("batch_size", 1.5),
        ("optimizer", "adm"),
        ("learning_rate", -1),
        ("learning_rate", "fast"),
        ("augment", "shft"),
        ("augment", 3),
        ("standardize", 1),
        ("early_stopping", "yes"),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("class_weight", "even"),
        ("class_weight", 3),
        ("warm_start", None),
        ("verbose", 3),
    ],
)
def test_a_parameter_is_checked_when_fit_is_called_and_not_before(name, value):
    changed = classifier(**{name: value})
    assert changed.get_params()[name] is value
    with pytest.raises(ParameterError, match="K201"):
        changed.fit(ROWS, LABELS)


def test_verbose_may_be_true_as_elsewhere_in_scikit_learn(capsys):
    classifier(verbose=2, epochs=2).fit(ROWS, LABELS)
    assert capsys.readouterr().err.count("loss") >= 2
    classifier(verbose=False, epochs=2).fit(ROWS, LABELS)
    assert capsys.readouterr().err == ""


def test_pictures_may_be_augmented_and_rows_of_numbers_may_not():
    assert classifier(augment="shift").fit(PICTURES, LABELS).score(PICTURES, LABELS) > 0.9
    with pytest.raises(ParameterError, match="K205"):
        classifier(
            network=[konv.Input((36,)), konv.Dense(2, activation="softmax")], augment="flip"
        ).fit(ROWS, LABELS)
