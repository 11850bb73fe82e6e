"""What the search proposes, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from konv.design.search.limits import Limits
from konv.language import translate as _
from konv.language.tables import WIDTH, places, wrapped
from konv.layers.base import Shape
from konv.network.graph import Network
from konv.network.report_columns import bytes_text
from konv.network.rows import times

__all__ = ["Proposal", "Proposals"]


@dataclass(frozen=True)
class Proposal:
    """A network that keeps to the limits, with what its own report says of it.

    Args:
        network: it.
        layers: its layers in a line.
        parameters: all numbers, those included that are not trained.
        macs: multiply-adds for one picture.
        parameter_bytes: memory of the parameters, in float32.
        activation_bytes: memory of the outputs of all layers for one picture, in float32.
        receptive_field: rows and columns of the picture that a place of the last maps sees.
        merit: how promising it is by the rule of thumb; only differences mean something.
        reasons: why it stands where it stands, in words.
    """

    network: Network
    layers: str
    parameters: int
    macs: int
    parameter_bytes: int
    activation_bytes: int
    receptive_field: tuple[int, int]
    merit: float
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON; the network as in a network file in YAML."""
        return {
            "layers": self.layers,
            "parameters": self.parameters,
            "macs": self.macs,
            "parameter_bytes": self.parameter_bytes,
            "activation_bytes": self.activation_bytes,
            "receptive_field": list(self.receptive_field),
            "merit": self.merit,
            "reasons": list(self.reasons),
            "network": self.network.to_yaml(),
        }

    def lines(self) -> list[str]:
        """As text, in lines of at most 77 places."""
        numbers = _(
            "{parameters:,} parameters, {macs:,} MACs, sees {field}, memory {weights} + {maps}",
            parameters=self.parameters,
            macs=self.macs,
            field=times(self.receptive_field),
            weights=bytes_text(self.parameter_bytes),
            maps=bytes_text(self.activation_bytes),
        )
        texts = [numbers, self.layers, *(f"- {reason}" for reason in self.reasons)]
        return [line for text in texts for line in wrapped(text, WIDTH - 3, "  ")]


@dataclass(frozen=True)
class Proposals:
    """The networks that a search proposes, the best first; ``print(proposals)`` shows them.

    Args:
        input_shape: (height, width, channels) of a picture.
        classes: how many they tell apart.
        limits: what all of them keep to.
        proposals: they.
        examined: networks whose costs were worked out.
        fitting: how many of these keep to the limits.
        outlines: arrangements of convolutions and pools that were looked at.
        all_outlines: how many there are for such pictures.
    """

    input_shape: Shape
    classes: int
    limits: Limits
    proposals: tuple[Proposal, ...]
    examined: int
    fitting: int
    outlines: int
    all_outlines: int

    def __iter__(self) -> Iterator[Proposal]:
        return iter(self.proposals)

    def __len__(self) -> int:
        return len(self.proposals)

    @property
    def best(self) -> Proposal:
        """The first of them."""
        return self.proposals[0]

    @property
    def exhaustive(self) -> bool:
        """Whether every network of the family was examined."""
        return self.outlines == self.all_outlines

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {
            "input_shape": list(self.input_shape),
            "classes": self.classes,
            "limits": self.limits.to_dict(),
            "proposals": [proposal.to_dict() for proposal in self],
            "examined": self.examined,
            "fitting": self.fitting,
            "outlines": self.outlines,
            "all_outlines": self.all_outlines,
            "exhaustive": self.exhaustive,
        }

    def text(self) -> str:
        """What was asked for, each proposal with its reasons, and how far the search went."""
        asked = _(
            "{shape}, {classes} classes: {limits}",
            shape=times(self.input_shape),
            classes=self.classes,
            limits=", ".join(self.limits.words()),
        )
        blocks = ["\n".join(wrapped(asked, WIDTH, "  "))]
        for number, proposal in enumerate(self, start=1):
            head, *rest = proposal.lines()
            label = f"{number:>2} "
            lines = [label + head, *(" " * places(label) + line for line in rest)]
            blocks.append("\n".join(lines))
        closing = [self._extent(), _order()]
        return "\n\n".join([*blocks, "\n".join(wrapped(" ".join(closing), WIDTH))])

    def __str__(self) -> str:
        return self.text()

    def _extent(self) -> str:
        if self.exhaustive:
            return _(
                "Examined: {examined:,} networks, all of the family; {fitting:,} keep the limits.",
                examined=self.examined,
                fitting=self.fitting,
            )
        return _(
            "Examined: {examined:,} networks, of which {fitting:,} keep the limits: {outlines:,} "
            "of {all:,} arrangements of convolutions and pools, the simplest.",
            examined=self.examined,
            fitting=self.fitting,
            outlines=self.outlines,
            all=self.all_outlines,
        )


def _order() -> str:
    return _("The order is a rule of thumb: only training tells which is best.")
