"""What is computed in bfloat16 when a prediction may be: what is faster by it, in large batches.

A convolution reads its input rounded. If another one in bfloat16 makes that input, and nothing else
reads it, it is written rounded at once; otherwise a call rounds it. Its weights are rounded and
laid out before everything else. A dense layer whose matrix is divided rounds it part by part. All
the rest of the network stays float32.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from konv.engines.compiled.emit.bf16 import BF16_BYTES
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.bf16_convolution import Bf16Convolution
from konv.engines.compiled.kernels.bf16_dense import Bf16Dense
from konv.engines.compiled.kernels.bf16_map import Bf16Map, filled_up
from konv.engines.compiled.kernels.bf16_weights import Bf16Weights
from konv.engines.compiled.kernels.convolution import Convolution
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation, packed
from konv.engines.compiled.plan.operations.convolution import ConvolutionOperation
from konv.engines.compiled.plan.operations.dense import DenseOperation
from konv.engines.compiled.plan.operations.folding import folded_bias, scale_slots
from konv.engines.compiled.plan.operations.windows import reach
from konv.engines.compiled.plan.slots import FLOAT_BYTES
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.target import Target

__all__ = ["forwards_in_bf16"]

# Weights are rounded once per batch: that must pay from batches of so many pictures on. For large
# dense layers it does, as measured.
_FEWEST_PICTURES = 16
# Of what direct sums in float32 take. With less gain, digits are not given away; and other ways to
# the sums in float32 may take hardly more than this.
_AT_MOST = 0.5

Forward = Callable[[Builder], None]


def forwards_in_bf16(
    operations: Iterable[Operation], target: Target
) -> Mapping[Operation, Forward]:
    """The operations that are done in bfloat16, and how each says what is called.

    Args:
        operations: of the whole network.
        target: the processor.
    """
    some = list(operations)
    convolutions = [
        operation
        for operation in some
        if isinstance(operation, ConvolutionOperation) and _pays(operation, target)
    ]
    dense = [
        operation
        for operation in some
        if isinstance(operation, DenseOperation) and operation.divided
    ]
    maps = _Maps(convolutions)
    return {
        **{operation: partial(_convolve, operation, maps) for operation in convolutions},
        **{operation: partial(_multiply, operation) for operation in dense},
    }


def _pays(operation: ConvolutionOperation, target: Target) -> bool:
    """Whether bfloat16 is faster by so much that it is worth it."""
    if operation.parts.groups > 1:
        return False
    input, output = operation.input, operation.output
    layout = _rounded_layout(operation)
    weights = _weights_kernel(operation).cycles_per_batch / _FEWEST_PICTURES
    products = _kernel(operation, layout, output.layout).cycles(target)
    rounding = Bf16Map(input.layout, layout).cycles(target)
    parts = operation.parts
    exact = Convolution(
        input.layout, output.layout, parts.window, rectifier=parts.rectifier, pool=parts.pool
    )
    return weights + rounding + products < _AT_MOST * exact.cycles(target)


def _rounded_layout(operation: ConvolutionOperation) -> MapLayout:
    """How the rounded input lies, for this convolution alone."""
    rows, columns, channels = operation.input.sizes
    border = reach(operation.parts.window, (rows, columns), operation.parts.map)
    return MapLayout(rows, columns, filled_up(channels), *border)


def _weights_kernel(operation: ConvolutionOperation) -> Bf16Weights:
    parts = operation.parts
    rows, columns = parts.window.kernel
    channels, filters = operation.input.sizes[2], operation.output.sizes[2]
    formula = parts.folding.formula if parts.folding else None
    return Bf16Weights(rows * columns, channels, filters, parts.flipped, formula)


def _kernel(
    operation: ConvolutionOperation, input: MapLayout, output: MapLayout, *, rounded: bool = False
) -> Bf16Convolution:
    parts = operation.parts
    return Bf16Convolution(
        input,
        output,
        operation.output.sizes[2],
        parts.window,
        parts.biased,
        parts.rectifier,
        parts.pool,
        rounded,
    )


class _Maps:
    """The rounded values.

    Args:
        convolutions: all that read one.
    """

    def __init__(self, convolutions: Iterable[ConvolutionOperation]) -> None:
        self._layouts: dict[Value, MapLayout] = {}
        readers: Counter[Value] = Counter()
        for operation in convolutions:
            layout = _rounded_layout(operation)
            known = self._layouts.setdefault(operation.input, layout)
            self._layouts[operation.input] = _wider(known, layout)
            readers[operation.input] += 1
        self._at_once = {
            operation.output
            for operation in convolutions
            if readers[operation.output] == operation.output.readers > 0
        }
        self._written = set(self._at_once)

    def layout(self, value: Value) -> MapLayout:
        """How it lies, with a border for all who read it."""
        return self._layouts[value]

    def written_at_once(self, value: Value) -> bool:
        """Whether the convolution that makes a value rounds it."""
        return value in self._at_once

    def slot(self, b: Builder, value: Value) -> str:
        """Where it lies; what rounds it is called if nothing did."""
        layout = self._layouts[value]
        name = f"{value.name}, rounded"
        zeros = f"bf16 {layout}" if self.written_at_once(value) else ""
        slot = b.per_picture(name, layout.size * BF16_BYTES, zeros=zeros)
        if value not in self._written:
            self._written.add(value)
            b.pictures(name, Bf16Map(value.layout, layout), b.value(value), slot)
        return slot


def _wider(one: MapLayout, other: MapLayout) -> MapLayout:
    """The same map with a border that is wide enough for both."""
    sides = ("top", "bottom", "left", "right")
    return replace(one, **{side: max(getattr(m, side) for m in (one, other)) for side in sides})


def _convolve(operation: ConvolutionOperation, maps: _Maps, b: Builder) -> None:
    """A convolution in bfloat16."""
    value = operation.output
    x = maps.slot(b, operation.input)
    tiles, bias = _weights(operation, b)
    input = maps.layout(operation.input)
    if maps.written_at_once(value):
        kernel = _kernel(operation, input, maps.layout(value), rounded=True)
        y = maps.slot(b, value)
    else:
        kernel = _kernel(operation, input, value.layout)
        y = b.value(value)
    b.pictures(operation.name, kernel, x, tiles, bias, y)


def _weights(operation: ConvolutionOperation, b: Builder) -> tuple[str, str]:
    """The slots of the tiles of its weights, and of its bias, whatever if there is none."""
    parts = operation.parts
    weights, kernel = b.weight(parts.kernel), _weights_kernel(operation)
    variance, gamma = scale_slots(b, parts.folding) if parts.folding else (weights, weights)
    of = operation.name if parts.folding else parts.kernel
    tiles = b.shared(f"tiles of {of}", kernel.tiles_bytes)
    name = f"rounding of {of}"
    b.beforehand(name, kernel, weights, variance, gamma, tiles, items=kernel.blocks)
    if parts.folding:
        return tiles, folded_bias(b, operation.name, parts.bias, parts.folding)
    return tiles, b.weight(parts.bias) if parts.bias else tiles


def _multiply(operation: DenseOperation, b: Builder) -> None:
    """A dense layer in bfloat16."""
    parts, value = operation.parts, operation.input
    layout = MapLayout(1, 1, filled_up(value.elements))
    x = b.per_picture(f"row of {value.name}, rounded", layout.size * BF16_BYTES)
    rounding = Bf16Map(MapLayout(1, 1, value.elements), layout)
    b.pictures(f"rounding of {value.name}", rounding, packed(b, value), x)
    kernel = Bf16Dense(value.elements, parts.units, bool(parts.bias), parts.rectifier)
    weights = b.weight(parts.kernel)
    b.items(
        operation.name,
        kernel,
        *(b.sizes, x, weights, b.weight(parts.bias) if parts.bias else weights),
        b.per_picture(f"sums of {operation.name}", filled_up(parts.units) * FLOAT_BYTES),
        b.value(operation.output),
        items=parts.units,
        block=kernel.block,
    )
