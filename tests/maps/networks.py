"""Networks of every form for the tests of maps, and pictures for them."""

import numpy as np

from konv.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    ReLU,
    SeparableConv2D,
)
from konv.model import Model, Sequential

SEED = 5


def in_a_row(*layers, shape=(8, 6, 1)):
    return Sequential([Input(shape), *layers], seed=SEED)


def plain():
    return in_a_row(
        Conv2D(4, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(5, 2, activation="tanh"),
        Flatten(),
        Dense(3, activation="softmax"),
    )


def residual():
    x = Input((8, 6, 3))
    y = BatchNormalization()(Conv2D(4, 3, padding="same")(x))
    z = BatchNormalization()(Conv2D(4, 3, padding="same")(ReLU()(y)))
    joined = ReLU()(Add()([y, z]))
    out = Activation("softmax")(Dense(3)(Dropout(0.5)(GlobalAveragePooling2D()(joined))))
    return Model(x, out, seed=SEED)


def side_by_side():
    x = Input((8, 6, 2))
    wide = Conv2D(3, 3, padding="same", activation="relu")(x)
    narrow = DepthwiseConv2D(1, activation="elu")(x)
    joined = Concatenate()([wide, narrow])
    return Model(x, Dense(4, activation="softmax")(Flatten()(joined)), seed=SEED)


def channels_first():
    return in_a_row(
        SeparableConv2D(4, 3, strides=2, activation="gelu", data_format="channels_first"),
        Flatten(data_format="channels_first"),
        Dense(3, activation="softmax"),
        shape=(2, 9, 7),
    )


def two_classes():
    return in_a_row(
        Conv2D(4, 3, activation="relu"), GlobalAveragePooling2D(), Dense(1, activation="sigmoid")
    )


def shared():
    x = Input((8, 6, 2))
    convolution = Conv2D(2, 3, padding="same", activation="sigmoid")
    out = Dense(3, activation="softmax")(Flatten()(convolution(convolution(x))))
    return Model(x, out, seed=SEED)


FORMS = {
    form.__name__: form
    for form in (plain, residual, side_by_side, channels_first, two_classes, shared)
}


def picture_for(model, seed=0):
    return np.random.default_rng(seed).random(model.network.input_shape)
