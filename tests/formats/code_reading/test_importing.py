"""Keras code becomes a network: what is written down by hand beside each listing must come out."""

import numpy as np
import pytest

from konv.errors import FormatError, LimitError, ShapeError
from konv.formats.code_reading import network_from_keras_code, read_keras_code
from konv.network.graph import Network


def network(text):
    return network_from_keras_code(text).network


def layers(text):
    """The layers behind the input, without names and with nothing that is a default."""
    return Network.from_yaml(f"konv: 1\nlayers:\n{text}")


def same_parts(one, other):
    return {node.name: node for node in one.nodes} == {node.name: node for node in other.nodes}


SMALL = """\
  - Input: {shape: [8, 8, 1]}
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Flatten
  - Dense: {units: 2}
"""
# The same network in many ways of writing it.
WAYS = {
    "a list": """
from keras.models import Sequential
from keras.layers import Conv2D, Dense, Flatten
model = Sequential([
    Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), Flatten(), Dense(2)])
""",
    "add": """
import keras
net = keras.models.Sequential()
net.add(keras.layers.Conv2D(4, (3, 3), activation="relu", input_shape=(8, 8, 1)))
net.add(keras.layers.Flatten())
net.add(keras.layers.Dense(2))
""",
    "tf.keras": """
import tensorflow as tf
model = tf.keras.Sequential()
model.add(tf.keras.Input(shape=(8, 8, 1)))
model.add(tf.keras.layers.Conv2D(filters=4, kernel_size=3, activation=tf.nn.relu))
model.add(tf.keras.layers.Flatten())
model.add(tf.keras.layers.Dense(units=2))
""",
    "modules": """
from tensorflow.keras import layers, models as m
model = m.Sequential([layers.InputLayer((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"),
                      layers.Flatten(), layers.Dense(2, activation=None)])
""",
    "a star": """
from keras.models import *
from keras.layers import *
x = Input((8, 8, 1))
y = Flatten()(Conv2D(4, 3, activation="relu")(x))
y = Dense(2)(y)
model = Model(inputs=x, outputs=y)
""",
    "nothing imported": """
model = Sequential()
model.add(Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
model.add(Flatten())
model.add(Dense(2))
""",
    "named constants": """
rows = cols = 2 * 4
shape, (filters, kernel) = (rows, cols, 1), (4, 3)
options = dict(activation="relu", input_shape=shape)
sizes = {"units": 10 // 5}
model = Sequential([Conv2D(filters, (kernel,) * 2, **options)])
model.add(Flatten())
model.add(Dense(**sizes))
""",
    "a loop": """
model = Sequential()
parts = []
parts.append(Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
parts.extend([Flatten(), Dense(2)])
for number, part in enumerate(parts):
    model.add(part)
""",
    "functions": """
def conv(x, filters, *, size=3):
    return Conv2D(filters, size, activation="relu")(x)

def build(shape, classes=2):
    x = Input(shape)
    y = conv(x, filters=4)
    return Model(x, Dense(classes)(Flatten()(y)))

if __name__ == "__main__":
    model = build((8, 8, 1))
    model.summary()
""",
    "a function that others call": """
def create_model():
    model = Sequential()
    model.add(Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
    model.add(Flatten())
    model.add(Dense(2))
    model.compile(loss="mse", optimizer="sgd")
    return model
wrapped = KerasClassifier(build_fn=create_model, epochs=3)
""",
    "a model in a model": """
base = Sequential([Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), Flatten()])
model = Sequential([base, Dense(2)])
""",
    "a choice": """
K.set_image_data_format("channels_last")
if K.image_data_format() == "channels_first":
    shape = (1, 8, 8)
else:
    shape = (8, 8, 1)
wide = True and 3 > 2
model = Sequential([Conv2D(4 if wide else 5, 3, activation="relu", input_shape=shape)])
model.add(Flatten())
model.add(Dense(2))
""",
    "what does not matter": """
import os
import numpy as np
%matplotlib inline
!pip install keras
(x, y), _ = mnist.load_data()
x = x.reshape(60000, 8, 8, 1) / 255.
print x.shape
with tf.device("/cpu:0"):
    model = Sequential()
    try:
        model.add(Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
    except ValueError:
        raise
    model.add(Flatten())
    model.add(Dense(2, kernel_initializer="he_normal" if x is None else "glorot_uniform"))
if os.path.exists("weights.h5"):
    model.load_weights("weights.h5")
else:
    model.fit(x, y, epochs=2)
for picture in x:
    plt.imshow(picture)
SVG(model_to_dot(model, show_shapes=True).create(prog="dot", format="svg"))
print(model.predict(x[:3]))
""",
    "without a beginning": """
model.add(Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)))
model.add(Flatten())
model.add(Dense(2))
""",
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS.keys())
def test_one_network_is_found_however_it_is_written(text):
    assert network(text) == layers(SMALL)


# (code, what comes of it)
ARGUMENTS = [
    (
        "Conv2D(8, (3, 5), (2, 1), 'same', input_shape=(9, 9, 3), use_bias=False)",
        "Conv2D: {filters: 8, kernel_size: [3, 5], strides: [2, 1], padding: same, "
        "use_bias: false}",
    ),
    (
        "SeparableConv2D(8, 3, depth_multiplier=2, input_shape=(9, 9, 3), activation='swish')",
        "SeparableConv2D: {filters: 8, kernel_size: 3, depth_multiplier: 2, activation: silu}",
    ),
    (
        "DepthwiseConv2D(3, 2, 'same', 2, input_shape=(9, 9, 3))",
        "DepthwiseConv2D: {kernel_size: 3, strides: 2, padding: same, depth_multiplier: 2}",
    ),
    ("MaxPooling2D(3, 2, input_shape=(9, 9, 3))", "MaxPooling2D: {pool_size: 3, strides: 2}"),
    ("MaxPool2D((2, 2), (2, 2), input_shape=(9, 9, 3))", "MaxPooling2D"),
    ("AvgPool2D(input_shape=(9, 9, 3))", "AveragePooling2D"),
    ("BatchNormalization(-1, 0.9, input_shape=(9, 9, 3))", "BatchNormalization: {momentum: 0.9}"),
    ("LeakyReLU(alpha=0.1, input_shape=(9, 9, 3))", "LeakyReLU: {negative_slope: 0.1}"),
    ("LeakyReLU(0.2, input_shape=(9, 9, 3))", "LeakyReLU: {negative_slope: 0.2}"),
    ("LeakyReLU(input_shape=(9, 9, 3))", "LeakyReLU"),
    ("ReLU(6., input_shape=(9, 9, 3))", "ReLU: {max_value: 6}"),
    (
        "ZeroPadding2D(((1, 0), (2, 3)), input_shape=(9, 9, 3))",
        "ZeroPadding2D: {padding: [[1, 0], [2, 3]]}",
    ),
    ("Dropout(.5, input_shape=(9, 9, 3))", "Dropout: {rate: 0.5}"),
    ("GlobalAveragePooling2D(input_shape=(9, 9, 3))", "GlobalAveragePooling2D"),
    ("Conv2D(4, 3, batch_input_shape=(None, 9, 9, 3))", "Conv2D: {filters: 4, kernel_size: 3}"),
]


@pytest.mark.parametrize(("code", "layer"), ARGUMENTS)
def test_arguments_of_keras_2_and_3_are_bound_as_they_stand(code, layer):
    text = f"from tensorflow.keras.layers import *\nmodel = Sequential([{code}])"
    assert network(text) == layers(f"  - Input: {{shape: [9, 9, 3]}}\n  - {layer}\n")


IN_KERAS_1 = [
    (
        "Convolution2D(8, 3, 5, 'he_normal', 'relu', None, 'same', (2, 2), input_shape=(9, 9, 4))",
        "Conv2D: {filters: 8, kernel_size: [3, 5], strides: 2, padding: same, activation: relu, "
        "kernel_initializer: he_normal}",
    ),
    (
        "Convolution2D(nb_filter=8, nb_row=3, nb_col=3, bias=False, input_shape=(9, 9, 4))",
        "Conv2D: {filters: 8, kernel_size: 3, use_bias: false}",
    ),
    (
        "Convolution2D(8, 3, 3, border_mode='full', input_shape=(9, 9, 4))",
        "Conv2D: {filters: 8, kernel_size: 3, padding: full}",
    ),
    (
        "AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2), input_shape=(9, 9, 4))",
        "Conv2D: {filters: 8, kernel_size: 3, dilation_rate: 2}",
    ),
    (
        "SeparableConvolution2D(8, 3, 3, subsample=(2, 2), input_shape=(9, 9, 4))",
        "SeparableConv2D: {filters: 8, kernel_size: 3, strides: 2}",
    ),
    (
        "MaxPooling2D((3, 3), (2, 2), 'same', input_shape=(9, 9, 4))",
        "MaxPooling2D: {pool_size: 3, strides: 2, padding: same}",
    ),
    (
        "BatchNormalization(1e-5, 0, -1, 0.9, input_shape=(9, 9, 4))",
        "BatchNormalization: {epsilon: 1.0e-5, momentum: 0.9}",
    ),
    (
        "ZeroPadding2D((1, 2, 3, 4), input_shape=(9, 9, 4))",
        "ZeroPadding2D: {padding: [[1, 2], [3, 4]]}",
    ),
    ("Dropout(p=0.25, input_shape=(9, 9, 4))", "Dropout: {rate: 0.25}"),
]


@pytest.mark.parametrize(("code", "layer"), IN_KERAS_1)
def test_arguments_of_keras_1_are_bound_as_they_stood_then(code, layer):
    text = f"""
from keras.layers import *
model = Sequential([{code}])
model.fit(x, y, nb_epoch=3)
"""
    assert network(text) == layers(f"  - Input: {{shape: [9, 9, 4]}}\n  - {layer}\n")


def test_branches_and_shared_layers_are_wired():
    found = network("""
from keras.layers import Input, Convolution2D, Dense, Flatten, merge
from keras.models import Model
x = Input(shape=(8, 8, 3), name="pictures")
shared = Convolution2D(3, 3, 3, border_mode="same", name="both")
a = shared(x)
b = shared(a)
c = merge([a, b], mode="sum")
d = merge([c, x], mode="concat", concat_axis=-1)
model = Model(input=x, output=Dense(2)(Flatten()(d)), name="branched")
""")
    expected = Network.from_yaml("""
konv: 1
name: branched
layers:
  - Input: {shape: [8, 8, 3], name: pictures}
  - Conv2D: {filters: 3, kernel_size: 3, padding: same, name: both}
  - Conv2D: {shares: both}
  - Add: {inputs: [both, both_2]}
  - Concatenate: {inputs: [add_1, pictures]}
  - Flatten
  - Dense: {units: 2}
""")
    assert same_parts(found, expected)


def test_tensors_are_added_by_a_plus_and_by_functions():
    text = """
from tensorflow.keras import layers, Model, Input
x = Input((8,))
a = layers.Dense(8)(x)
y = layers.concatenate([layers.add([a, x]), a + x], axis=1)
model = Model(x, y)
"""
    found = network(text)
    assert found.output_shape == (16,)
    assert [type(node.layer).__name__ for node in found.nodes[2:]] == ["Add", "Add", "Concatenate"]
    assert found.nodes[-1].layer.axis == 1


def test_an_activation_may_be_a_layer():
    found = network("Sequential([Dense(3, input_dim=4, activation=LeakyReLU(0.1))])")
    assert found == layers(
        "  - Input: {shape: [4]}\n  - Dense: {units: 3}\n  - LeakyReLU: {negative_slope: 0.1}\n"
    )


def test_weights_are_new_and_made_when_they_are_looked_at():
    found = network_from_keras_code("Sequential([Dense(3, input_dim=4)])")
    weights = found.contents.weights
    assert list(weights) == ["dense_1/kernel", "dense_1/bias"]
    assert weights["dense_1/kernel"].shape == (4, 3)
    assert weights["dense_1/kernel"].dtype == np.float32
    assert np.all(weights["dense_1/bias"] == 0)
    huge = network_from_keras_code("Sequential([Dense(30000, input_dim=30000)])")
    assert len(huge.contents.weights) == 2  # 3.6 GB if they were made now


def test_settings_of_the_training_are_found_where_they_are_constants():
    found = network_from_keras_code("""
from keras.optimizers import SGD
model = Sequential([Dense(3, input_dim=4)])
model.compile(SGD(lr=0.1, momentum=0.9), loss="mse", metrics=["accuracy"])
size = 2 ** 5
model.fit(x, y, batch_size=size, nb_epoch=12, validation_split=0.1, verbose=2)
""")
    settings = found.settings
    assert (settings.optimizer, settings.learning_rate, settings.momentum) == ("sgd", 0.1, 0.9)
    assert (settings.loss, settings.metrics) == ("mse", ("accuracy",))
    assert (settings.epochs, settings.batch_size, settings.validation_split) == (12, 32, 0.1)


def test_what_is_not_known_there_is_none():
    found = network_from_keras_code("""
model = Sequential([Dense(3, input_dim=4)])
model.fit(x, y, batch_size=len(x), epochs=args.epochs)
""")
    assert (found.settings.epochs, found.settings.batch_size) == (None, None)
    assert found.settings.optimizer is None


DATA = """
from keras.datasets import {name}
(x, y), (x_test, y_test) = {name}.load_data()
x = x.reshape((x.shape[0], {shape})).astype("float32")
x /= 255
y = np_utils.to_categorical(y)
model = Sequential()
model.add(Flatten(input_shape=x.shape[1:]))
model.add(Dense(y.shape[1]))
model.add(Dense(len(x_test[:7]) + x_test[0].shape[0]))
"""


@pytest.mark.parametrize(
    ("name", "shape", "classes", "last"),
    [
        ("mnist", (28, 28, 1), 10, 35),
        ("fashion_mnist", (784,), 10, 35),
        ("cifar10", (32, 32, 3), 10, 39),
        ("cifar100", (3, 1024, 1), 100, 39),
    ],
)
def test_sizes_follow_from_the_data_sets_of_keras(name, shape, classes, last):
    found = network_from_keras_code(DATA.format(name=name, shape=str(shape)[1:-1]))
    units = [node.layer.units for node in found.network.nodes if hasattr(node.layer, "units")]
    assert (found.network.input_shape, units) == (shape, [classes, last])
    assert any(name in note.text and note.where == "line 3" for note in found.notes)


@pytest.mark.parametrize("change", ["np.expand_dims(x, -1)", "x[..., None]", "x.reshape(-1, 9)"])
def test_shapes_that_do_not_follow_are_unknown(change):
    text = f"(x, y), _ = mnist.load_data()\nx = {change}\n"
    text += "model = Sequential([Flatten(input_shape=x.shape[1:])])"
    if "expand" in change:
        assert network(text).input_shape == (28, 28, 1)
        return
    with pytest.raises(FormatError, match="K410"):
        network(text)


# (code, line of the refusal, what it says)
REFUSED = [
    ("LSTM(4)", "line 3", "LSTM"),
    ("Lambda(lambda x: x)", "line 3", "Lambda"),
    ("Dense(classes)", "line 3", "units=classes"),
    ("Dense(y.shape[1])", "line 3", "y.shape[1] is no constant"),
    ("Dense(4, activation='squash')", "line 3", "squash"),
    ("Dense(4, activation=lambda x: x * x)", "line 3", "activation=lambda x: x * x"),
    ("Dense(4, activation='hard_sigmoid', init='uniform')", "line 3", "of Keras 1: 0.2 x + 0.5"),
    ("Dense(4, flavour=3)", "line 3", "flavour=3"),
    ("Dense(4, 'relu', True, 'zeros', 'zeros', 1, 2, 3, 4, 5, 6)", "line 3", "11"),
    ("BatchNormalization(mode=2)", "line 3", "mode=2"),
    ("MyLayer(3)", "line 3", "MyLayer(3): not known"),
    ("Dense(*sizes)", "line 3", "*sizes"),
    ("Dense(**sizes)", "line 3", "sizes"),
    ("3", "line 2", "int is no layer"),
]


@pytest.mark.parametrize(("code", "line", "said"), REFUSED)
def test_what_konv_lacks_is_refused_with_its_line(code, line, said):
    text = f"from keras.models import Sequential\nmodel = Sequential()\nmodel.add({code})\n"
    with pytest.raises(FormatError) as caught:
        network(text)
    assert caught.value.code == "K410"
    assert any(place == line and said in what for place, what in caught.value.details), (
        caught.value.details
    )


TOUCHED = [
    "prune(model)",
    "model = multi_gpu_model(model, gpus=2)",
    "model.layers.pop()",
    "model.layers[0].units = 4",
    "setattr(model, 'x', 1)",
    "if x.shape[0] > 3:\n    model.add(Dense(2))",
    "while running():\n    model.add(Dense(2))",
    "for n in sizes:\n    model.add(Dense(n))",
    "model.insert(0, Dense(3))",
    "[model.add(Dense(k)) for k in sizes]",
]


@pytest.mark.parametrize("code", TOUCHED)
def test_what_may_change_the_model_is_refused(code):
    text = f"model = Sequential([Dense(5, input_dim=4)])\n{code}\nmodel.fit(x, y)\n"
    with pytest.raises(FormatError) as caught:
        network(text)
    assert caught.value.code == "K410"
    assert "line 2" in {place for place, _what in caught.value.details}


def test_the_whole_list_is_refused_at_once():
    with pytest.raises(FormatError) as caught:
        network("""
model = Sequential([LSTM(3, input_shape=(8, 8)), Dense(classes), GRU(3)])
prune(model)
""")
    said = " ".join(what for _place, what in caught.value.details)
    assert all(word in said for word in ("LSTM", "classes", "GRU", "prune(model)"))


def test_layers_that_do_not_fit_are_named_with_their_line():
    with pytest.raises(ShapeError) as caught:
        network("model = Sequential()\nmodel.add(Conv2D(3, 9, input_shape=(8, 8, 1)))\n")
    assert caught.value.code == "K104"
    assert "line 2" in caught.value.where
    assert "conv2d_1" in caught.value.where


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Net(Model):\n    pass\nmodel = Net()\n", "class Net"),
        ("model = load_model('net.h5')\nmodel.summary()", "load_model(…)"),
        ("base = keras.applications.VGG16()\nModel(base.input, Dense(3)(base.output))", "VGG16"),
    ],
)
def test_models_that_stand_elsewhere_are_refused_by_their_names(text, said):
    with pytest.raises(FormatError) as caught:
        network(f"from keras.models import Model, load_model\nimport keras\n{text}")
    assert caught.value.code == "K410"
    assert any(said in what for _place, what in caught.value.details)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "K401"),
        ("x = 3\n", "K401"),
        ("model = Sequential()\n", "K401"),
        ("nothing but prose, of which no word is code", "K401"),
        ("Dense(3)\n", "K410"),  # no input_shape
        ("Sequential([Dense(3, input_shape=(None, 3))])", "K410"),
        ("Sequential([Dense(3, input_dim=0)])", "K410"),
        ("a = Dense(3, input_dim=2)(Input((2,)))\n", "K401"),
        ("m = Sequential([Dense(3, input_dim=2)])\nx = Input((2,))\nModel(x, m([x, x]))", "K410"),
        ("x = Input((2,))\nModel([x, Input((3,))], Dense(3)(x))", "K410"),
        ("x = Input((2,))\nModel(x, [Dense(3)(x), Dense(4)(x)])", "K410"),
        ("Model(Input((2,)), Dense(3)(Input((2,))))", "K410"),
    ],
)
def test_code_without_a_whole_network_is_refused(text, code):
    with pytest.raises(FormatError) as caught:
        network_from_keras_code(text, "a file")
    assert caught.value.code == code
    assert "a file" in caught.value.where


def test_of_several_models_the_trained_one_is_taken_or_the_one_that_is_named():
    text = """
one = Sequential([Dense(1, input_dim=4)])
two = Sequential([Dense(2, input_dim=4)])
"""
    with pytest.raises(FormatError, match="K410"):
        network(text)
    assert network(text + "two.compile('sgd', 'mse')").output_shape == (2,)
    assert network_from_keras_code(text, name="one").network.output_shape == (1,)
    with pytest.raises(FormatError, match="K401"):
        network_from_keras_code(text, name="three")


def test_only_text_is_read():
    with pytest.raises(FormatError, match="K401"):
        network_from_keras_code(b"Dense(3, input_dim=4)")


# Files --------------------------------------------------------------------------------------------

CODE = "# 신경망\nSequential([Dense(3, input_dim=4)])\n"


@pytest.mark.parametrize("ending", [".py", ".PY", ".txt", ".md"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_files_are_read_in_the_encodings_of_korean(tmp_path, ending, encoding):
    path = tmp_path / f"신경망{ending}"
    path.write_text(CODE, encoding)
    assert read_keras_code(path).network.output_shape == (3,)


def test_files_that_cannot_be_read_are_errors(tmp_path):
    (tmp_path / "net.py").write_bytes(b"\xff\xfe\x00\x80")
    (tmp_path / "long.py").write_text("#" * 600_000)
    (tmp_path / "net.h5").write_text(CODE)
    for name, kind, code in (
        ("none.py", FormatError, "K404"),
        ("net.h5", FormatError, "K404"),
        ("net.py", FormatError, "K401"),
        ("long.py", LimitError, "K602"),
    ):
        with pytest.raises(kind) as caught:
            read_keras_code(tmp_path / name)
        assert caught.value.code == code
        assert name in caught.value.where
