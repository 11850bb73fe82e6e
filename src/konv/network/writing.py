"""Networks as text and files: minimal, one line per layer, the same for the same network."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from konv.files import write_atomically
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.network.description import to_config
from konv.network.graph import Network
from konv.network.reading import too_large, unknown_ending
from konv.network.tree import tree_of
from konv.network.yaml_tree import AMBIGUOUS_WORDS

__all__ = ["json_text", "write_network", "yaml_text"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Words that some version of YAML reads as something else than a text.
_RESERVED = AMBIGUOUS_WORDS | {"true", "false", "null", "y", "n"}


def yaml_text(network: Network) -> str:
    """The network in YAML."""
    config = to_config(network)
    layers = "".join(f"  - {_entry(layer)}\n" for layer in config.pop("layers"))
    top = "".join(f"{key}: {_flow(value)}\n" for key, value in config.items())
    return f"{top}layers:\n{layers}"


def json_text(network: Network) -> str:
    """The network in JSON."""
    config = to_config(network)
    layers = ",\n".join(f"    {_json(layer)}" for layer in config.pop("layers"))
    top = "".join(f"  {_json(key)}: {_json(value)},\n" for key, value in config.items())
    return f'{{\n{top}  "layers": [\n{layers}\n  ]\n}}\n'


def write_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file, by its ending .yaml, .yml or .json.

    Raises:
        FormatError: K404, another ending; K405, it cannot be written.
        LimitError: K602, it would be larger than what can be read back.
    """
    path = Path(path)
    writer = {".yaml": yaml_text, ".yml": yaml_text, ".json": json_text}
    if path.suffix.lower() not in writer:
        raise unknown_ending(path)
    content = writer[path.suffix.lower()](network).encode()
    tree_of(to_config(network))  # counts the values
    if len(content) > MAX_NETWORK_FILE_BYTES:
        raise too_large(str(path))
    write_atomically(path, content)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _entry(layer: str | dict[str, Any]) -> str:
    if isinstance(layer, str):
        return layer
    [(kind, fields)] = layer.items()
    return f"{kind}: {_flow(fields)}"


def _flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _number(value)
    return _json(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _number(number: float) -> str:
    """YAML 1.1 takes 1e-07 for a text: it wants a point."""
    mantissa, exponent, power = repr(number).partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{exponent}{power}"
