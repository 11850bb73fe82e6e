"""Random networks: every kind of layer, wired in every way, of small sizes that fit."""

from __future__ import annotations

import random
from collections.abc import Callable

from konv.engines.compiled.problem import Problem
from konv.engines.compiled.target import target_names
from konv.errors import KonvError
from konv.layers import (
    ELU,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    SymbolicTensor,
    ZeroPadding2D,
)
from konv.layers.activations import ACTIVATIONS
from konv.layers.base import Layer
from konv.network.graph import Network, functional

__all__ = ["EXACT", "random_network", "random_problem"]

_CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 33)
_SIDES = (1, 2, 3, 5, 6, 8, 9, 12, 17)
_ACTIVATIONS = tuple(ACTIVATIONS)
# What makes whole numbers of whole numbers.
EXACT = ("linear", "relu", "relu", "relu")

_MOST_NUMBERS = 6_000  # of one map
_MOST_PARAMETERS = 20_000


def random_network(seed: int, *, exact: bool) -> Network:
    """A network of a few layers.

    Args:
        seed: which one.
        exact: only layers that make whole numbers of whole numbers, and 1, 2, 4 or 8 outputs.
    """
    return _Maker(random.Random(seed), exact).network()


def random_problem(seed: int) -> Problem:
    """A random network, and a way to run it: every instruction set, thread count and page edge."""
    chance = random.Random(f"how {seed}")
    return Problem.of(
        random_network(seed, exact=chance.random() < 0.7),
        pictures=chance.choice((1, 1, 2, 3, 4, 5, 7, 8, 16, 16, 17, 20, 33, 64)),
        seed=seed,
        isa=chance.choice(target_names()),
        threads=chance.choice((1, 2, 3, 5)),
        from_start=chance.random() < 0.5,
        winograd=chance.choice((None, True)),
    )


class _Maker:
    def __init__(self, chance: random.Random, exact: bool) -> None:
        self._chance = chance
        self._exact = exact
        self._format = "channels_first" if chance.random() < 0.25 else "channels_last"

    def network(self) -> Network:
        first = x = self._input()
        for _number in range(self._chance.randint(1, 6)):
            x = self._grown(x)
        if x is not first and self._chance.random() < 0.1:
            return functional(first, x)
        units = self._chance.choice((1, 2, 4, 8) if self._exact else (1, 2, 3, 10, 16, 17))
        if len(x.shape) == 3 and self._chance.random() < 0.9:
            x = Flatten(self._format)(x)
        return functional(first, Dense(units, activation=self._activation())(x))

    def _input(self) -> SymbolicTensor:
        if self._chance.random() < 0.05:
            return Input((self._chance.choice(_CHANNELS),)).tensor
        sides = self._chance.choices(_SIDES, k=2)
        channels = self._chance.choice(_CHANNELS)
        last = self._format == "channels_last"
        return Input((*sides, channels) if last else (channels, *sides)).tensor

    def _grown(self, x: SymbolicTensor) -> SymbolicTensor:
        """One more layer, or a branch; the same tensor if it did not fit."""
        if self._chance.random() < 0.2:
            return self._branched(x)
        if self._chance.random() < 0.1:
            return self._used_twice(x)
        return self._behind(x, self._layer(x))

    def _branched(self, x: SymbolicTensor) -> SymbolicTensor:
        one, other = (self._behind(x, self._layer(x)) for _branch in "12")
        parts = [part for part in (one, other, x) if part.shape == x.shape]
        if len(parts) > 1 and self._chance.random() < 0.5:
            return self._behind(x, Add(), *parts)
        return self._behind(x, Concatenate(self._chance.choice((-1, 1))), one, x)

    def _used_twice(self, x: SymbolicTensor) -> SymbolicTensor:
        """A layer that keeps the shape, and again behind itself: both use the same weights."""
        layer = self._keeping_layer(x)
        y = self._behind(x, layer)
        if y is x or y.shape != x.shape:
            return y
        z = self._behind(self._behind(y, Activation(self._activation())), layer)
        return self._behind(z, Add(), y, z) if self._chance.random() < 0.5 else z

    def _keeping_layer(self, x: SymbolicTensor) -> Layer:
        if not self._exact and self._chance.random() < 0.3:
            return BatchNormalization(1 if self._format == "channels_first" else -1)
        if len(x.shape) == 1:
            return Dense(x.shape[0], activation=self._activation())
        channels = x.shape[0 if self._format == "channels_first" else 2]
        window, extras = {"padding": "same"}, self._extras()
        kinds = (
            lambda: Conv2D(channels, self._pair(1, 3), **window, **extras),
            lambda: DepthwiseConv2D(self._pair(1, 3), **window, **extras),
            lambda: SeparableConv2D(channels, self._pair(1, 3), **window, **extras),
        )
        return self._chance.choice(kinds)()

    def _behind(self, x: SymbolicTensor, layer: Layer, *inputs: SymbolicTensor) -> SymbolicTensor:
        try:
            y = layer(*(inputs or (x,)))
        except KonvError:
            return x
        numbers = 1
        for size in y.shape:
            numbers *= size
        shapes = [tensor.shape for tensor in (inputs or (x,))]
        parameters = sum(spec.size for spec in layer.weight_specs(*shapes))
        return y if numbers <= _MOST_NUMBERS and parameters <= _MOST_PARAMETERS else x

    def _layer(self, x: SymbolicTensor) -> Layer:
        if len(x.shape) == 1:
            return self._chance.choice((self._dense, *self._everywhere))()
        kinds = self._spatial if self._chance.random() < 0.8 else self._everywhere
        return self._chance.choice(kinds)()

    @property
    def _everywhere(self) -> tuple[Callable[[], Layer], ...]:
        exact = (
            lambda: Activation(self._activation()),
            lambda: ReLU(
                max_value=self._chance.choice((None, 6)), threshold=self._chance.choice((0, 1))
            ),
            self._dense,
        )
        if self._exact:
            return exact
        return (
            *exact,
            lambda: BatchNormalization(self._chance.choice((-1, 1))),
            lambda: Dropout(self._chance.choice((0.0, 0.25, 0.5))),
            lambda: LeakyReLU(self._chance.choice((0.0, 0.3, 1.0))),
            lambda: ELU(self._chance.choice((0.0, 0.5, 1.0, 3.0))),
        )

    @property
    def _spatial(self) -> tuple[Callable[[], Layer], ...]:
        exact = (
            *[self._convolution] * 6,
            self._depthwise,
            self._separable,
            lambda: self._pool(MaxPooling2D),
            lambda: self._pool(MaxPooling2D),
            lambda: MaxPooling2D(2, data_format=self._format),
            lambda: self._pool(MinPooling2D),
            lambda: GlobalMaxPooling2D(
                data_format=self._format, keepdims=self._chance.random() < 0.5
            ),
            lambda: ZeroPadding2D(
                ((self._small(), self._small()), (self._small(), self._small())),
                data_format=self._format,
            ),
        )
        if self._exact:
            return exact
        return (
            *exact,
            lambda: self._pool(AveragePooling2D),
            lambda: GlobalAveragePooling2D(data_format=self._format),
        )

    def _convolution(self) -> Layer:
        return Conv2D(
            self._chance.choice(_CHANNELS),
            self._window_size(),
            groups=self._chance.choice((1, 1, 1, 1, 1, 1, 2, 4)),
            **self._window(),
            **self._extras(),
        )

    def _window_size(self) -> int | tuple[int, int]:
        """Often one that can be done after Winograd."""
        kind = self._chance.random()
        if kind < 0.4:
            return 3
        return (self._chance.randint(1, 6), 5) if kind < 0.6 else self._pair(1, 4)

    def _depthwise(self) -> Layer:
        return DepthwiseConv2D(
            self._pair(1, 4),
            depth_multiplier=self._chance.choice((1, 1, 1, 2, 3)),
            **self._window(),
            **self._extras(),
        )

    def _separable(self) -> Layer:
        return SeparableConv2D(
            self._chance.choice(_CHANNELS),
            self._pair(1, 3),
            depth_multiplier=self._chance.choice((1, 1, 2)),
            **self._window(),
            **self._extras(),
        )

    def _window(self) -> dict:
        stride = (1, 1) if self._chance.random() < 0.6 else self._pair(1, 3)
        dilation = (1, 1) if stride != (1, 1) or self._chance.random() < 0.8 else self._pair(1, 3)
        padding = self._chance.choice(("valid", "same", "same", "full", 1, ((0, 1), (2, 0))))
        return {"strides": stride, "dilation_rate": dilation, "padding": padding}

    def _extras(self) -> dict:
        return {
            "activation": self._activation(),
            "use_bias": self._chance.random() < 0.7,
            "true_convolution": self._chance.random() < 0.2,
            "data_format": self._format,
        }

    def _pool(self, kind: type[Layer]) -> Layer:
        return kind(
            self._pair(1, 3),
            strides=self._chance.choice((None, None, self._pair(1, 3))),
            padding=self._chance.choice(("valid", "valid", "same")),
            data_format=self._format,
        )

    def _dense(self) -> Layer:
        return Dense(
            self._chance.choice(_CHANNELS),
            activation=self._activation(),
            use_bias=self._chance.random() < 0.7,
        )

    def _activation(self) -> str:
        return self._chance.choice(EXACT if self._exact else _ACTIVATIONS)

    def _pair(self, low: int, high: int) -> tuple[int, int]:
        return self._chance.randint(low, high), self._chance.randint(low, high)

    def _small(self) -> int:
        return self._chance.randint(0, 2)
