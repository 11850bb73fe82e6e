import os
import signal

import numpy as np
import pytest

from konv.errors import TrainingError
from konv.optimizers import SGD
from konv.training.callbacks import Callback
from konv.training.examples import Examples, batches
from training.problems import bits, pictures, plan, training


class Journal(Callback):
    """Writes down every event."""

    def __init__(self):
        self.events = []

    def on_train_begin(self):
        self.events.append("train begin")

    def on_epoch_begin(self, epoch):
        self.events.append(f"epoch {epoch} begin")

    def on_batch_end(self, batch):
        self.events.append(f"batch {batch}")

    def on_epoch_end(self, epoch, logs):
        self.events.append(f"epoch {epoch} end {logs['epoch']}")

    def on_interrupt(self):
        self.events.append("interrupt")

    def on_train_end(self):
        self.events.append("train end")


def test_it_learns():
    history = training(epochs=15).run().history
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["val_accuracy"] == 1.0


def test_two_runs_of_one_plan_are_bit_identical():
    assert bits(training().run()) == bits(training().run())


@pytest.mark.parametrize("change", [{"seed": 6}, {"shuffle": False}, {"augmentations": ()}])
def test_another_plan_gives_other_weights(change):
    assert bits(training().run())[0] != bits(training(**change).run())[0]


def test_callbacks_hear_every_event_in_order():
    journal = Journal()
    training([journal], epochs=2, count=16).run()
    epochs = [
        [f"epoch {n} begin", "batch 0", "batch 1", f"epoch {n} end {n + 1}"] for n in range(2)
    ]
    assert journal.events == ["train begin", *epochs[0], *epochs[1], "train end"]


def test_a_row_holds_means_over_pictures_of_the_epoch():
    run = training(epochs=1, count=10, batch_size=7)
    losses, right = [], []
    inner = run.program.train_step

    def spy(weights, images, targets, *args, **options):
        step = inner(weights, images, targets, *args, **options)
        losses.extend(step.losses.tolist())
        right.extend((step.outputs.argmax(axis=1) == targets).tolist())
        return step

    object.__setattr__(run.program, "train_step", spy)
    row = run.run().history[0]
    assert len(losses) == 10
    assert row["loss"] == pytest.approx(np.mean(losses, dtype=np.float64), rel=1e-6)
    assert row["accuracy"] == np.mean(right)
    assert set(row) == {
        "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"
    }  # fmt: skip


def test_without_validation_there_are_no_validation_columns():
    row = training(epochs=1, validation=False).run().history[0]
    assert set(row) == {"epoch", "loss", "accuracy", "learning_rate"}


def test_a_callback_can_stop_after_the_epoch_under_way():
    class Stop(Callback):
        def on_batch_end(self, batch):
            self.training.stop("enough")

    state = training([Stop()]).run()
    assert (state.epoch, state.batch, state.stop_reason) == (1, 0, "enough")


def test_ctrl_c_is_obeyed_between_two_updates():
    class Press(Journal):
        def on_batch_end(self, batch):
            super().on_batch_end(batch)
            if batch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    press = Press()
    run = training([press])
    with pytest.raises(KeyboardInterrupt):
        run.run()
    assert press.events[-3:] == ["batch 2", "interrupt", "train end"]
    assert (run.state.iteration, run.state.batch) == (3, 3)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored():
    class Press(Callback):
        def on_batch_end(self, batch):
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert training([Press()], epochs=1).run().epoch == 1
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


class AfterThirdBatch(Callback):
    """Notes the bits of the state then."""

    def __init__(self, noted):
        self.noted = noted

    def on_batch_end(self, batch):
        if batch == 2:
            self.noted.append(bits(self.training.state))


class Spoiled:
    """A program that is given infinite pixels once."""

    def __init__(self, inner, bad_iteration):
        self.inner, self.bad_iteration = inner, bad_iteration
        self.network, self.pixels = inner.network, inner.pixels

    def train_step(self, weights, images, targets, update, **options):
        if update.iteration == self.bad_iteration:
            images = np.full(images.shape, np.inf, np.float32)
        return self.inner.train_step(weights, images, targets, update, **options)


def test_a_loss_that_is_not_a_number_stops_before_the_weights_are_touched():
    run = training(epochs=1)
    before = []
    run.program = Spoiled(run.program, bad_iteration=4)
    run.callbacks = (AfterThirdBatch(before),)
    with pytest.raises(TrainingError, match="K802 in epoch 1, batch 4") as caught:
        run.run()
    assert "smaller learning rate" in str(caught.value)
    assert run.state.iteration == 3
    assert before == [bits(run.state)]


def test_sample_weights_of_zero_take_pictures_out_of_training():
    images, labels = pictures(16)
    share = np.repeat([1.0, 0.0], 8)
    spoiled = labels.copy()
    spoiled[8:] = (spoiled[8:] + 1) % 3
    weights = []
    for targets in (labels, spoiled):
        run = training(batch_size=16, epochs=2, validation=False, optimizer=SGD(0.1))
        run.examples = Examples(images, targets, share)
        weights.append(bits(run.run())[0])
    assert weights[0] == weights[1]


def test_every_epoch_shows_every_picture_once_in_its_own_order():
    examples = Examples(np.arange(10), np.arange(10))
    the_plan = plan(batch_size=4, augmentations=())
    orders = [
        [int(i) for batch in batches(examples, the_plan, epoch, 0) for i in batch.targets]
        for epoch in range(3)
    ]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_an_epoch_that_goes_on_gets_the_batches_that_are_left():
    examples = Examples(*pictures(20))
    whole = list(batches(examples, plan(), 1, 0))
    rest = list(batches(examples, plan(), 1, 2))
    assert len(whole) == 3
    assert [batch.images.tobytes() for batch in rest] == [whole[2].images.tobytes()]


def test_the_learning_rate_of_a_schedule_reaches_the_update():
    from konv.optimizers import StepDecay

    seen = []

    class Watch(Callback):
        def on_batch_end(self, batch):
            seen.append(self.training.learning_rate)

    schedule = StepDecay(0.1, factor=0.5, at=(0.5,))
    training([Watch()], optimizer=SGD(schedule), epochs=2, count=16, batch_size=4).run()
    # The rate that is seen is that of the update to come.
    assert seen[:3] == [0.1] * 3
    assert seen[3:7] == [0.05] * 4
