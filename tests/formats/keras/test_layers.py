"""Single layers of Keras 2 and 3, as their files write them, and what each is in konv."""

import pytest

from formats.keras.keras_files import policy
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras import KNOWN_CLASSES, translated
from konv.layers import (
    ELU,
    LAYERS,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)

FIRST = {"data_format": "channels_first"}
CONV = {"filters": 8, "kernel_size": [3, 3]}
NOTHING = Activation("linear")


def read(kind, config, shape=None):
    """(layers, notes, what was refused)."""
    notes, refused = [], Refusals()
    layers = translated(kind, config, "here", notes, refused, input_shape=shape)
    return layers, [note.text for note in notes], [what for _where, what in refused.found]


def serialized(name, **config):
    return {"module": "keras.initializers", "class_name": name, "config": config}


def inner(name, **config):
    return {"module": "keras.layers", "class_name": name, "config": config}


TAKEN = [
    ("InputLayer", {"batch_shape": [None, 4, 4, 1]}, [Input((4, 4, 1))]),
    ("InputLayer", {"batch_input_shape": [None, 9]}, [Input((9,))]),
    ("Input", {"shape": (4, 4, 1)}, [Input((4, 4, 1))]),
    ("Conv2D", CONV, [Conv2D(8, 3)]),
    (
        "Convolution2D",
        {**CONV, "strides": [2, 1], "padding": "SAME", "groups": 2, **FIRST},
        [Conv2D(8, 3, strides=(2, 1), padding="same", groups=2, **FIRST)],
    ),
    ("Conv2D", {**CONV, "dilation_rate": [2, 2]}, [Conv2D(8, 3, dilation_rate=2)]),
    ("Conv2D", {**CONV, "activation": "swish"}, [Conv2D(8, 3, activation="silu")]),
    ("Conv2D", {**CONV, "activation": "hard_silu"}, [Conv2D(8, 3, activation="hard_swish")]),
    ("Conv2D", {**CONV, "activation": "relu6"}, [Conv2D(8, 3), ReLU(6)]),
    (
        "Conv2D",
        {**CONV, "activation": inner("LeakyReLU", negative_slope=0.1)},
        [Conv2D(8, 3), LeakyReLU(0.1)],
    ),
    (
        "Conv2D",
        {**CONV, "activation": {"class_name": "function", "config": "tanh", "module": "builtins"}},
        [Conv2D(8, 3, activation="tanh")],
    ),
    (
        "Conv2D",
        {**CONV, "kernel_initializer": serialized("HeNormal", seed=None)},
        [Conv2D(8, 3, kernel_initializer="he_normal")],
    ),
    (
        "Dense",
        {
            "units": 3,
            "kernel_initializer": serialized(
                "VarianceScaling", scale=1.0, mode="fan_in", distribution="normal"
            ),
            "bias_initializer": serialized("Constant", value=1),
        },
        [Dense(3, kernel_initializer="lecun_normal", bias_initializer="ones")],
    ),
    (
        "DepthwiseConv2D",
        {"kernel_size": 3, "depth_multiplier": 2, "use_bias": False},
        [DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)],
    ),
    (
        "SeparableConv2D",
        {**CONV, "depth_multiplier": 2, "pointwise_initializer": "he_uniform"},
        [SeparableConv2D(8, 3, depth_multiplier=2, pointwise_initializer="he_uniform")],
    ),
    ("MaxPooling2D", {}, [MaxPooling2D(2)]),
    ("MaxPool2D", {"pool_size": [2, 3], "strides": [2, 3]}, [MaxPooling2D((2, 3))]),
    ("MaxPooling2D", {"pool_size": [3, 3], "strides": [2, 2]}, [MaxPooling2D(3, strides=2)]),
    ("AvgPool2D", {"pool_size": 2, "padding": "same"}, [AveragePooling2D(2, padding="same")]),
    ("GlobalAvgPool2D", {"keepdims": True}, [GlobalAveragePooling2D(keepdims=True)]),
    ("GlobalMaxPool2D", {**FIRST, "keepdims": False}, [GlobalMaxPooling2D(**FIRST)]),
    ("ZeroPadding2D", {"padding": [[1, 0], [2, 3]]}, [ZeroPadding2D(((1, 0), (2, 3)))]),
    ("Flatten", FIRST, [Flatten("channels_first")]),
    ("Dense", {"units": 3, "activation": "softmax"}, [Dense(3, activation="softmax")]),
    ("Dense", {"units": 3, "activation": None, "dtype": policy("float32")}, [Dense(3)]),
    ("Activation", {"activation": "gelu"}, [Activation("gelu")]),
    ("Activation", {"activation": "relu6"}, [ReLU(6)]),
    ("Activation", {"activation": inner("ReLU", max_value=2.0)}, [ReLU(2)]),
    (
        "ReLU",
        {"max_value": None, "negative_slope": [0.5], "threshold": 1},
        [ReLU(None, negative_slope=0.5, threshold=1)],
    ),
    ("LeakyReLU", {}, [LeakyReLU(0.3)]),
    ("LeakyReLU", {"alpha": 0.1}, [LeakyReLU(0.1)]),
    (
        "LeakyReLU",
        {"alpha": {"class_name": "__numpy__", "config": {"value": 0.25, "dtype": "float32"}}},
        [LeakyReLU(0.25)],
    ),
    ("ELU", {"alpha": 1.0}, [Activation("elu")]),
    ("Gelu", {"name": None, "approximate": False}, [Activation("gelu")]),
    ("Softmax", {"axis": -1}, [Activation("softmax")]),
    ("Dropout", {"rate": 0.5, "seed": None, "noise_shape": None}, [Dropout(0.5)]),
    ("BatchNormalization", {"axis": [3], "momentum": 0.9}, [BatchNormalization(3, momentum=0.9)]),
    (
        "BatchNormalizationV1",
        {"axis": 1, "scale": False, "fused": True, "renorm": False},
        [BatchNormalization(1, scale=False)],
    ),
    ("Add", {}, [Add()]),
    ("Concatenate", {"axis": 1}, [Concatenate(1)]),
    ("Permute", {"dims": [1, 2, 3]}, [NOTHING]),
    ("Reshape", {"target_shape": [-1]}, [Flatten()]),
    ("Reshape", {"target_shape": [4, 4, 1]}, [NOTHING]),
    ("GaussianNoise", {"stddev": 0.1}, [NOTHING]),
    ("SpatialDropout2D", {"rate": 0.1}, [NOTHING]),
    ("RandomContrast", {"factor": 0.1, "value_range": [0, 255]}, [NOTHING]),
]


@pytest.mark.parametrize(("kind", "config", "layers"), TAKEN)
def test_a_layer_of_keras_is_this_in_konv(kind, config, layers):
    found, _notes, refused = read(kind, config, (4, 4, 1))
    assert (list(found), refused) == (layers, [])


def test_each_layer_that_both_have_is_in_the_table():
    own = {"MinPooling2D"}
    assert set(LAYERS) - own <= KNOWN_CLASSES
    made = {type(layer).__name__ for _kind, _config, layers in TAKEN for layer in layers}
    assert set(LAYERS) - own - {"ELU"} <= made


def test_a_name_is_kept_and_a_layer_behind_is_called_after_it():
    layers, notes, _refused = read("Conv2D", {**CONV, "name": "합성곱", "activation": "relu6"})
    assert [layer.name for layer in layers] == ["합성곱", "합성곱_activation"]
    assert notes == []


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("Dense", {"kernel_regularizer": {"class_name": "L2"}}, "kernel_regularizer is ignored"),
        ("Dense", {"bias_constraint": {"class_name": "NonNeg"}}, "bias_constraint is ignored"),
        ("Dense", {"trainable": False}, "trainable=False is ignored"),
        ("Dense", {"dtype": policy("mixed_float16")}, "mixed_float16 is ignored"),
        ("Dense", {"dtype": policy("mixed_bfloat16")}, "mixed_bfloat16 is ignored"),
        ("Dense", {"kernel_initializer": "orthogonal"}, "kernel_initializer 'orthogonal'"),
        ("Dense", {"kernel_initializer": serialized("Orthogonal")}, "'Orthogonal' is not konv's"),
        ("Dense", {"name": "a/b"}, "it is called a_b in konv"),
        ("Dropout", {"rate": 0.5, "seed": 7}, "seed is ignored"),
        ("InputLayer", {"batch_shape": [32, 4]}, "the batch of 32 is ignored"),
        ("InputLayer", {"shape": [4], "dtype": "uint8"}, "its uint8 is ignored"),
        ("GaussianNoise", {"stddev": 1}, "GaussianNoise acts in training only"),
        ("Permute", {"dims": [1, 2, 3]}, "Permute changes nothing here"),
        ("Reshape", {"target_shape": [16]}, "it does what Flatten does"),
    ],
)
def test_what_is_ignored_is_noted(kind, config, said):
    if kind == "Dense":
        config = {"units": 3, **config}
    layers, notes, refused = read(kind, config, (4, 4, 1))
    assert layers
    assert not refused
    assert len(notes) == 1
    assert notes[0].startswith(said) or said in notes[0]


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("Conv2DTranspose", CONV, "Conv2DTranspose"),
        ("Conv2D", {**CONV, "padding": "causal"}, "Conv2D(padding='causal')"),
        ("Conv2D", {**CONV, "padding": "full"}, "Conv2D(padding='full')"),
        ("Conv2D", {**CONV, "padding": 1}, "Conv2D(padding=1)"),
        ("Conv2D", {**CONV, "colour": "red"}, "Conv2D(colour='red')"),
        ("Conv2D", {"filters": 8}, "Conv2D: kernel_size missing"),
        ("Conv2D", {**CONV, "filters": 0}, "Conv2D: filters=0"),
        ("Conv2D", {**CONV, "lora_rank": 4}, "Conv2D(lora_rank=4)"),
        ("Conv2D", {**CONV, "activation": "log_softmax"}, "Conv2D(activation='log_softmax')"),
        ("Conv2D", {**CONV, "activation": inner("PReLU")}, "Conv2D(activation='PReLU')"),
        (
            "Conv2D",
            {**CONV, "activation": {"class_name": "ReLU", "registered_name": "my>ReLU"}},
            "Conv2D(activation='ReLU')",
        ),
        ("Dense", {"units": 3, "dtype": "float64"}, "Dense(dtype='float64')"),
        ("Dense", {"units": 3, "dtype": policy("int8")}, "Dense(dtype='int8')"),
        ("Dropout", {"rate": 0.5, "noise_shape": [1, 2]}, "Dropout(noise_shape=[1, 2])"),
        ("Dropout", {"rate": 1.5}, "Dropout: rate=1.5"),
        ("BatchNormalization", {"renorm": True}, "BatchNormalization(renorm=True)"),
        ("BatchNormalization", {"axis": [1, 2]}, "BatchNormalization: axis=[1, 2]"),
        ("Softmax", {"axis": 1}, "Softmax(axis=1)"),
        ("Permute", {"dims": [2, 1, 3]}, "Permute(dims=[2, 1, 3])"),
        ("Reshape", {"target_shape": [2, 8]}, "Reshape((4, 4, 1) -> target_shape=[2, 8])"),
        ("Reshape", {"target_shape": [5]}, "Reshape((4, 4, 1) -> target_shape=[5])"),
        ("InputLayer", {"batch_shape": [None, None, None, 3]}, "an input of any size"),
        ("InputLayer", {"shape": [4], "sparse": True}, "InputLayer(sparse=True)"),
        ("InputLayer", {}, "InputLayer(shape=None)"),
        ("Activation", {}, "Activation()"),
        ("ELU", {"alpha": -1}, "ELU"),
    ],
)
def test_what_is_not_supported_is_refused(kind, config, said):
    layers, _notes, refused = read(kind, config, (4, 4, 1))
    assert layers == ()
    assert len(refused) == 1
    assert refused[0].startswith(said)


def test_everything_about_one_layer_is_refused_at_once():
    config = {**CONV, "padding": "causal", "colour": 1, "activation": "log_softmax"}
    assert len(read("Conv2D", config)[2]) == 3


def test_an_elu_of_another_slope_is_konvs_layer():
    layers, _notes, refused = read("ELU", {"alpha": 0.5})
    assert [type(layer) for layer in layers] == [ELU]
    assert (layers[0].alpha, refused) == (0.5, [])
