"""From what ``network=`` says to the network that is trained: for these pictures and classes.

====================================  ==============================================================
network=                              what is trained
====================================  ==============================================================
"auto"                                chosen by the pictures; a dense network where there are none
a name, such as "lenet-relu"          the network that comes with konv, adapted
a Network, or a model                 its layers; its Input says what the pictures are
a list of layers                      they in a row; an Input before them need not be written
a function (image_shape, classes)     what it returns: a Network, a model or a list of layers
====================================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from konv.errors import DataError, NetworkError, ParameterError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.input import Input
from konv.model import Model
from konv.network.choosing import choose_network
from konv.network.ending import split_ending
from konv.network.graph import Network, sequential
from konv.network.named import named_network
from konv.parameters import short_text
from konv.sklearn.settings import WHERE

__all__ = ["fixed_network", "network_for"]

# Below it nothing is next to anything: what is called a picture is a row of a table.
_LEAST_SIDE_PX = 4
_HIDDEN_UNITS = 128


def fixed_network(given: Any) -> Network | None:
    """The network that was given whole, with its Input; None if it waits for the pictures.

    Raises:
        ParameterError: K201, it is nothing that a network can be made of.
    """
    if isinstance(given, str):
        return None
    if isinstance(given, (list, tuple)):
        return sequential(given) if given and isinstance(given[0], Input) else None
    if isinstance(given, (Network, Model)):
        return _built(given, ())
    if callable(given) and not isinstance(given, (type, Layer)):
        return None
    raise _no_network(given)


def network_for(given: Any, image_shape: Shape, classes: int, pictures: int) -> Network:
    """The network that is trained.

    Args:
        given: what the parameter ``network`` holds.
        image_shape: of one picture.
        classes: how many it is to tell apart.
        pictures: how many there are to learn from.

    Raises:
        NetworkError, ParameterError: it cannot be built, or takes other pictures.
        DataError: K505, it tells another number of classes apart.
    """
    network = _network(given, image_shape, classes, pictures)
    if network.input_shape != image_shape:
        raise NetworkError(
            _("it does not take pictures of {shape}", shape=shape_text(image_shape)),
            code="K308",
            where=network.name,
            details=[(_("network"), shape_text(network.input_shape))],
            fix=_("konv.Input(image_shape) as its first layer"),
        )
    _check_ending(network, classes)
    return network


def _network(given: Any, image_shape: Shape, classes: int, pictures: int) -> Network:
    if isinstance(given, str) and given == "auto":
        return _chosen(image_shape, classes, pictures)
    if isinstance(given, str):
        return named_network(given).adapted(image_shape, classes)
    if callable(given):
        return _built(given(image_shape, classes), image_shape)
    return _built(given, image_shape)


def _chosen(image_shape: Shape, classes: int, pictures: int) -> Network:
    if len(image_shape) == 3 and min(image_shape[:2]) >= _LEAST_SIDE_PX:
        return choose_network(image_shape, classes, pictures)[0]
    layers: list[Layer] = [Flatten()] if len(image_shape) == 3 else []
    layers.append(Dense(units=_HIDDEN_UNITS, activation="relu"))
    layers.append(Dense(units=classes, activation="softmax"))
    return sequential([Input(shape=image_shape), *layers], name="dense")


def _built(given: Any, image_shape: Shape) -> Network:
    if isinstance(given, Network):
        return given
    if isinstance(given, Model):
        return given.network
    if isinstance(given, Sequence) and not isinstance(given, str):
        begins = bool(given) and isinstance(given[0], Input)
        return sequential(given if begins else [Input(shape=image_shape), *given])
    raise _no_network(given)


def _check_ending(network: Network, classes: int) -> None:
    ending, outputs = split_ending(network)[1].name, network.output_shape
    suited = {"softmax": (classes,), "linear": (classes,), "sigmoid": (1,)}.get(ending)
    if outputs == suited and (ending != "sigmoid" or classes == 2):
        return
    raise DataError(
        _("{classes} classes, and outputs of {shape}", classes=classes, shape=shape_text(outputs)),
        code="K505",
        where=network.name,
        details=[(_("ends in"), ending)],
        fix=_('Dense({classes}, activation="softmax") as the last layer', classes=classes),
    )


def _no_network(given: Any) -> ParameterError:
    return ParameterError(
        f"network={short_text(given)}",
        code="K201",
        where=WHERE,
        fix=_(
            '"auto", a name that konv networks tells, a konv.Network, a model, a list of layers, '
            "or a function (image_shape, classes) that returns one of these"
        ),
    )
