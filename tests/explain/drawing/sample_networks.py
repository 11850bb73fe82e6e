"""Networks that are hard to draw: long, wide, tiny, huge, with names of every kind."""

from __future__ import annotations

import random

from konv.layers import (
    Activation,
    Add,
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
from konv.network.graph import functional, sequential
from konv.network.named import NETWORK_NAMES, named_network
from network.random_networks import random_network

HOSTILE = (
    '<script>alert("1")</script>',
    "]]> --> <!-- &amp; &#0;",
    '"] --> n9["x',
    "</text></g></svg>",
    "`**bold**` #quot; %%{init}%%",
    "url(javascript;1) {x}",
)


def long_chain():
    layers = [Input((64, 64, 3))]
    for index in range(13):
        layers += [Conv2D(8 + index, 3, padding="same"), ReLU(), Dropout(0.1)]
    return sequential([*layers, Flatten(), Dense(10)], name="long")


def long_names():
    name = "a_layer_with_a_name_that_is_far_too_long_for_any_block_" * 2
    return sequential(
        [
            Input((16_384, 16, 1), name="W" * 120),
            Conv2D(65_536 // 64, (1, 16), strides=(16, 1), name=name + "1"),
            GlobalAveragePooling2D(name=name + "2"),
            Dense(1_000_000, activation="softmax", name="i" * 120),
        ],
        name="%" * 120,
    )


def korean_names():
    return sequential(
        [
            Input((28, 28, 1), name="입력"),
            Conv2D(8, 3, activation="relu", name="첫째_합성곱_층"),
            MaxPooling2D(2, name="풀링층" * 30),
            Flatten(name="펼치기"),
            Dense(10, activation="softmax", name="출력_\U0001f642"),
        ],
        name="손글씨 신경망",
    )


def hostile_names():
    layers = [Conv2D(2, 1, name=name.replace("/", "|")) for name in HOSTILE]
    return sequential([Input((4, 4, 1)), *layers], name=HOSTILE[0])


def one_layer():
    return sequential([Input((1, 1, 512))], name="one")


def vectors():
    return sequential([Input((7,)), Dense(1), Activation("softmax")])


def big_and_small():
    return sequential(
        [Input((224, 224, 3)), Conv2D(512, 224, name="all"), Conv2D(1, 1), Flatten(), Dense(1)]
    )


def strange_windows():
    return sequential(
        [
            Input((9, 200, 3)),
            Conv2D(6, (9, 1), padding="full", strides=(1, 3), dilation_rate=(1, 1), groups=3),
            DepthwiseConv2D((2, 40), depth_multiplier=4, padding=((3, 0), (0, 7))),
            SeparableConv2D(5, 3, dilation_rate=2, true_convolution=True, padding="same"),
            MaxPooling2D((1, 5), strides=(4, 9)),
        ]
    )


def channels_first():
    kwargs = {"data_format": "channels_first"}
    return sequential(
        [
            Input((1, 28, 28)),
            Conv2D(32, 5, activation="relu", **kwargs),
            MaxPooling2D(2, **kwargs),
            Flatten(**kwargs),
            Dense(128, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def wide():
    start = Input((8, 8, 2))
    branches = [Conv2D(1 + index, 1)(start) for index in range(12)]
    merged = Concatenate()([*branches, start.tensor])
    return functional(start, Add()([merged, merged, merged]), name="wide")


def dense_blocks():
    start = Input((8, 8, 2))
    made = [start.tensor]
    for _step in range(8):
        x = Concatenate()(made) if len(made) > 1 else made[0]
        made.append(Conv2D(2, 3, padding="same")(x))
    return functional(start, Concatenate()(made), name="everything again")


def shared_weights():
    start, layer = Input((6, 6, 2)), Conv2D(2, 3, padding="same")
    return functional(start, Add()([layer(layer(start)), start.tensor]))


SAMPLES = {
    **{name: named_network(name).network for name in NETWORK_NAMES},
    **{
        make.__name__: make()
        for make in (
            long_chain,
            long_names,
            korean_names,
            hostile_names,
            one_layer,
            vectors,
            big_and_small,
            strange_windows,
            channels_first,
            wide,
            dense_blocks,
            shared_weights,
        )
    },
    **{f"random {seed}": random_network(random.Random(seed), steps=24) for seed in range(25)},
}
