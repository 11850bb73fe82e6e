"""Small problems that training can be tried on."""

import numpy as np

from konv.engines import get_engine
from konv.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input
from konv.losses import SparseCategoricalCrossentropy
from konv.network.graph import sequential
from konv.network.weights import new_weights
from konv.optimizers import Adam
from konv.training.augmentation import get_augmentations
from konv.training.examples import Examples
from konv.training.loop import Training
from konv.training.metrics import get_metrics
from konv.training.plan import Plan
from konv.training.state import new_state

CLASSES = 3


def pictures(count=50, seed=0):
    """uint8 pictures 6×6×1 of three kinds: dark, a bright left half, a bright upper half."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    images = generator.integers(0, 80, (count, 6, 6, 1), dtype=np.uint8)
    images[labels == 1, :, :3] += 150
    images[labels == 2, :3] += 150
    return images, labels


def network():
    """Everything whose state a resumed run must get back: moving means, dropped units."""
    return sequential(
        [
            Input((6, 6, 1)),
            Conv2D(4, 3, activation="relu"),
            BatchNormalization(momentum=0.8),
            Flatten(),
            Dropout(0.2),
            Dense(CLASSES, activation="softmax"),
        ]
    )


def plan(**changes):
    values = {
        "optimizer": Adam(0.01),
        "loss": SparseCategoricalCrossentropy(),
        "metrics": get_metrics(["accuracy"]),
        "epochs": 4,
        "batch_size": 8,
        "seed": 5,
        "augmentations": get_augmentations("shift"),
    }
    return Plan(**{**values, **changes})


def training(callbacks=(), validation=True, count=50, **changes):
    """A run that has not begun."""
    the_plan, net = plan(**changes), network()
    weights = new_weights(net, seed=1)
    return Training(
        get_engine().compile(net, loss=the_plan.loss),
        the_plan,
        new_state(weights, the_plan.optimizer, net.trained_weights),
        Examples(*pictures(count)),
        validation=Examples(*pictures(20, seed=9)) if validation else None,
        callbacks=callbacks,
    )


def bits(state):
    """Everything that decides the future of a run, as comparable data."""
    arrays = {**state.weights, **{f"slot {name}": slot for name, slot in state.slots.items()}}
    return (
        {name: array.tobytes() for name, array in arrays.items()},
        (state.epoch, state.batch, state.iteration, state.sums, state.history),
    )
