import numpy as np
import pytest
from benchmarks.suite.job import Job, PictureSet
from benchmarks.suite.learning import Learner, learn
from benchmarks.suite.lowering import lowered
from benchmarks.suite.mnist import Learnt, learnt_table
from benchmarks.suite.peers.konv import Konv
from benchmarks.suite.recipe import Recipe, Settings, read_recipe, write_recipe

from konv import layers
from konv.network import sequential
from konv.network.weights import new_weights


def recipe(epochs=3):
    """Bright pictures are of class 1, dark ones of class 0."""
    network = sequential([
        layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2, activation="softmax"),
    ])  # fmt: skip
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 50)
    pixels = (generator.integers(0, 100, (50, 4, 4, 1)) + 150 * labels[:, None, None, None]).astype(
        np.uint8
    )
    weights = new_weights(network, 0)
    graph, plain = lowered(network, weights)
    job = Job(network.to_json(), weights, graph, plain, PictureSet(pixels[None], labels[None]))
    arrays = {
        "pixels": pixels,
        "labels": labels,
        "test_pixels": pixels[:20],
        "test_labels": labels[:20],
        "order": np.stack([generator.permutation(50).astype(np.int32) for _ in range(epochs)]),
        "rates": np.full(epochs * 4, 0.05),
    }
    return Recipe(job, Settings(batch=16, scale=1 / 255, offset=-0.5), arrays)


def test_a_recipe_is_read_as_it_was_written(tmp_path):
    written = recipe()
    write_recipe(written, tmp_path)
    read = read_recipe(tmp_path)
    assert read.settings == written.settings
    for name, array in written.arrays.items():
        np.testing.assert_array_equal(read.arrays[name], array)


def test_an_epoch_shows_every_picture_once_the_last_ones_in_a_smaller_batch():
    batches = recipe().batches(1)
    assert [len(batch) for batch in batches] == [16, 16, 16, 2]
    assert sorted(np.concatenate(batches).tolist()) == list(range(50))


def test_konv_learns_by_a_recipe_and_reaches_the_goal():
    answer = learn(Konv("reference", pixels=False), recipe(epochs=12), "float32")
    assert answer["accuracy"][-1] == 1.0
    assert answer["seconds"] == sorted(answer["seconds"])
    place = next(i for i, accuracy in enumerate(answer["accuracy"]) if accuracy >= 0.99)
    assert answer["reached_s"] == answer["seconds"][place]


class Stubborn:
    """Never right; keeps what it was shown."""

    def __init__(self):
        self.shown = []

    def learner(self, given, configuration):
        wrong = 1 - given.arrays["test_labels"]
        return Learner(lambda *step: self.shown.append(step), lambda: wrong)


def test_a_goal_that_is_never_reached_has_no_time_and_updates_are_counted_from_one():
    library = Stubborn()
    answer = learn(library, recipe(epochs=2), "x")
    assert answer["accuracy"] == [0.0, 0.0]
    assert answer["reached_s"] is None
    assert [iteration for _places, _rate, iteration in library.shown] == list(range(1, 9))
    assert {rate for _places, rate, _iteration in library.shown} == {0.05}


def test_a_library_without_a_learner_says_so():
    with pytest.raises(NotImplementedError):
        learn(object(), recipe(), "x")


def test_the_table_compares_with_konv():
    text = learnt_table([
        Learnt("konv", "float32", [2.0, 4.0], [0.98, 0.991], 4.0, 100_000_000),
        Learnt("pytorch", "contiguous", [8.0, 16.0], [0.98, 0.99], 16.0, 400_000_000),
        Learnt("other", "x", [8.0, 16.0], [0.9, 0.9], None, 1_000_000),
    ])  # fmt: skip
    assert [line.split()[:6] for line in text.splitlines()[3:]] == [
        ["konv", "4.0", "1.00", "99.10", "4.0", "1.00"],
        ["pytorch", "16.0", "4.00", "99.00", "16.0", "4.00"],
        ["other", "16.0", "4.00", "90.00", "never", "·"],
    ]
