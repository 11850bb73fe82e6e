"""Network files made to harm: any bytes are a network or a KonvError, soon, in little memory.

Nothing in a file is ever run, looked up by name, or repeated by reference.
"""

import json
import random
import subprocess
import sys
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import FormatError, KonvError, LimitError
from konv.layers import LAYERS, Add, Conv2D, Dense, Flatten, Input, MaxPooling2D, ReLU
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.network import Network, from_config, functional
from konv.network.report import report
from oracles.properties import examples

SECONDS = 20  # 5 on a machine with nothing else to do


def sample():
    start = Input((8, 8, 2))
    shared = Conv2D(2, 3, padding="same", name="탑")
    both = Add()(shared(start), shared(ReLU()(start)))
    return functional(start, Dense(3, activation="softmax")(Flatten()(MaxPooling2D()(both))))


YAML, JSON = sample().to_yaml().encode(), sample().to_json().encode()


def opened(path, content):
    """The network, or the KonvError; anything else fails the test."""
    path.write_bytes(content)
    began = time.perf_counter()
    found = network_or_error(lambda: Network.from_file(path))
    assert time.perf_counter() - began < SECONDS
    return found


def network_or_error(read):
    """What ``read`` returns, if that can be shown, or a KonvError with a text."""
    try:
        network = read()
        assert report(network).text(80)
        return network
    except KonvError as error:
        return f"{error}" and error


@pytest.mark.parametrize(("content", "ending"), [(YAML, "yaml"), (JSON, "json")])
def test_a_file_cut_off_anywhere(tmp_path, content, ending):
    for length in range(len(content)):
        found = opened(tmp_path / f"net.{ending}", content[:length])
        if ending == "json" and length < len(content.rstrip()):
            assert isinstance(found, FormatError)


@pytest.mark.parametrize(("content", "ending"), [(YAML, "yaml"), (JSON, "json")])
def test_a_file_with_flipped_bits(tmp_path, content, ending):
    chance = random.Random(0)
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(chance.choice([1, 1, 4])):
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        opened(tmp_path / f"net.{ending}", bytes(changed))


@given(st.binary(max_size=200), st.sampled_from(["yaml", "json"]))
@examples(150)
def test_any_bytes(tmp_path_factory, content, ending):
    opened(tmp_path_factory.getbasetemp() / f"any.{ending}", content)


WORDS = (
    *(
        "konv: 1",
        "layers:",
        "- ",
        "  ",
        "\n",
        "{",
        "}",
        "[",
        "]",
        ": ",
        ", ",
        "Input",
        "shape",
        "8",
    ),
    *(
        "Conv2D",
        "filters",
        "kernel_size",
        "Dense",
        "units",
        "name",
        "inputs",
        "shares",
        "Add",
        "-1",
    ),
    *(
        "&a",
        "*a",
        "!!str",
        "!",
        "|",
        ">",
        "?",
        "'",
        '"',
        "\\",
        "%",
        "---",
        "...",
        "#",
        "~",
        "\t",
        "<<",
    ),
    *("1e999", "0x1", "yes", "\x85", "\u2028", "\ufeff", "\ud83d\ude42", "\\U00110000", "9" * 30),
)


@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(["yaml", "json"]))
@examples(300)
def test_any_words_in_any_order(tmp_path_factory, words, ending):
    content = "".join(words).encode("utf-8", "surrogatepass")
    opened(tmp_path_factory.getbasetemp() / f"words.{ending}", content)


def layers(*lines):
    return "konv: 1\nlayers:\n- Input: {shape: [8, 8, 1]}\n" + "".join(
        f"- {line}\n" for line in lines
    )


LAUGHS = "a0: &a0 [ha, ha]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)
SAME_NAMES = "\n".join(f"- ReLU: {{name: {'n' * 100}{index}}}" for index in range(5_000))

BOMBS = [
    ("billion laughs", LAUGHS),
    ("one anchor and many aliases", "a: &a x\nb: [" + "*a, " * 100_000 + "*a]"),
    ("deep lists", "[" * 1_000_000),
    ("deep mappings", "{a: " * 500_000),
    ("deep blocks", "- " * 1_000_000),
    ("deep complex keys", "? " * 1_000_000),
    ("indented ever deeper", "".join(" " * depth + "a:\n" for depth in range(2_000))),
    ("many values", "[" + "a, " * 1_000_000 + "]"),
    ("many keys", "{" + ", ".join(f"k{index}: 1" for index in range(190_000)) + "}"),
    ("one long text", "konv: " + "x" * 4_000_000),
    ("one long key", "x" * 4_000_000 + ": 1"),
    ("one long quoted text", '"' + "\\u0041" * 600_000 + '"'),
    ("one long number", "konv: " + "9" * 4_000_000),
    ("one long number of hours", "konv: " + "1:" * 2_000_000),
    ("one long comment", "#" * 4_000_000),
    ("empty lines", "\n" * 4_000_000),
    ("many documents", "--- a\n" * 500_000),
    ("many tags", "- !a b\n" * 500_000),
    ("an anchor as long as the file", "&" + "a" * 4_000_000 + " b"),
    ("a layer name as long as the file", layers("x" * 3_900_000)),
    ("a field name as long as the file", layers("Dense: {" + "x" * 3_900_000 + ": 1}")),
    ("a value as long as the file", layers("Dense: {units: " + "x" * 3_900_000 + "}")),
    ("a list as long as the file", layers("Dense: {units: [" + "1, " * 190_000 + "]}")),
    ("too many layers", layers(*["ReLU"] * 10_001)),
    (
        "as many layers as allowed, the last wrong",
        layers(*["ReLU"] * 9_998, "Conv2D: {filters: 0}"),
    ),
    ("pools that reach no end", layers(*["MaxPooling2D: {padding: same}"] * 3_000, "Flatten")),
    ("huge strides", layers(*["MaxPooling2D: {pool_size: 16384, padding: same}"] * 2_000)),
    (
        "a window that does not fit behind thousands of strides",
        layers(
            *["Conv2D: {filters: 1, kernel_size: 1, strides: 2}"] * 3_000,
            "Conv2D: {filters: 1, kernel_size: 9}",
        ),
    ),
    (
        "a misspelt name among thousands like it",
        layers() + SAME_NAMES + f"\n- ReLU: {{inputs: {'n' * 101}}}",
    ),
    (
        "a map that doubles with every layer",
        layers(
            *(f"Concatenate: {{inputs: [concatenate_{n}, concatenate_{n}]}}" for n in range(1, 60))
        ).replace("concatenate_1, concatenate_1", "input_1, input_1"),
    ),
    (
        "one layer with a hundred thousand inputs",
        layers("Add: {inputs: [" + "input_1, " * 100_000 + "]}"),
    ),
]


@pytest.mark.parametrize(("what", "text"), BOMBS, ids=[what for what, _text in BOMBS])
def test_a_bomb_does_not_go_off(tmp_path, what, text):
    opened(tmp_path / "net.yaml", text.encode()[:MAX_NETWORK_FILE_BYTES])


JSON_BOMBS = [
    "[" * 4_000_000,
    '{"a":' * 800_000,
    "[" + "1," * 2_000_000 + "1]",
    '{"konv": ' + "9" * 4_000_000 + "}",
    '{"konv": 1e' + "9" * 4_000_000 + "}",
    '"' + "\\u0041" * 600_000 + '"',
    "\n" * 4_000_000,
    '{"konv": 1, "layers": [' + '"ReLU",' * 199_000 + '"ReLU"]}',
]


@pytest.mark.parametrize("text", JSON_BOMBS, ids=range(len(JSON_BOMBS)))
def test_a_json_bomb_does_not_go_off(tmp_path, text):
    found = opened(tmp_path / "net.json", text.encode()[:MAX_NETWORK_FILE_BYTES])
    assert isinstance(found, KonvError)


MEASURE = """
import re, sys
from konv.network import Network
from konv.errors import KonvError

def peak_bytes():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

Network.from_file(sys.argv[1])
before = peak_bytes()
for path in sys.argv[2:]:
    try:
        Network.from_file(path)
    except KonvError as error:
        print(error.code)
print(peak_bytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_bombs_take_little_memory(tmp_path):
    whats = ["many values", "many keys", "empty lines", "one long key", "too many layers"]
    paths = [tmp_path / f"{what}.yaml" for what in ("sample", *whats)]
    contents = [YAML, *(dict(BOMBS)[what].encode()[:MAX_NETWORK_FILE_BYTES] for what in whats)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    *codes, grown_bytes = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.split()
    assert codes == ["K602", "K402", "K401", "K401", "K302"]
    assert int(grown_bytes) < max(map(len, contents)) + 64 * 2**20


TAGS = [
    "!!python/object/apply:os.mkdir [{folder}]",
    "!!python/object/new:os.mkdir [{folder}]",
    "!!python/name:os.mkdir",
    "!!python/module:antigravity",
    "!!python/object:konv.layers.Dense {{units: 3}}",
    "!!binary aGVsbG8=",
    "!!set {{a, b}}",
    "!!timestamp 2001-12-14",
    "!<tag:yaml.org,2002:python/object/apply:os.mkdir> [{folder}]",
]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("frame", ["{tag}", "konv: {tag}", "konv: 1\nlayers: [{tag}]"])
def test_a_tag_runs_nothing(tmp_path, tag, frame):
    folder = tmp_path / "made"
    text = frame.format(tag=tag.format(folder=folder))
    found = opened(tmp_path / "net.yaml", text.encode())
    assert isinstance(found, FormatError)
    assert "tag" in str(found)
    assert not folder.exists()


@pytest.mark.parametrize(
    "word",
    ["os.system", "konv.layers.Dense", "__class__", "Layer", "object", "Checked", "ActivatedLayer"],
)
def test_only_layers_of_the_list_can_be_named(word):
    for text in (layers(word), layers(f"{word}: {{units: 1}}")):
        with pytest.raises(FormatError) as caught:
            Network.from_yaml(text)
        assert caught.value.code == "K408"


HOSTILE = [
    *(0, -1, 1.5, 2**31, 2**62, 2**63 - 1, -(2**63), 10**59, 1e308, -1e308, 1e-320, 0.1),
    *("", " ", "\n", "no such word", "x" * 1_000, "/etc/passwd", "<script>", None, True, False),
    *([], [[]], [1], [1, 2, 3], [2**62, 1], [[1, 2], [3, -1]], {}, {"a": 1}, [None, None]),
]
FIRST_FIELDS = {
    "Conv2D": {"filters": 2, "kernel_size": 2},
    "SeparableConv2D": {"filters": 2, "kernel_size": 2},
    "DepthwiseConv2D": {"kernel_size": 2},
    "Dense": {"units": 2},
    "Activation": {"activation": "relu"},
    "Dropout": {"rate": 0.5},
}
FIELDS = [(kind, field) for kind, layer in LAYERS.items() for field in layer.constraints()]


@pytest.mark.parametrize(("kind", "field"), [*FIELDS, ("Flatten", "inputs"), ("Dense", "shares")])
def test_any_value_in_any_field_is_taken_or_refused(kind, field):
    for value in HOSTILE:
        config = {"konv": 1, "layers": [{"Input": {"shape": [4, 4, 2]}}]}
        fields = {**FIRST_FIELDS.get(kind, {}), field: value}
        if kind == "Input":
            config["layers"] = [{"Input": {"shape": [4, 4, 2], field: value}}]
        else:
            if kind in ("Add", "Concatenate"):
                fields = {"inputs": ["input_1", "input_1"], field: value}
            config["layers"].append({kind: fields})
        network_or_error(lambda config=config: from_config(config))
        network_or_error(lambda config=config: Network.from_json(json.dumps(config)))
        # PyYAML writes otherwise than konv does.
        network_or_error(lambda config=config: Network.from_yaml(yaml.safe_dump(config)))


def test_a_file_that_never_ends_is_cut_off(tmp_path):
    path = tmp_path / "net.yaml"
    with open(path, "wb") as file:
        file.truncate(2**40)  # a hole of a terabyte
    with pytest.raises(LimitError):
        Network.from_file(path)
