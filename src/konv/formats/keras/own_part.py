"""What konv writes into a ``.keras`` file for itself, beside what Keras reads.

Keras has no place for class names, for preprocessing, for padding in numbers or a true convolution.
The metadata of the archive, of which Keras reads nothing, hold konv's own description under
``"konv"``. It is believed only where it says just what the description for Keras says: somebody may
have changed the one and not the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.errors import KonvError
from konv.formats.contents import ModelContents
from konv.formats.json_text import write_json
from konv.formats.keras.description import Description, described
from konv.formats.keras.hdf5 import Hdf5Contents
from konv.formats.keras.stored_weights import checked_arrays
from konv.formats.parts import plain_parts
from konv.network.description import from_config

__all__ = ["KEY", "OwnPart", "own_part", "read_own_part"]

KEY = "konv"
_FORM = 1


def own_part(contents: ModelContents) -> dict[str, Any]:
    """konv's own description of a model, as plain data."""
    return {"konv_form": _FORM, **plain_parts(contents)}


@dataclass(frozen=True)
class OwnPart:
    """What konv said of a model, and how Keras's part of the file follows from it."""

    contents: ModelContents
    description: Description

    def with_weights(self, stored: Hdf5Contents, where: str) -> ModelContents:
        """The whole model.

        Raises:
            FormatError: K406, K407: the weights are not those of the network, or not finite.
        """
        places: dict[str, str] = {}
        flipped: set[str] = set()
        copies: set[str] = set()
        for layer in self.description.layers:
            for number, name in enumerate(layer.weights):
                place = f"{layer.group}/vars/{number}"
                if name in places:
                    copies.add(place)
                    continue
                places[name] = place
                flipped |= {name} & {*layer.flipped}
        arrays = {place: array for place, array in stored.arrays.items() if place not in copies}
        stored = replace(stored, arrays=arrays)
        weights = checked_arrays(self.contents.network, places, stored, where)
        weights = {
            name: np.ascontiguousarray(array[::-1, ::-1]) if name in flipped else array
            for name, array in weights.items()
        }
        return replace(self.contents, weights=weights)


def read_own_part(metadata: Any, config: Any, where: str) -> OwnPart | None:
    """The model as konv described it; None if it did not, or if the file was changed since.

    Args:
        metadata: those of the archive.
        config: the description for Keras.
        where: the file, for errors.
    """
    part = metadata.get(KEY) if isinstance(metadata, Mapping) else None
    if not isinstance(part, Mapping) or part.get("konv_form") != _FORM:
        return None
    try:
        network = from_config(part["network"])
        description = described(network, where)
        if write_json(description.config) != write_json(config):
            return None
        preprocessing = part["preprocessing"]
        known = None if preprocessing is None else Preprocessing.from_config(preprocessing)
        contents = ModelContents(network, {}, tuple(part["classes"]), known, part.get("record", {}))
    except (KonvError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return OwnPart(contents, description)
