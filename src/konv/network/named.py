"""The networks that ship with konv, by name. Each is a network file in ``networks/``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from konv.constraints import did_you_mean
from konv.errors import NetworkError
from konv.language import current_language
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.network.adapting import adapted
from konv.network.graph import Network
from konv.network.reading import read_network
from konv.parameters import short_text

__all__ = ["NETWORK_NAMES", "NamedNetwork", "named_network", "named_networks"]

NETWORK_NAMES = (
    "simple",
    "digits-mini",
    "lenet5",
    "lenet-relu",
    "vgg-grey",
    "vgg-mini",
    "resnet8",
    "mobile-mini",
    "tutorial-39x31",
    "tutorial-120x60",
    "tutorial-dense",
)
_FOLDER = Path(__file__).parent / "networks"


@dataclass(frozen=True)
class NamedNetwork:
    """A network that ships with konv.

    Args:
        name: what it is called.
        descriptions: (language, what it is for).
        adapts_input: whether it may be given pictures of another shape.
        adapts_classes: whether it may be given another number of classes.
        network: it.
    """

    name: str
    descriptions: tuple[tuple[str, str], ...]
    adapts_input: bool
    adapts_classes: bool
    network: Network

    @property
    def description(self) -> str:
        """What it is for, in the current language."""
        return dict(self.descriptions)[current_language()]

    def adapted(self, input_shape: Shape | None = None, classes: int | None = None) -> Network:
        """The network for other pictures or classes, as far as it may be changed.

        Raises:
            NetworkError: K308, it may not be changed like this, or does not fit.
            ParameterError: K201, an argument is no shape or no number of classes.

        Example:
            >>> named_network("simple").adapted((32, 32, 3), 5).output_shape
            (5,)
        """
        kept = self.network
        if not self.adapts_input and input_shape not in (None, kept.input_shape):
            raise self._keeps(
                _("it is for pictures of {shape}", shape=shape_text(kept.input_shape)),
                _("bring the pictures to that shape, or take another network"),
            )
        if not self.adapts_classes and classes not in (None, kept.output_shape[0]):
            raise self._keeps(
                _("it is for {count} classes", count=kept.output_shape[0]),
                _("take another network"),
            )
        return adapted(kept, input_shape, classes)

    def _keeps(self, what: str, fix: str) -> NetworkError:
        return NetworkError(what, code="K308", where=self.name, fix=fix)


def named_networks() -> tuple[NamedNetwork, ...]:
    """All networks that ship with konv.

    Example:
        >>> named_networks()[0].name
        'simple'
    """
    return tuple(map(_read, NETWORK_NAMES))


def named_network(name: Any) -> NamedNetwork:
    """The one of that name.

    Raises:
        NetworkError: K309, there is none.
    """
    if name not in NETWORK_NAMES:
        raise NetworkError(
            _("there is no network {name}", name=short_text(name))
            + did_you_mean(name, NETWORK_NAMES),
            code="K309",
            fix=_("one of {names}", names=", ".join(NETWORK_NAMES)),
        )
    return _read(name)


@cache
def _read(name: str) -> NamedNetwork:
    file = read_network(_FOLDER / f"{name}.yaml")
    return NamedNetwork(
        name=file.network.name,
        descriptions=tuple(file.description.items()),
        adapts_input="input" in file.adapts,
        adapts_classes="classes" in file.adapts,
        network=file.network,
    )
