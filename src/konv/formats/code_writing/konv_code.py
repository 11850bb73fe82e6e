"""A network as a program in konv's own words."""

from __future__ import annotations

from konv.formats.code_writing.program import Words, program
from konv.formats.code_writing.texts import call_text
from konv.formats.exchange.refusals import Refusals
from konv.layers import Input
from konv.layers.base import Layer
from konv.network.graph import Network, Node

__all__ = ["POSITIONAL", "konv_code"]

# What a reader knows without its name.
POSITIONAL = (
    ("filters", "kernel_size"),
    ("kernel_size",),
    ("pool_size",),
    ("units",),
    ("rate",),
    ("shape",),
    ("activation",),
    ("padding",),
    ("negative_slope",),
)
_PADDED = ("ZeroPadding2D",)
_ACTIVATIONS = ("Activation",)
_SLOPED = ("LeakyReLU",)


def konv_code(network: Network) -> str:
    """The program that makes the network; its weights are not in it.

    Raises:
        FormatError: K411, a layer shares weights with one that has other fields: only a network
            file says that.

    Example:
        >>> from konv.layers import Conv2D, Flatten, Dense, Input
        >>> from konv.network.graph import sequential
        >>> print(konv_code(sequential([Input((8, 8, 1)), Conv2D(4, 3), Flatten(), Dense(10)])))
        import konv
        <BLANKLINE>
        model = konv.Sequential(
            [
                konv.Input((8, 8, 1)),
                konv.Conv2D(4, 3),
                konv.Flatten(),
                konv.Dense(10),
            ],
        )
        <BLANKLINE>
    """
    return program(network, _KonvWords())


class _KonvWords(Words):
    head = ("import konv",)
    target = "konv code"
    sequential = "konv.Sequential"
    model = "konv.Model"

    def calls(self, layer: Layer, node: Node, refused: Refusals) -> list[str]:
        return [_call(layer)]

    def input(self, layer: Input) -> str:
        return _call(layer)


def _call(layer: Layer) -> str:
    kind = type(layer).__name__
    return call_text(f"konv.{kind}", layer.to_config(), positional_of(kind, layer))


def positional_of(kind: str, layer: Layer) -> tuple[str, ...]:
    """The fields that are given without their names."""
    fields = layer.constraints()
    named = {"padding": _PADDED, "activation": _ACTIVATIONS, "negative_slope": _SLOPED}
    for names in POSITIONAL:
        if all(name in fields for name in names) and kind in named.get(names[0], (kind,)):
            return names
    return ()
