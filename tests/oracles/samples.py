"""Layers to run every contract on: at least one of every kind, and every option that changes code.

The values are drawn so that no two of them are equal and none lies on a corner of an activation:
finite differences hold, and no maximum is a tie.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np

from konv import layers as kl
from konv.layers.activations import ACTIVATIONS

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Sample:
    """A layer with the shapes of its inputs (of one picture)."""

    layer: kl.Layer
    shapes: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return f"{self.layer} on {', '.join(map(str, self.shapes))}"

    @property
    def kind(self) -> str:
        return type(self.layer).__name__

    def inputs(self, pictures: int = 3, dtype: Any = np.float64) -> tuple[np.ndarray, ...]:
        """Numbers from −2.5 to 2.5, all different and none on a corner, (N, …) each."""
        generator = np.random.default_rng([len(str(self)), pictures])
        return tuple(_spread((pictures, *shape), generator).astype(dtype) for shape in self.shapes)

    def weights(self, dtype: Any = np.float64) -> Weights:
        """Numbers from 0.1 to 1.1, as a variance must be positive, every second one negated
        where it need not be."""
        generator = np.random.default_rng(len(str(self)))
        made = {}
        for spec in self.layer.weight_specs(*self.shapes):
            values = generator.permutation(np.linspace(0.1, 1.1, spec.size))
            if spec.name != "moving_variance":
                values[::2] *= -1
            made[spec.name] = values.reshape(spec.shape).astype(dtype)
        return made

    def gradient(self, pictures: int = 3, dtype: Any = np.float64) -> np.ndarray:
        """Numbers for the gradient of the output."""
        generator = np.random.default_rng([7, len(str(self))])
        shape = (pictures, *self.layer.output_shape(*self.shapes))
        return generator.uniform(-1, 1, shape).astype(dtype)


def _spread(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Different numbers in random order; steps that never meet 0, ±3 or a maximum of 1."""
    count = int(np.prod(shape))
    values = np.linspace(-2.5, 2.5, count + 2)[1:-1] + 0.000_37
    return generator.permutation(values).reshape(shape)


_MAP = (6, 7, 4)
_FIRST = (4, 6, 7)

SAMPLES = tuple(
    Sample(layer, shapes)
    for layer, *shapes in (
        (kl.Input(_MAP), _MAP),
        (kl.Conv2D(3, 2), _MAP),
        (kl.Conv2D(4, (3, 2), strides=(2, 1), padding="same", groups=2, activation="tanh"), _MAP),
        (kl.Conv2D(3, 3, padding=((0, 2), (1, 3)), dilation_rate=2, use_bias=False), _MAP),
        (kl.Conv2D(2, (2, 3), padding="full", true_convolution=True, activation="relu"), _MAP),
        (kl.Conv2D(3, 3, strides=2, padding=1, data_format="channels_first"), _FIRST),
        (kl.Conv2D(4, (6, 7), groups=4, activation="softmax"), _MAP),
        (kl.Conv2D(3, 1, activation="silu"), _MAP),
        (kl.DepthwiseConv2D(3), _MAP),
        (kl.DepthwiseConv2D((2, 3), depth_multiplier=2, strides=2, padding="same"), _MAP),
        (
            kl.DepthwiseConv2D(
                2, dilation_rate=2, data_format="channels_first", true_convolution=True
            ),
            _FIRST,
        ),
        (kl.SeparableConv2D(3, 2), _MAP),
        (
            kl.SeparableConv2D(
                3, (3, 2), depth_multiplier=2, padding="full", strides=2, use_bias=False
            ),
            _MAP,
        ),
        (kl.SeparableConv2D(2, 3, data_format="channels_first", activation="elu"), _FIRST),
        (kl.MaxPooling2D(2), _MAP),
        (kl.MaxPooling2D(3, strides=2, padding="same"), _MAP),
        (kl.MaxPooling2D((3, 2), strides=1, padding="full", data_format="channels_first"), _FIRST),
        (kl.MinPooling2D(2), _MAP),
        (kl.MinPooling2D((2, 3), strides=(1, 2), padding=((1, 0), (0, 2))), _MAP),
        (kl.AveragePooling2D(2), _MAP),
        (kl.AveragePooling2D(3, strides=2, padding="same"), _MAP),
        (kl.AveragePooling2D(3, strides=1, padding=1, data_format="channels_first"), _FIRST),
        (kl.GlobalAveragePooling2D(), _MAP),
        (kl.GlobalAveragePooling2D(keepdims=True, data_format="channels_first"), _FIRST),
        (kl.GlobalMaxPooling2D(), _MAP),
        (kl.GlobalMaxPooling2D(keepdims=True), _MAP),
        (kl.GlobalMaxPooling2D(data_format="channels_first"), _FIRST),
        (kl.ZeroPadding2D(2), _MAP),
        (kl.ZeroPadding2D(((0, 1), (2, 3)), data_format="channels_first"), _FIRST),
        (kl.Flatten(), _MAP),
        (kl.Flatten(data_format="channels_first"), _FIRST),
        (kl.Flatten(), (9,)),
        (kl.Dense(5), (9,)),
        (kl.Dense(5, activation="sigmoid"), (9,)),
        (kl.Dense(3, use_bias=False, activation="softmax"), _MAP),
        *((kl.Activation(name), (9,)) for name in ACTIVATIONS),
        (kl.Activation("softmax"), _MAP),
        (kl.ReLU(), _MAP),
        (kl.ReLU(max_value=1, negative_slope=0.25, threshold=0.5), _MAP),
        (kl.LeakyReLU(), _MAP),
        (kl.ELU(), _MAP),
        (kl.ELU(alpha=0.25), _FIRST),
        (kl.ELU(alpha=0), (9,)),
        (kl.Dropout(0.4), _MAP),
        (kl.Dropout(0), (9,)),
        (kl.BatchNormalization(), _MAP),
        (kl.BatchNormalization(axis=1, momentum=0.5, epsilon=0.1), _FIRST),
        (kl.BatchNormalization(axis=-2, center=False), _MAP),
        (kl.BatchNormalization(scale=False), (9,)),
        (kl.Add(), _MAP, _MAP),
        (kl.Add(), (9,), (9,), (9,)),
        (kl.Concatenate(), _MAP, (6, 7, 2)),
        (kl.Concatenate(axis=1), _FIRST, (1, 6, 7), (2, 6, 7)),
        (kl.Concatenate(axis=-1), (9,), (3,)),
    )
    for shapes in (tuple(shapes),)
)

# A value for every field that must be given.
MINIMAL = {
    "filters": 4,
    "kernel_size": 3,
    "units": 5,
    "shape": (6, 7, 3),
    "activation": "relu",
    "rate": 0.25,
}


def minimal(layer: type[kl.Layer], **values: Any) -> kl.Layer:
    """``layer`` with the fewest fields, and ``values``."""
    required = {
        field.name: MINIMAL[field.name] for field in fields(layer) if field.default is MISSING
    }
    return layer(**{**required, **values})
