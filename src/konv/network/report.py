"""The report on a network: what every layer makes, holds, costs and sees; as data and as text.

1 MAC is one multiply-add. Bias, activation and pooling are no MACs. FLOPs = 2 · MACs.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from konv.constraints import Integer
from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.network.assembly import Assembly
from konv.network.graph import Network
from konv.network.notes import notes_on
from konv.network.receptive_field import receptive_fields
from konv.network.rows import BYTES_PER_NUMBER, Row, row_of
from konv.parameters import check_value

__all__ = ["Report", "Row", "Totals", "conventions", "report", "report_up_to"]

_WIDTH = Integer(40, 1_000)


@dataclass(frozen=True)
class Totals:
    """The sums over all layers; shared weights are counted once.

    Args:
        weights: numbers that are multiplied, and trained.
        biases: numbers that are added, and trained.
        non_trainable: numbers that are measured, such as moving means.
        parameters: all three.
        macs: multiply-adds for one picture.
        flops: 2 · macs.
        activation_bytes: memory of the outputs of all layers for one picture, in float32.
        parameter_bytes: memory of the parameters, in float32.
    """

    weights: int
    biases: int
    non_trainable: int
    parameters: int
    macs: int
    flops: int
    activation_bytes: int
    parameter_bytes: int


@dataclass(frozen=True)
class Report:
    """What every layer of a network makes, holds, costs and sees.

    ``print(report)`` shows a table; a notebook shows one, too;
    ``pandas.DataFrame(report.to_records())`` is one to calculate with.

    Args:
        name: of the network.
        rows: one per layer.
        notes: what is worth saying besides: rows and columns that are dropped, say.

    Example:
        >>> from konv.layers import Conv2D, Input, MaxPooling2D
        >>> from konv.network.graph import sequential
        >>> network = sequential([Input((28, 9, 1)), Conv2D(8, 3), MaxPooling2D(2)])
        >>> report(network).totals.macs == 26 * 7 * 3 * 3 * 8
        True
        >>> report(network).notes[0]
        'max_pooling2d_1 drops 1 of 7 columns'
    """

    name: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def input_shape(self) -> Shape:
        """The shape of one picture."""
        return self.rows[0].output_shape

    @property
    def output_shape(self) -> Shape:
        """The shape of what is made of one picture."""
        return self.rows[-1].output_shape

    @property
    def totals(self) -> Totals:
        """The sums over all layers."""
        parameters, macs = self._sum(lambda row: row.parameters), self._sum(lambda row: row.macs)
        return Totals(
            weights=self._sum(lambda row: row.weights),
            biases=self._sum(lambda row: row.biases),
            non_trainable=self._sum(lambda row: row.non_trainable),
            parameters=parameters,
            macs=macs,
            flops=2 * macs,
            activation_bytes=self._sum(lambda row: row.activation_bytes),
            parameter_bytes=BYTES_PER_NUMBER * parameters,
        )

    def _sum(self, number: Callable[[Row], int]) -> int:
        return sum(map(number, self.rows))

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "output_shape": list(self.output_shape),
            "layers": [row.to_dict() for row in self.rows],
            "totals": asdict(self.totals),
            "notes": list(self.notes),
            "conventions": conventions(),
        }

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict per layer, for ``pandas.DataFrame``."""
        return [row.to_record() for row in self.rows]

    def to_csv(self) -> str:
        """The records as CSV, with a line of headings; None is empty."""
        text = io.StringIO()
        records = self.to_records()
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue()

    def to_html(self, *, page: bool = False) -> str:
        """A table in HTML that needs nothing else, for light and dark backgrounds.

        Args:
            page: whether it is a whole page rather than a part of one.
        """
        from konv.network.report_html import html_page, html_part

        return html_page(self) if page else html_part(self)

    def text(self, width: int | None = None) -> str:
        """A table in plain text.

        Args:
            width: columns of the terminal; None: those of this one, or 80. Where they do not
                suffice, the less important columns of the table are left out.

        Raises:
            ParameterError: K201, it is less than 40.
        """
        from konv.network.report_text import report_text

        if width is None:
            width = max(shutil.get_terminal_size().columns, _WIDTH.minimum)
        return report_text(self, check_value("width", width, _WIDTH, where="text"))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.to_html()


def report(network: Network) -> Report:
    """What every layer of a network makes, holds, costs and sees."""
    fields = receptive_fields(network)
    rows = tuple(
        row_of(node, index, fields.get(node.name)) for index, node in enumerate(network.nodes)
    )
    return Report(network.name, rows, notes_on(network, fields))


def report_up_to(error: ShapeError) -> Report | None:
    """The report on the layers that did fit, before the one that did not; None if none did.

    Example:
        >>> from konv.layers import Conv2D, Input
        >>> try:
        ...     Conv2D(8, 5)(Conv2D(8, 3)(Input((6, 6, 1))))
        ... except ShapeError as error:
        ...     [(row.name, row.output_shape) for row in report_up_to(error).rows]
        [('input_1', (6, 6, 1)), ('conv2d_1', (4, 4, 8))]
    """
    if not error.report:
        return None
    assembly = Assembly()
    first_use: dict[int, str] = {}
    for row in error.report:
        owner = row.get("weights_of", first_use.get(id(row["layer"])))
        node = assembly.add(row["layer"], row["name"], row["inputs"], owner)
        if node.weight_specs:
            first_use.setdefault(id(row["layer"]), node.name)
    return report(Network(assembly.nodes))


def conventions() -> str:
    """How costs are counted; every printed cost says so."""
    return _(
        "1 MAC = one multiply-add; bias, activation and pooling not counted; FLOPs = 2·MACs; "
        "memory: float32, one picture"
    )
