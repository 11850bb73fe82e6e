"""A rehearsal says how long a picture takes, and leaves no trace in the training."""

import numpy as np

from konv.training.rehearsal import first_batch, rehearsed_s
from training.problems import bits, training


def test_a_run_that_was_rehearsed_gives_the_same_bits():
    rehearsed, other = training(epochs=2), training(epochs=2)
    before = bits(rehearsed.state)
    assert rehearsed_s(rehearsed, first_batch(rehearsed)) > 0
    assert bits(rehearsed.state) == before
    assert bits(rehearsed.run()) == bits(other.run())


def test_the_batch_is_the_one_that_training_begins_with():
    run = training()
    batch = first_batch(run)
    assert len(batch.images) == 8
    assert np.array_equal(batch.targets, first_batch(training()).targets)
