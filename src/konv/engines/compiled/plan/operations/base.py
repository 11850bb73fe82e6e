"""What every operation is: it reads values, makes one, and knows its kernels both ways."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from konv.engines.compiled.kernels.activation import Gate
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.copying import copied
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.slots import FLOAT_BYTES, Place
from konv.engines.compiled.plan.values import Value

__all__ = [
    "Operation",
    "deliver_gradient",
    "gated_gradient",
    "lane_gradients",
    "open_gate",
    "packed",
    "written_densely",
]


class Operation(ABC):
    """One step of a network.

    Args:
        inputs: the values it reads.
        output: the value it makes.
    """

    def __init__(self, inputs: Sequence[Value], output: Value) -> None:
        self.inputs = tuple(inputs)
        self.output = output
        for value in self.inputs:
            value.readers += 1

    @property
    def input(self) -> Value:
        """The first value it reads."""
        return self.inputs[0]

    @property
    def name(self) -> str:
        """That of the value it makes."""
        return self.output.name

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of the network whose work it is."""
        return self.output.layers

    def settle(self) -> None:  # noqa: B027 - most operations have nothing to settle
        """Decide what can only be decided when all operations are known."""

    @abstractmethod
    def forward(self, b: Builder) -> None:
        """Say what is called to make the output."""

    @abstractmethod
    def backward(self, b: Builder) -> None:
        """Say what is called to bring the output's gradient to the inputs and the weights."""


def packed(b: Builder, value: Value) -> str:
    """The slot of a value's numbers without a border: a copy, if they have one."""
    if not value.layout.bordered:
        return b.value(value)
    name = f"{value.name}, packed"
    slot = b.per_picture(name, value.elements * FLOAT_BYTES)
    b.pictures(name, copied(value.layout, value.dense_layout), b.value(value), slot)
    return slot


@contextmanager
def written_densely(b: Builder, value: Value) -> Iterator[str]:
    """The slot that a kernel which knows no borders writes a value to; then it goes on from there.

    That is where the value lies if it has no border, and beside it otherwise.
    """
    if not value.layout.bordered:
        yield b.value(value)
        return
    name = f"{value.name}, without its border"
    slot = b.per_picture(name, value.elements * FLOAT_BYTES)
    yield slot
    b.pictures(name, copied(value.dense_layout, value.layout), slot, b.value(value))


def deliver_gradient(b: Builder, value: Value, slot: str, layout: MapLayout | None = None) -> None:
    """Bring a gradient that lies in ``slot`` to where the value's lies.

    Args:
        b: the plan.
        value: whose gradient it is, or a part of it.
        slot: where it is.
        layout: how it lies there; None: without a border.
    """
    layout = layout or value.dense_layout
    adds = b.adds_to_gradient(value)
    gate = open_gate(b, value)
    target, name = b.gradient(value), f"gradient of {value.name}"
    if gate:
        kernel = Gate(gate, value.layout, layout, value.gradient_layout)
        b.pictures(name, kernel, b.value(value), slot, target)
    else:
        b.pictures(name, copied(layout, value.gradient_layout, accumulate=adds), slot, target)


def open_gate(b: Builder, value: Value) -> Rectifier | None:
    """The gate of a value, if its gradient can pass it in the kernel that is about to write it.

    That is so when nothing else adds to the gradient.
    """
    if value.gate is None or value.readers != 1:
        return None
    b.passed_gate(value)
    return value.gate


def lane_gradients(b: Builder, kernel: str, bias: str) -> tuple[Place, Place]:
    """Where lanes add up the gradients of a kernel and of its bias.

    Without a bias ("") a kernel does not look at the second: any place will do.
    """
    by_kernel = b.lane_gradient(kernel)
    return by_kernel, b.lane_gradient(bias) if bias else by_kernel


def gated_gradient(b: Builder, value: Value, rectifier: Rectifier) -> str:
    """The slot of the gradient of what a rectifier was applied to, given that of its result."""
    slot = b.gradient(value)
    if not rectifier.linear and not b.is_gated(value):
        kernel = Gate(rectifier, value.layout, value.gradient_layout, value.gradient_layout)
        b.pictures(f"gate of {value.name}", kernel, b.value(value), slot, slot)
    return slot
