"""Networks side by side: what they hold, cost and see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from konv.language import translate as _
from konv.language.tables import table
from konv.network.graph import Network
from konv.network.receptive_field import receptive_fields
from konv.network.report import conventions, report
from konv.network.report_columns import bytes_text
from konv.network.rows import times

__all__ = ["ComparedNetwork", "Comparison", "compare"]


@dataclass(frozen=True)
class ComparedNetwork:
    """The numbers of one network.

    Args:
        name: of the network.
        input_shape, output_shape: of one picture, and of what is made of it.
        layers: how many there are, without the Input.
        weights, biases: trained numbers that are multiplied, and added.
        parameters: all numbers, those included that are not trained.
        macs: multiply-adds for one picture.
        parameter_bytes: memory of the parameters, in float32.
        activation_bytes: memory of the outputs of all layers for one picture, in float32.
        receptive_field: rows and columns of the picture that one output sees; None: no picture.
    """

    name: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    layers: int
    weights: int
    biases: int
    parameters: int
    macs: int
    parameter_bytes: int
    activation_bytes: int
    receptive_field: tuple[int, int] | None


@dataclass(frozen=True)
class Comparison:
    """Networks side by side; ``print(comparison)`` shows a table.

    Args:
        networks: in the order in which they were given.
    """

    networks: tuple[ComparedNetwork, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {
            "networks": [asdict(network) for network in self.networks],
            "conventions": conventions(),
        }

    def rows(self) -> list[list[str]]:
        """A row for each number: its name, that of each network, and of two the ratio."""
        return [
            ["", *(network.name for network in self.networks), *self._head_of_ratio()],
            self._texts(_("input"), lambda network: times(network.input_shape)),
            self._texts(_("outputs"), lambda network: times(network.output_shape)),
            self._numbers(_("layers"), lambda network: network.layers),
            self._numbers(_("weights"), lambda network: network.weights),
            self._numbers(_("biases"), lambda network: network.biases),
            self._numbers(_("parameters"), lambda network: network.parameters),
            self._numbers(_("MACs"), lambda network: network.macs),
            self._numbers(_("memory: parameters"), _parameter_bytes, bytes_text),
            self._numbers(_("memory: one picture"), _activation_bytes, bytes_text),
            self._texts(_("receptive field"), _field),
        ]

    def __str__(self) -> str:
        return "\n".join([*table(self.rows()), "", conventions()])

    def _head_of_ratio(self) -> list[str]:
        return ["2 ÷ 1"] if len(self.networks) == 2 else []

    def _texts(self, name: str, text: Callable[[ComparedNetwork], str]) -> list[str]:
        return [name, *map(text, self.networks), *("" for _ratio in self._head_of_ratio())]

    def _numbers(
        self,
        name: str,
        number: Callable[[ComparedNetwork], int],
        text: Callable[[int], str] = "{:,}".format,
    ) -> list[str]:
        numbers = [number(network) for network in self.networks]
        ratio = [_ratio(*numbers)] if len(numbers) == 2 else []
        return [name, *map(text, numbers), *ratio]


def compare(*networks: Network) -> Comparison:
    """What networks hold, cost and see, side by side.

    Args:
        networks: one or more.

    Example:
        >>> from konv.network.named import named_network
        >>> from konv.design.dense_counterpart import dense_counterpart
        >>> network = named_network("tutorial-39x31").network
        >>> cnn, dense = compare(network, dense_counterpart(network)).networks
        >>> cnn.weights, dense.weights, cnn.macs, dense.macs
        (64320, 1055400, 2277760, 1055400)
    """
    return Comparison(tuple(map(_compared, networks)))


def _compared(network: Network) -> ComparedNetwork:
    totals = report(network).totals
    fields = receptive_fields(network)
    return ComparedNetwork(
        name=network.name,
        input_shape=network.input_shape,
        output_shape=network.output_shape,
        layers=len(network.nodes) - 1,
        weights=totals.weights,
        biases=totals.biases,
        parameters=totals.parameters,
        macs=totals.macs,
        parameter_bytes=totals.parameter_bytes,
        activation_bytes=totals.activation_bytes,
        receptive_field=fields[network.nodes[-1].name].size if fields else None,
    )


def _ratio(first: int, second: int) -> str:
    return f"{second / first:.2f}" if first else ""


def _parameter_bytes(network: ComparedNetwork) -> int:
    return network.parameter_bytes


def _activation_bytes(network: ComparedNetwork) -> int:
    return network.activation_bytes


def _field(network: ComparedNetwork) -> str:
    return times(network.receptive_field) if network.receptive_field else "-"
