"""What konv writes into a ``.keras`` file for itself, beside what Keras reads.

Keras has no place for class names, for preprocessing, for padding in numbers or a true convolution.
The metadata of the archive, of which Keras reads nothing, hold konv's own description under
``"konv"``. It is believed only where it says just what the description for Keras says: somebody may
have changed the one and not the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.errors import KonvError
from konv.formats.contents import ModelContents
from konv.formats.json_text import write_json
from konv.formats.keras.description import Description, described
from konv.formats.keras.hdf5 import Hdf5Contents
from konv.formats.keras.stored_weights import checked_arrays
from konv.network.description import from_config, to_config

__all__ = ["KEY", "own_contents", "own_part"]

KEY = "konv"
_FORM = 1
Array = np.ndarray[Any, np.dtype[np.float32]]


def own_part(contents: ModelContents) -> dict[str, Any]:
    """konv's own description of a model, as plain data."""
    preprocessing = contents.preprocessing
    return {
        "konv_form": _FORM,
        "network": to_config(contents.network),
        "classes": list(contents.class_names),
        "preprocessing": None if preprocessing is None else preprocessing.to_config(),
        "record": dict(contents.record),
    }


def own_contents(
    metadata: Any, config: Any, stored: Hdf5Contents, where: str
) -> ModelContents | None:
    """The model as konv described it; None if it did not, or if the file was changed since.

    Args:
        metadata: those of the archive.
        config: the description for Keras.
        stored: the weights.
        where: the file, for errors.

    Raises:
        FormatError: K406, K407: the weights are not those of the network, or not finite.
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
        contents = ModelContents(
            network, {}, tuple(part["classes"]), known, record=part.get("record", {})
        )
    except (KonvError, KeyError, TypeError, ValueError, AttributeError):
        return None
    weights = _weights(contents, description, stored, where)
    return ModelContents(
        network, weights, contents.class_names, contents.preprocessing, contents.record
    )


def _weights(
    contents: ModelContents, description: Description, stored: Hdf5Contents, where: str
) -> dict[str, Array]:
    places: dict[str, str] = {}
    flipped: set[str] = set()
    copies: set[str] = set()
    for layer in description.layers:
        for number, name in enumerate(layer.weights):
            place = f"{layer.group}/vars/{number}"
            if name in places:
                copies.add(place)
                continue
            places[name] = place
            flipped |= {name} & {*layer.flipped}
    arrays = {place: array for place, array in stored.arrays.items() if place not in copies}
    weights = checked_arrays(contents.network, places, arrays, where)
    return {
        name: np.ascontiguousarray(array[::-1, ::-1]) if name in flipped else array
        for name, array in weights.items()
    }
