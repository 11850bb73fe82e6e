"""What is wrong in a network file, and where."""

import json
import time

import pytest

from konv.errors import FormatError, KonvError, LimitError, NetworkError, ParameterError, ShapeError
from konv.layers import BatchNormalization, Concatenate, Input, ReLU
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.network import Network, from_config, functional, sequential
from konv.network.reading import network_from_yaml

HEAD = "konv: 1\nlayers:\n  - Input: {shape: [8, 8, 1]}\n"  # lines 1 to 3


BROKEN = [
    # text behind HEAD (from line 4), class, code, line, what the message says
    ("  - Conv2d: {filters: 3}", FormatError, "K408", 4, 'did you mean "Conv2D"?'),
    ("  - Convolution2D: {filters: 3}", FormatError, "K408", 4, "stride 1"),
    ("  - SeparableConvolution2D", FormatError, "K408", 4, "fix         SeparableConv2D: {filters"),
    ("  - 3", FormatError, "K402", 4, "no layer with its fields"),
    ("  - []", FormatError, "K402", 4, "no layer with its fields"),
    ("  - {}", FormatError, "K402", 4, "no layer with its fields"),
    ("  - {Flatten: {}, Dense: {units: 2}}", FormatError, "K402", 4, "no layer with its fields"),
    ("  - Dense: 10", FormatError, "K402", 4, "no layer with its fields"),
    ("  - Dense:\n      unit: 3", FormatError, "K402", 5, 'did you mean "units"?'),
    ("  - Conv2D:\n      nb_filter: 3", FormatError, "K402", 5, "it is called filters here"),
    ("  - Conv2D:\n      self: 3\n      cls: 3", FormatError, "K402", 5, "'self'"),
    ("  - Conv2D: {cls: 3}", FormatError, "K402", 4, "'cls'"),
    ("  - Conv2D: {filters: 3}", ParameterError, "K203", 4, "kernel_size"),
    ("  - Conv2D:\n      filters: 0\n      kernel_size: 3", ParameterError, "K201", 5, "filters=0"),
    ("  - Conv2D:\n      filters: 1\n      kernel_size: 3.5", ParameterError, "K201", 6, "3.5"),
    ("  - Conv2D:\n      filters: true\n      kernel_size: 3", ParameterError, "K201", 5, "True"),
    ("  - Dense:\n      units: [[[]]]", ParameterError, "K201", 5, "units=[[[]]]"),
    ("  - Dense:\n      units: {a: {b: c}}", ParameterError, "K201", 5, "units"),
    ("  - Dense:\n      units: 99999999999999999999", ParameterError, "K201", 5, "units"),
    ('  - Dense: {units: 2, name: ""}', ParameterError, "K201", 4, "name"),
    ("  - Dense: {units: 2, name: a/b}", ParameterError, "K201", 4, "name"),
    ("  - Dense: {units: 2, name: [a]}", ParameterError, "K201", 4, "name"),
    ("  - Flatten\n  - Flatten: {inputs: 3}", ParameterError, "K201", 5, "inputs"),
    ("  - Flatten\n  - Conv2D: {filters: 2, kernel_size: 2}", ShapeError, "K102", 5, "layer 2"),
    ("\n\n  - Conv2D: {filters: 2, kernel_size: 9}", ShapeError, "K104", 6, "(8 + 2·0 − 9)"),
    ("  - Flatten: {inputs: conv2d_1}", NetworkError, "K305", 4, "no layer 'conv2d_1'"),
    ("  - Flatten: {inputs: input_2}", NetworkError, "K305", 4, 'did you mean "input_1"?'),
    (
        "  - ReLU: {inputs: late}\n  - ReLU: {name: late}",
        NetworkError,
        "K305",
        4,
        "not come before",
    ),
    ("  - ReLU: {inputs: relu_1}", NetworkError, "K305", 4, "not come before"),
    ("  - ReLU: {inputs: []}", ShapeError, "K101", 4, "given: 0"),
    ("  - ReLU: {inputs: [input_1, input_1]}", ShapeError, "K101", 4, "given: 2"),
    ("  - Add", FormatError, "K402", 4, "inputs is missing"),
    ("  - ReLU: {name: a}\n  - ReLU: {name: a}", NetworkError, "K303", 5, "line 4"),
    ("  - Input: {shape: [4]}", NetworkError, "K307", 4, "second Input"),
    ("  - ReLU\n  - ReLU: {inputs: input_1}", NetworkError, "K302", 4, "nothing uses"),
    ("  - Flatten\n  - Dense: {shares: dense_9}", NetworkError, "K305", 5, "dense_9"),
    ("  - Dense: {units: 1}\n  - Conv2D: {shares: dense_1}", ParameterError, "K203", 5, "filters"),
    ("  - Dense: {units: 2}\n  - Dense: {shares: dense_1}", NetworkError, "K306", 5, "one layer"),
]


@pytest.mark.parametrize(("text", "kind", "code", "line", "says"), BROKEN)
def test_an_error_names_its_line_in_yaml(text, kind, code, line, says):
    with pytest.raises(kind) as caught:
        network_from_yaml(HEAD + text, "net.yaml")
    assert caught.value.code == code
    assert f"{caught.value.where},".startswith(f"net.yaml line {line},")
    assert says in str(caught.value)


TOP = [
    ("konv: 1", "K402", "layers"),
    ("layers: [Input: {shape: [4]}]", "K402", "konv"),
    ("[]", "K402", "no fields"),
    ("hello", "K402", "no fields"),
    ("konv: 1\nlayers: []", "K402", "no list of layers"),
    ("konv: 1\nlayers: {}", "K402", "no list of layers"),
    ("konv: 1\nlayers: [Flatten]", "K301", "Flatten"),
    ("konv: 0\nlayers: []", "K402", "konv=0"),
    ("konv: true\nlayers: []", "K402", "konv=True"),
    ('konv: "1"\nlayers: []', "K402", "konv='1'"),
    ("konv: 1.0\nlayers: []", "K402", "konv=1.0"),
    ("konv: 2\nsomething: new", "K403", "newer konv"),
    ("konv: 999999999999999999999999999999999999", "K403", "newer konv"),
    ("konv: 1\nlayer: []", "K402", 'did you mean "layers"?'),
    ('konv: 1\nname: ""\nlayers: [Input: {shape: [4]}]', "K201", "name"),
    ("konv: 1\nname: 3\nlayers: [Input: {shape: [4]}]", "K201", "name=3"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\ndescription: text", "K402", "description"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\ndescription: {fr: texte}", "K402", "'fr'"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\ndescription: {en: 3}", "K402", "en"),
    ('konv: 1\nlayers: [Input: {shape: [4]}]\ndescription: {en: "\\e[31m"}', "K201", "\\x1b"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\nadapts: input", "K402", "adapts"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\nadapts: [[]]", "K402", "adapts"),
    ("konv: 1\nlayers: [Input: {shape: [4]}]\nadapts: [colours]", "K402", "adapts"),
]


@pytest.mark.parametrize(("text", "code", "says"), TOP)
def test_the_frame_of_a_file_is_checked(text, code, says):
    with pytest.raises(KonvError) as caught:
        network_from_yaml(text)
    assert caught.value.code == code
    assert says in str(caught.value)
    assert caught.value.fix


def test_an_error_names_its_line_in_json():
    text = '{"konv": 1, "layers": [\n{"Input": {"shape": [8, 8, 1]}},\n{"Dense":\n{"units": 0}}]}'
    with pytest.raises(ParameterError) as caught:
        Network.from_json(text)
    assert caught.value.where == "line 4, layer 1 Dense"


def test_an_error_in_plain_data_names_the_layer():
    config = {"konv": 1, "layers": [{"Input": {"shape": [4]}}, {"Dense": {"units": 0}}]}
    with pytest.raises(ParameterError) as caught:
        from_config(config)
    assert caught.value.where == "layer 1 Dense"


@pytest.mark.parametrize("text", [None, b"konv: 1", 3])
def test_what_is_no_text_is_refused(text):
    for read in (Network.from_yaml, Network.from_json):
        with pytest.raises(FormatError, match="where a text is needed"):
            read(text)


@pytest.mark.parametrize(
    "config",
    [
        {"konv": 1, "layers": [{"Input": {"shape": (4,)}}]},
        {"konv": 1, "layers": ({"Input": {"shape": [4]}},)},
    ],
)
def test_plain_data_may_hold_tuples(config):
    assert from_config(config).input_shape == (4,)


@pytest.mark.parametrize("config", [None, 3, [], {}, {3: 4}, {"konv": 1, "layers": object()}])
def test_plain_data_that_is_no_network_is_refused(config):
    with pytest.raises(FormatError):
        from_config(config)


def test_a_list_that_holds_itself_is_refused():
    layers = []
    layers.append(layers)
    with pytest.raises(FormatError) as caught:
        from_config({"konv": 1, "layers": layers})
    assert "nesting" in str(caught.value)


def test_fields_may_be_left_empty_and_spread_over_lines():
    network = Network.from_yaml(HEAD + "  - Flatten:\n  - Dense:\n      units: 3\n")
    assert [node.name for node in network.nodes] == ["input_1", "flatten_1", "dense_1"]


def test_description_and_adapts_are_read():
    text = "konv: 1\ndescription: {en: a  b, ko: 가}\nadapts: [classes]\n" + HEAD[8:]
    file = network_from_yaml(text)
    assert dict(file.description) == {"en": "a b", "ko": "가"}
    assert file.adapts == {"classes"}


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json", ".YAML"])
def test_files_both_ways(tmp_path, ending):
    path = tmp_path / f"신경망{ending}"
    network = Network.from_yaml(HEAD + "  - Flatten\n")
    network.to_file(path)
    assert Network.from_file(path) == network
    assert Network.from_file(str(path)) == network
    assert list(tmp_path.iterdir()) == [path]


def test_a_byte_order_mark_is_skipped(tmp_path):
    path = tmp_path / "net.json"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps({"konv": 1, "layers": [{"Input": {"shape": [4]}}]}).encode()
    )
    assert Network.from_file(path).input_shape == (4,)


def test_a_file_that_is_no_utf_8_names_the_line(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes("konv: 1\nname: 한글\n".encode("cp949"))
    with pytest.raises(FormatError) as caught:
        Network.from_file(path)
    assert caught.value.where == f"{path} line 2"


@pytest.mark.parametrize("name", ["net.txt", "net", "net.yaml.gz", "missing.yaml", "a\0b.yaml"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "net.txt").write_text(HEAD)
    with pytest.raises(FormatError) as caught:
        Network.from_file(tmp_path / name)
    assert caught.value.code == "K404"
    assert name in caught.value.where


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "net.yaml").mkdir()
    with pytest.raises(FormatError) as caught:
        Network.from_file(tmp_path / "net.yaml")
    assert caught.value.code == "K404"


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"#" * (MAX_NETWORK_FILE_BYTES + 1))
    with pytest.raises(LimitError) as caught:
        Network.from_file(path)
    assert caught.value.code == "K602"
    with pytest.raises(LimitError):
        Network.from_yaml("#" * (MAX_NETWORK_FILE_BYTES + 1))


def test_the_network_behind_an_unknown_ending_is_not_written(tmp_path):
    with pytest.raises(FormatError) as caught:
        Network.from_yaml(HEAD).to_file(tmp_path / "net.txt")
    assert caught.value.code == "K404"
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_read_back_is_not_written(tmp_path):
    name = "n" * 110
    layers = [ReLU(name=f"{name}{index}") for index in range(9_000)]
    start = Input((4,))
    tensors = [start.tensor]
    for layer in layers:
        tensors.append(layer(tensors[-1]))
    last = Concatenate()(*tensors, *tensors, *tensors)
    path = tmp_path / "net.yaml"
    with pytest.raises(LimitError) as caught:
        functional(start, last).to_file(path)
    assert caught.value.code == "K602"
    assert not path.exists()


def test_a_large_network_is_read_back_in_time(tmp_path):
    fields = {"momentum": 0.5, "epsilon": 0.5, "center": False, "scale": False}
    layers = [BatchNormalization(**fields, name=f"layer number {i}") for i in range(4_000)]
    network = sequential([Input((4,)), *layers])
    path = tmp_path / "net.yaml"
    network.to_file(path)
    start = time.perf_counter()
    assert Network.from_file(path) == network
    assert time.perf_counter() - start < 15  # measured: 1.5 s
