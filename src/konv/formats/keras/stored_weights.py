"""Which arrays of a Keras file are which weights of konv's network.

An archive numbers the arrays of a layer: ``layers/conv2d_1/vars/0`` is the kernel, ``…/1`` the
bias. The older HDF5 form names them: ``model_weights/conv2d_1/conv2d_1/kernel:0``. Either way every
array of the file must find its place, and every weight of the network its array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.formats.keras.arguments import short_text_of
from konv.formats.keras.config import Item
from konv.formats.keras.hdf5 import Hdf5Contents
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.network.assembly import Node
from konv.network.graph import Network

__all__ = ["archived_weights", "checked_arrays", "older_weights"]

Array = np.ndarray[Any, np.dtype[np.float32]]
Origins = Mapping[str, tuple[Item, ...]]
# What the two forms call the weights of a depthwise convolution.
_SYNONYMS = {"depthwise_kernel": ("depthwise_kernel", "kernel")}


def archived_weights(
    network: Network, origins: Origins, stored: Hdf5Contents, where: str
) -> dict[str, Array]:
    """The weights in the HDF5 part of a ``.keras`` file.

    Args:
        network: konv's.
        origins: which layer of the file each weighted layer was.
        stored: the part.
        where: the file, for errors.

    Raises:
        FormatError: K406, they are not those of the network; K407, they are not finite.
    """
    places = {}
    for node in _weighted(network):
        item = origins[node.name][-1]
        variables = f"{item.group}/vars"
        name = stored.text(variables, "name")
        if name not in ("", item.name):
            raise _unsuitable(
                _("{group} holds {other}, not {name}", group=variables, other=name, name=item.name),
                where,
            )
        for number, spec in enumerate(node.weight_specs):
            places[f"{node.name}/{spec.name}"] = f"{variables}/{number}"
    return checked_arrays(network, places, stored, where)


def older_weights(
    network: Network, origins: Origins, stored: Hdf5Contents, where: str
) -> dict[str, Array]:
    """The weights of an ``.h5`` file; arguments and errors as of :func:`archived_weights`."""
    root = "model_weights" if "model_weights" in stored.texts else ""
    places = {}
    for node in _weighted(network):
        path = origins[node.name]
        group = f"{root}/{path[0].name}" if root else path[0].name
        names = _own_names(stored.names(group, "weight_names"), path)
        for number, spec in enumerate(node.weight_specs):
            found = _named(names, spec.name)
            if found is None and len(path) == 1 and len(names) == len(node.weight_specs):
                found = names[number]
            if found is None:
                raise _unsuitable(_("there is no {name}", name=f"{group}: {spec.name}"), where)
            places[f"{node.name}/{spec.name}"] = f"{group}/{found}"
    return checked_arrays(network, places, stored, where)


def _weighted(network: Network) -> Iterator[Node]:
    return (node for node in network.nodes if node.weight_specs and not node.shares)


def _own_names(names: Sequence[str], path: tuple[Item, ...]) -> list[str]:
    """Of the weights of a model inside, those of one of its layers."""
    if len(path) == 1:
        return [*names]
    return [name for name in names if name.split("/")[-2:-1] == [path[-1].name]]


def _named(names: Sequence[str], weight: str) -> str | None:
    """The name that ends in that of the weight, if there is just one."""
    wanted = _SYNONYMS.get(weight, (weight,))
    found = [name for name in names if name.split("/")[-1].split(":")[0] in wanted]
    return found[0] if len(found) == 1 else None


def checked_arrays(
    network: Network, places: Mapping[str, str], stored: Hdf5Contents, where: str
) -> dict[str, Array]:
    """The arrays by the names of the weights, all of them, finite and of the right shapes.

    Args:
        network: konv's.
        places: the name of a weight -> that of its array.
        stored: all that the file holds.
        where: the file, for errors.

    Raises:
        FormatError: K406, K407.
    """
    specs, arrays = network.weight_specs, stored.arrays
    if stored.unread:
        details = [(printable(name)[:80], dtype) for name, dtype in stored.unread.items()]
        raise _unsuitable(_("its numbers are no float32"), where, details[:5])
    missing = [f"{name} ({places[name]})" for name in specs if places[name] not in arrays]
    surplus = sorted(set(arrays) - set(places.values()))
    twice = len(set(places.values())) < len(places)
    shapes = [
        f"{places[name]}: {shape_text(arrays[places[name]].shape)}, {shape_text(spec.shape)}"
        for name, spec in specs.items()
        if places[name] in arrays and arrays[places[name]].shape != spec.shape
    ]
    problems = {
        _("missing"): missing,
        _("surplus"): surplus,
        _("stored and needed shape"): shapes,
        _("used twice"): [""] * twice,
    }
    if any(problems.values()):
        details = [(label, _listed(found)) for label, found in problems.items() if found]
        raise _unsuitable(_("its weights do not belong to its network"), where, details)
    for name in specs:
        if not np.isfinite(arrays[places[name]]).all():
            raise FormatError(
                _("{name} is not finite everywhere", name=printable(short_text_of(places[name]))),
                code="K407",
                where=where,
                fix=_("weights of finite numbers: train again with a smaller learning_rate"),
            )
    return {name: arrays[places[name]] for name in specs}


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(short_text_of(name)) for name in names[:5])
    return shown + (", …" if len(names) > 5 else "")


def _unsuitable(what: str, where: str, details: Sequence[tuple[str, str]] = ()) -> FormatError:
    return FormatError(
        printable(what),
        code="K406",
        where=where,
        details=details,
        fix=_("save the model again with Keras 3, as a .keras file"),
    )
