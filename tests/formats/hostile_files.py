"""Files made to harm: each is small, and what it would cost to believe it is not."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from formats.example_models import simple
from konv.formats import ModelContents, model_bytes
from konv.formats.tensor_file import read_tensors
from konv.layers import Dense, Input
from konv.limits import MAX_MODEL_HEADER_BYTES, MAX_MODEL_HEADER_VALUES
from konv.network.graph import sequential

SIMPLE = model_bytes(simple())
HEADER_BYTES = 8 + struct.unpack_from("<Q", SIMPLE)[0]


def with_header(text: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + data


def with_metadata(contents: bytes = SIMPLE, **texts: str) -> bytes:
    """The file with other metadata, whatever they are: no limit of ours holds here."""
    (header_bytes,) = struct.unpack_from("<Q", contents)
    header = json.loads(contents[8 : 8 + header_bytes])
    header["__metadata__"].update(texts)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return with_header(text, contents[8 + header_bytes :])


VALUES = MAX_MODEL_HEADER_VALUES
ROOM = MAX_MODEL_HEADER_BYTES


def joined(pieces: Iterator[str], brackets: str = "[]") -> str:
    return brackets[0] + ",".join(pieces) + brackets[1]


def objects(count: int, value: str) -> str:
    return joined((f'"{number:x}":{value}' for number in range(count)), "{}")


def lists(count: int, value: str) -> str:
    return joined(value for _number in range(count))


def layers(*entries: Any, first: Any = None) -> str:
    begin = first or {"Input": {"shape": [4, 4, 1]}}
    return json.dumps({"konv": 1, "layers": [begin, *entries]}, separators=(",", ":"))


def wide_network(branches_count: int, merges: int) -> str:
    """Many layers, each of which takes the same many inputs."""
    names = [f"b{number}" for number in range(branches_count)]
    parts = [{"Flatten": {"name": name, "inputs": ["in"]}} for name in names]
    merged = [{"Concatenate": {"name": f"m{number}", "inputs": names}} for number in range(merges)]
    end = {"Add": {"inputs": [f"m{number}" for number in range(merges)]}}
    return layers(*parts, *merged, end, first={"Input": {"shape": [1, 1, 1], "name": "in"}})


def big_with_nan() -> bytes:
    kernel = np.zeros((4096, 4096), np.float32)
    network = sequential([Input((4096,)), Dense(4096, use_bias=False)])
    content = model_bytes(ModelContents(network, {"dense_1/kernel": kernel}))
    return content[:-4] + struct.pack("<f", np.nan)


def big_with_surplus() -> bytes:
    """An honest header of 64 MB of weights, of which the network knows nothing."""
    size = 4 * 2**24
    header = {
        "__metadata__": read_tensors(SIMPLE)[1],
        "a": {"dtype": "F32", "shape": [2**24], "data_offsets": [0, size]},
    }
    return with_header(json.dumps(header).encode(), bytes(size))


def many_tensors(count: int) -> bytes:
    text = objects(count, '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}')
    metadata = json.dumps({"__metadata__": read_tensors(SIMPLE)[1]})
    return with_header((metadata[:-1] + "," + text[1:]).encode())


BOMBS: dict[str, Callable[[], bytes]] = {
    "header: as many names as are allowed": lambda: with_header(objects(VALUES - 2, "1").encode()),
    "header: empty objects": lambda: with_header(objects(VALUES // 2 - 2, "{}").encode()),
    "header: empty lists": lambda: with_header(f'{{"a":{lists(VALUES // 2 - 2, "[]")}}}'.encode()),
    "header: texts": lambda: with_header(f'{{"a":{lists(VALUES - 4, chr(34) * 2)}}}'.encode()),
    "header: emoji": lambda: with_header(
        f'{{"a":{lists(VALUES - 4, chr(34) + "😀" * 2 + chr(34))}}}'.encode()
    ),
    "header: one wide text": lambda: with_header(('{"😀":"' + "a" * (ROOM - 12) + '"}').encode()),
    "header: a million names": lambda: with_header(objects(10**6, "1").encode()),
    "header: a million lists": lambda: with_header(b'{"a":' + b"[]," * 10**6),
    "header: nested lists": lambda: with_header(b'{"a":' + b"[" * (ROOM - 100)),
    "header: nested objects": lambda: with_header(b'{"a":' * (ROOM // 5 - 20)),
    "header: quotes": lambda: with_header(b'{"' + b'\\"' * (ROOM // 2 - 10)),
    "header: a number of a million digits": lambda: with_header(b'{"a":' + b"9" * 10**6 + b"}"),
    "header: a fraction of a million digits": lambda: with_header(
        b'{"a":0.' + b"9" * 10**6 + b"e5}"
    ),
    "header: spaces": lambda: with_header(b"{" + b" " * (ROOM - 10) + b"}"),
    "header: as many arrays as are allowed": lambda: many_tensors(VALUES // 7 - 10),
    "header: a shape of a million sizes": lambda: with_header(
        (
            '{"a":{"dtype":"F32","data_offsets":[0,0],"shape":' + lists(VALUES - 9, "1") + "}}"
        ).encode()
    ),
    "metadata: wide": lambda: with_metadata(record='{"a":"😀' + "a" * (ROOM - 3000) + '"}'),
    "network: names": lambda: with_metadata(network=objects(VALUES - 2, "1")),
    "network: lists": lambda: with_metadata(
        network=f'{{"konv":1,"layers":{lists(VALUES // 2 - 10, "[]")}}}'
    ),
    "network: layers of no kind": lambda: with_metadata(network=layers(*["Dens"] * 50_000)),
    "network: as many layers as are allowed": lambda: with_metadata(
        network=layers(*["ReLU"] * 9_999)
    ),
    "network: more layers": lambda: with_metadata(network=layers(*["ReLU"] * (VALUES - 9))),
    "network: a long chain of weights": lambda: with_metadata(
        network=layers(*[{"BatchNormalization": {}}] * 9_990)
    ),
    "network: wide merges": lambda: with_metadata(network=wide_network(300, 300)),
    "network: the same name": lambda: with_metadata(
        network=layers(*[{"ReLU": {"name": "a"}}] * 9_000)
    ),
    "network: names like made ones": lambda: with_metadata(
        network=layers(
            *(n for i in range(4_500) for n in ("ReLU", {"ReLU": {"name": f"relu_{i}"}}))
        )
    ),
    "network: inputs that do not exist": lambda: with_metadata(
        network=layers(*[{"ReLU": {"inputs": ["relu_x"]}}] * 9_000)
    ),
    "network: a long name": lambda: with_metadata(network=layers({"Conv2D" * 100_000: {}})),
    "network: a long field": lambda: with_metadata(network=layers({"Conv2D": {"f" * 500_000: 1}})),
    "network: a long value": lambda: with_metadata(
        network=layers({"Dense": {"units": 1, "activation": "relu" * 200_000}})
    ),
    "network: 2^30 weights": lambda: with_metadata(
        network=layers("Flatten", {"Dense": {"units": 2**20}}, {"Dense": {"units": 2**10}})
    ),
    "network: maps of 2^28 numbers": lambda: with_metadata(
        network=layers(
            {"ZeroPadding2D": {"padding": 8_000}}, first={"Input": {"shape": [16_384, 16_384, 1]}}
        )
    ),
    "classes: too many": lambda: with_metadata(classes=lists(VALUES - 2, "1")),
    "classes: one twice at the end": lambda: with_metadata(
        classes=json.dumps([*range(99_999), 99_998])
    ),
    "classes: emoji": lambda: with_metadata(classes=lists(VALUES - 2, '"😀"')),
    "preprocessing: names": lambda: with_metadata(preprocessing=objects(VALUES - 2, "1")),
    "record: names": lambda: with_metadata(record=objects(VALUES - 2, "1")),
    "record: nested": lambda: with_metadata(record='{"a":' * 16 + "1" + "}" * 16),
    "weights: NaN behind 64 MB": big_with_nan,
    "weights: 64 MB of something else": big_with_surplus,
}
