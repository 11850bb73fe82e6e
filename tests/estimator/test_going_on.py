"""Trainings that go on: warm_start and partial_fit; and what decides their bits."""

import copy
import io
import pickle
from unittest.mock import patch

import joblib
import numpy as np
import pytest

import konv
from estimator.samples import strokes
from konv.errors import DataError, ParameterError, TrainingError
from konv.sklearn import ConvClassifier, learning
from konv.training.loop import Training

X, Y = strokes()


def classifier(**settings):
    return ConvClassifier(**{"epochs": 3, "random_state": 0, "batch_size": 8, **settings})


def same_bits(*classifiers):
    first, *others = (one.predict_proba(X) for one in classifiers)
    return all((first == other).all() for other in others)


def test_calls_that_go_on_make_the_bits_of_one_long_training():
    whole = classifier(epochs=6, warm_start=True).fit(X, Y)
    halves = classifier(epochs=3, warm_start=True).fit(X, Y).fit(X, Y)
    parts = classifier()
    for _call in range(6):
        parts.partial_fit(X, Y, classes=[0, 1])
    assert same_bits(whole, halves, parts)
    assert [one.n_iter_ for one in (whole, halves, parts)] == [6, 6, 6]
    assert whole.loss_curve_ == halves.loss_curve_ == parts.loss_curve_
    assert [row["epoch"] for row in halves.history_] == [1, 2, 3, 4, 5, 6]


def test_partial_fit_goes_on_after_fit_and_fit_begins_anew():
    fitted = classifier(learning_rate=0.001).fit(X, Y)
    before = fitted.predict_proba(X)
    assert (fitted.partial_fit(X, Y).predict_proba(X) != before).any()
    assert fitted.n_iter_ == 4
    assert (fitted.fit(X, Y).predict_proba(X) == before).all()
    assert fitted.n_iter_ == 3


def through_joblib(fitted):
    file = io.BytesIO()
    joblib.dump(fitted, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize(
    "copied",
    [lambda fitted: pickle.loads(pickle.dumps(fitted)), copy.deepcopy, through_joblib],
    ids=["pickle", "deepcopy", "joblib"],
)
def test_a_copy_predicts_and_goes_on_to_the_same_bits(copied):
    fitted = classifier().fit(X, Y)
    other = copied(fitted)
    assert same_bits(fitted, other)
    # The copy is one of its own, and its model is what it learns with.
    fitted.partial_fit(X, Y)
    assert not same_bits(fitted, other)
    assert same_bits(fitted, other.partial_fit(X, Y))
    assert (other.model_.predict(X) == other.predict_proba(X)).all()


def test_compiled_programs_are_not_in_the_pickle():
    fitted = classifier().fit(X, Y)
    weights = 4 * fitted.model_.network.parameters
    assert len(pickle.dumps(fitted.model_)) < weights + 20_000
    # Adam remembers two numbers of each weight.
    assert len(pickle.dumps(fitted)) < 3 * weights + 40_000


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(0, 0, True), (0, 1, False), (0, np.random.RandomState(0), True)],
)
def test_random_state_decides_the_bits(one, other, same):
    pair = [classifier(random_state=state).fit(X, Y) for state in (one, other)]
    assert same_bits(*pair) == same


def test_a_random_state_that_is_not_said_is_that_of_numpy():
    np.random.seed(3)
    first = classifier(random_state=None).fit(X, Y)
    np.random.seed(3)
    assert same_bits(first, classifier(random_state=None).fit(X, Y))


def test_the_order_of_the_samples_and_the_number_of_threads_change_no_bit():
    expected = classifier().fit(X, Y)
    assert same_bits(expected, classifier().fit(X[::-1], Y[::-1]))
    before = konv.get_threads()
    try:
        konv.set_threads(1 if before > 1 else 2)
        assert same_bits(expected, classifier().fit(X, Y))
    finally:
        konv.set_threads(before)


def test_another_optimizer_begins_with_the_weights_that_there_are():
    going = classifier(warm_start=True, epochs=1).fit(X, Y)
    weights = going.model_.get_weights()
    going.set_params(optimizer="sgd", learning_rate=1e-12).fit(X, Y)
    for before, after in zip(weights, going.model_.get_weights(), strict=True):
        assert before == pytest.approx(after, abs=1e-6)


def test_early_stopping_ends_with_the_weights_that_were_best():
    fitted = classifier(early_stopping=True, epochs=300, n_iter_no_change=3).fit(X, Y)
    losses = fitted.history_["val_loss"]
    assert fitted.n_iter_ == len(losses) == losses.index(min(losses)) + 1 + 3
    assert "best" in fitted.history_.stop_reason


def test_no_sample_is_learned_from_and_watched():
    weights = 1 + np.arange(len(X)) % 2
    watching = classifier(early_stopping=True, validation_fraction=0.5, epochs=1)
    with patch.object(learning, "Training", wraps=learning.Training) as training:
        watching.fit(X, Y, sample_weight=weights)
    parts = training.call_args.args[3], training.call_args.kwargs["validation"]
    learned, watched = ({picture.tobytes() for picture in part.images} for part in parts)
    assert len(learned) == len(watched) == len(X) / 2
    assert not learned & watched


def test_a_cycle_of_rates_is_for_trainings_whose_end_is_known():
    def rates(**settings):
        return classifier(epochs=10, **settings).fit(X, Y).history_["learning_rate"]

    cycle = rates()
    assert max(cycle) > 0.004 > cycle[-1]
    assert set(rates(warm_start=True)) == {0.001}
    assert set(rates(early_stopping=True)) == {0.001}
    assert set(rates(learning_rate=0.002)) == {0.002}
    assert set(rates(optimizer=konv.Adam(0.003))) == {0.003}
    assert set(rates(optimizer=konv.Adam(0.003), learning_rate=0.004)) == {0.004}


@pytest.mark.parametrize(("count", "epochs"), [(2, 1000), (40, 200), (400, 20), (4000, 10)])
def test_few_pictures_are_seen_more_often(count, epochs):
    from konv.sklearn.settings import settings_of

    settings = settings_of(ConvClassifier(batch_size=8).get_params())
    assert settings.epochs_for(count) == epochs
    assert settings_of(ConvClassifier(epochs=7).get_params()).epochs_for(count) == 7


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (lambda: classifier().partial_fit(X, Y), DataError, "K505"),
        (lambda: classifier(early_stopping=True).fit(X[:2], Y[:2]), DataError, "K506"),
        (lambda: classifier().fit(X, Y).partial_fit(X, Y, classes=[0, 1, 2]), DataError, "K505"),
        (lambda: classifier().fit(X, Y).partial_fit(X, Y + 1), DataError, "K505"),
        (lambda: classifier().fit(X, Y).partial_fit(X, Y.astype(str)), DataError, "K505"),
        (lambda: classifier(warm_start=True).fit(X, Y).fit(X, Y + 1), DataError, "K505"),
        (
            lambda: classifier(early_stopping=True).partial_fit(X, Y, classes=[0, 1]),
            ParameterError,
            "K205",
        ),
        (
            lambda: classifier(learning_rate=konv.CosineDecay(0.1), warm_start=True).fit(X, Y),
            ParameterError,
            "K205",
        ),
    ],
)
def test_what_cannot_go_on_is_refused(call, kind, code):
    with pytest.raises(kind) as refused:
        call()
    assert refused.value.code == code


def test_a_first_part_may_hold_one_class_only():
    parts = classifier().partial_fit(X[Y == 0], Y[Y == 0], classes=[0, 1])
    assert parts.predict_proba(X).shape == (len(X), 2)
    assert parts.partial_fit(X, Y).classes_.tolist() == [0, 1]


def test_a_training_that_fails_leaves_nothing_that_looks_fitted():
    diverging = classifier(optimizer="sgd", learning_rate=1e9, epochs=9)
    with pytest.raises(TrainingError, match="K802"):
        diverging.fit(X, Y)
    assert not hasattr(diverging, "model_")


def test_what_was_learned_until_somebody_interrupts_is_kept_and_gone_on_with():
    parts = classifier().partial_fit(X, Y, classes=[0, 1])

    def interrupting(self, batch):
        after_one_batch(self, batch)
        self._interrupts.requested = True

    after_one_batch = Training._update
    with patch.object(Training, "_update", interrupting), pytest.raises(KeyboardInterrupt):
        parts.partial_fit(X, Y)
    assert parts.n_iter_ == 1
    # All of the next part is learned from, though an epoch was under way.
    with patch.object(Training, "_update", autospec=True, side_effect=after_one_batch) as updates:
        parts.partial_fit(X, Y)
    assert updates.call_count == len(X) / 8
    assert parts.n_iter_ == 2

    first = classifier()
    with patch.object(Training, "_update", interrupting), pytest.raises(KeyboardInterrupt):
        first.fit(X, Y)
    assert first.predict(X).shape == (len(X),)
