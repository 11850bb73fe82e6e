"""The source text: readable, whole, and nothing but what it should be, whatever names it holds."""

import ast

import pytest

from konv.data.preprocessing import Preprocessing
from konv.formats.pytorch.code import program_code, torch_code
from konv.formats.pytorch.lowering.lowering import program_of
from konv.layers import (
    Add,
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
)
from konv.network.graph import functional, sequential
from konv.network.named import named_networks
from oracles.random_networks import random_network

RESIDUAL = '''\
class Residual(nn.Module):
    """(N, 2, 4, 5) -> (N, 3), in float32."""

    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(2, 4, 3, padding=1)
        self.conv2d_1_relu = nn.ReLU()
        self.conv2d_2_pad = nn.ZeroPad2d((0, 1, 0, 1))
        self.conv2d_2 = nn.Conv2d(4, 4, 2, bias=False)
        self.max_pooling2d_1 = nn.MaxPool2d(2)
        self.min_pooling2d_1 = nn.MaxPool2d((1, 2), 1)
        self.flatten_1 = nn.Flatten()
        self.dense_1 = nn.Linear(8, 3)
        self.dense_1_softmax = nn.Softmax(dim=1)

    def forward(self, x):
        x = self.conv2d_1(x)
        conv2d_1_relu = self.conv2d_1_relu(x)
        x = self.conv2d_2_pad(conv2d_1_relu)
        x = self.conv2d_2(x)
        x = conv2d_1_relu + x
        x = self.max_pooling2d_1(x)
        x = -x
        x = self.min_pooling2d_1(x)
        x = -x
        x = self.flatten_1(x)
        x = self.dense_1(x)
        x = self.dense_1_softmax(x)
        return x
'''


def residual(name="residual"):
    x = Input((4, 5, 2)).tensor
    y = Conv2D(4, 3, padding="same", activation="relu")(x)
    z = Add()([y, Conv2D(4, 2, padding="same", use_bias=False)(y)])
    z = MinPooling2D((1, 2), 1)(MaxPooling2D(2)(z))
    return functional(x, Dense(3, activation="softmax")(Flatten()(z)), name=name)


def test_a_network_reads_as_one_would_write_it():
    assert RESIDUAL in torch_code(residual())


def parsed(text):
    """The names at the top of the text, which is whole Python without a call outside functions."""
    tree = ast.parse(text)
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef)
    assert all(isinstance(node, allowed) for node in tree.body)
    for node in tree.body:
        if isinstance(node, ast.Expr | ast.Assign):
            ast.literal_eval(node.value)
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_named_networks_are_whole_python(named):
    assert parsed(torch_code(named.network))[-1] == "load"


def test_random_networks_are_whole_python():
    for seed in range(60):
        names = parsed(torch_code(random_network(seed, exact=False)))
        assert names[-2:] == ["Network", "load"]


def test_what_pytorch_lacks_comes_as_a_function():
    layers = [Input((4, 4, 1)), AveragePooling2D(2, padding=((0, 1), (0, 0))), ReLU(threshold=1)]
    assert parsed(torch_code(sequential(layers))) == ["average_pool", "Network", "load"]
    layers[2] = ReLU(max_value=1, threshold=0.5)
    assert parsed(torch_code(sequential(layers))) == [
        *("average_pool", "rectifier", "Network", "load")
    ]


def test_pixels_become_the_input_as_konv_does_it():
    program = program_of(sequential([Input((2, 3, 1)), Flatten(), Dense(1)]))
    text = program_code(program, preprocessing=Preprocessing(2, 3, 1, mean=(0.5,), std=(0.25,)))
    assert (
        """\
def prepare(pixels):
    \"\"\"What the network takes, of uint8 pixels (N, 2, 3, 1).\"\"\"
    x = pixels / 255
    x = x - torch.tensor((0.5,))
    x = x / torch.tensor((0.25,))
    return x.permute(0, 3, 1, 2)
"""
        in text
    )


HOSTILE = [
    'x"""\nimport os\nos.system("touch harmed")\n"""',
    "a'); __import__('os').system('touch harmed') #",
    "\\",
    "\\N{BULLET}",
    "{0}{__class__}",
    "\u202e\u2066evil",
    "a\rb",
    "class",
    "nn",
    "Path",
    "load",
    "torch",
    "NAME",
    "average_pool",
    "__init__",
    "forward",
    "self",
    "True",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_code(name):
    layers = [
        Input((4, 4, 1), name=_layer(name, "in")),
        Conv2D(2, 3, name=_layer(name, "")),
        Flatten(name=_layer(name, " ")),
        Dense(2),
    ]
    network = sequential(layers, name="".join(sign for sign in name if sign.isprintable()) or "n")
    text = program_code(program_of(network), class_names=(name, name + "2"))
    tree = ast.parse(text)
    assert parsed(text)[-1] == "load"
    assert len(parsed(text)) == 2
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {getattr(node, "module", None) or node.names[0].name for node in imported} == {
        *("pathlib", "torch", "safetensors.torch")
    }
    constants = {
        node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)
    }
    assert ast.literal_eval(constants["CLASSES"]) == (name, name + "2")


def _layer(name, suffix):
    """The name as one that a layer can have."""
    printable = "".join(sign for sign in name if sign.isprintable() and sign not in "/:")
    return (printable + suffix)[:100] or "n"
