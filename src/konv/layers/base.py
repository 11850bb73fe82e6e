"""What every layer is: fields, an output shape, weights, a cost, and a NumPy reference.

A layer file has the same parts in the same order: the formula (docstring), fields with declared
constraints, ``output_shape``, ``weight_specs``, ``macs``, ``forward``, ``backward``.

Layers hold no weights and no state: they are descriptions. The weights live in the model, by name.
Shapes are those of one picture, without the batch: (height, width, channels), or (height, channels,
…) as ``data_format`` says, or (units,).

The reference computes in the dtype of its input: float64 defines what is right, float32 is what the
reference engine trains with.
"""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from konv.constraints import Optional
from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.fields import FORMER_NAMES, LayerName
from konv.layers.size import WindowAxis
from konv.layers.windows import Array
from konv.parameters import Checked, parameter

if TYPE_CHECKING:
    from konv.layers.symbolic import SymbolicTensor

__all__ = ["Array", "Context", "Gradients", "Layer", "Shape", "WeightSpec", "shape_text"]

Shape = tuple[int, ...]
Gradients = tuple[tuple[Array, ...], dict[str, Array]]


@dataclass(frozen=True)
class WeightSpec:
    """One array of weights that a layer needs.

    ``bias`` marks what is added rather than multiplied: reports show the two apart.
    """

    name: str
    shape: Shape
    initializer: str
    trainable: bool = True
    bias: bool = False

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Context:
    """What a layer may know of the step it runs in.

    Args:
        training: whether Dropout drops and BatchNormalization looks at the batch.
        key: a 64-bit number that the step and the layer determine; all randomness comes from it.
        first_picture: where these pictures stand in the whole batch, so that a batch may be cut
            anywhere without changing what is drawn for a picture.
    """

    training: bool = False
    key: int = 0
    first_picture: int = 0


@dataclass(frozen=True, repr=False)
class Layer(Checked):
    """The base of all layers. ``layer(x)`` connects it to the tensor ``x``."""

    # How many inputs it takes; None: two or more.
    input_count: ClassVar[int | None] = 1
    # The field that holds the size of its window, for the fixes that errors offer.
    window_field: ClassVar[str] = ""
    _former_names: ClassVar[Mapping[str, str]] = FORMER_NAMES

    name: str | None = parameter(Optional(LayerName()), default=None, keyword=True)

    @property
    def kind(self) -> str:
        """``conv2d`` for Conv2D: what automatic names are made of."""
        words = type(self).__name__.replace("ReLU", "Relu")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", words).lower()

    def __call__(self, *inputs: Any) -> SymbolicTensor:
        """Connect the layer: to one tensor, or to several (given one by one or as a list).

        Raises:
            ShapeError: it does not fit, with the arithmetic, a fix and the layers so far.
        """
        from konv.layers.symbolic import connect

        return connect(self, inputs)

    @abstractmethod
    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape of its output for these input shapes.

        Raises:
            ShapeError: it does not fit.
        """

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        """The weights it needs, in Keras's order."""
        return ()

    def macs(self, *shapes: Shape) -> int:
        """Multiply-adds for one picture. Bias, activation and pooling are not counted."""
        return 0

    def axes(self, *shapes: Shape) -> tuple[WindowAxis, WindowAxis] | None:
        """How its windows slide over rows and columns; None for layers without windows."""
        return None

    def whole_batch(self, training: bool) -> bool:
        """Whether a picture's output depends on the other pictures of the batch."""
        return False

    @abstractmethod
    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        """The output (N, …), and what ``backward`` needs to know."""

    @abstractmethod
    def backward(self, weights: Mapping[str, Array], saved: Any, gradient: Array) -> Gradients:
        """The gradients of the inputs, and of the weights by name (summed over the pictures)."""

    def state_updates(self, weights: Mapping[str, Array], saved: Any) -> dict[str, Array]:
        """New values of weights that are not trained, after a training step."""
        return {}


def shape_text(shape: Shape) -> str:
    """``(28, 28, 1)``, ``(10,)``: as Python writes a tuple."""
    return str(tuple(int(size) for size in shape))


def require_map(layer: Layer, shape: Shape) -> None:
    """Refuse anything but a map: three numbers."""
    if len(shape) != 3:
        raise ShapeError(
            _("a map of rank 3 is needed, not {shape}", shape=shape_text(shape)),
            code="K102",
            where=type(layer).__name__,
            details=[(_("expected"), _("(height, width, channels)"))],
            fix=_("put it before Flatten, or give Input three numbers such as (28, 28, 1)"),
        )
