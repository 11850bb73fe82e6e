"""Which Keras a listing was written for, the order of its axes, and what changed since."""

import pytest

from konv.formats.code_reading import network_from_keras_code
from konv.language import set_language

MODEL = "model = Sequential([{layer}])\n"


def found(text):
    return network_from_keras_code(text)


def noted(text, *, at=None):
    """What is noted, or what is noted at a place."""
    notes = found(text).notes
    return " | ".join(note.text for note in notes if at is None or note.where == at)


# (code, version, the evidence)
VERSIONS = [
    ("Convolution2D(4, 3, 3, input_shape=(9, 9, 5))", "Keras 1", "Convolution2D(4, 3, 3)"),
    ("Conv2D(4, 3, 3, border_mode='same', input_shape=(9, 9, 5))", "Keras 1", "border_mode"),
    ("Dense(output_dim=3, input_dim=4)", "Keras 1", "output_dim"),
    ("Dense(3, init='uniform', input_dim=4)", "Keras 1", "init (line 1)"),
    ("Convolution2D(4, (3, 3), input_shape=(9, 9, 5))", "Keras 3", "nothing in it is older"),
    ("Convolution2D(4, 3, 3, padding='same', input_shape=(9, 9, 5))", "Keras 2", "Convolution2D"),
    ("Conv2D(4, (3, 3), input_shape=(9, 9, 5))", "Keras 3", "nothing in it is older"),
]


@pytest.mark.parametrize(("layer", "version", "evidence"), VERSIONS)
def test_the_words_of_a_layer_tell_the_version(layer, version, evidence):
    text = MODEL.format(layer=layer)
    assert found(text).version == version
    assert found(text).source == f"{version} code"
    assert evidence in found(text).notes[0].text


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("from keras.utils.visualize_util import plot", "Keras 1"),
        ("from keras.layers import merge", "Keras 1"),
        ("from keras.layers.merge import concatenate", "Keras 3"),
        ("from keras.layers.convolutional import Conv2D", "Keras 2"),
        ("from keras.layers.core import Dense", "Keras 2"),
        ("from keras.utils import np_utils", "Keras 2"),
        ("model.fit_generator(x)", "Keras 2"),
        ("model.fit(x, nb_epoch=3)", "Keras 1"),
        ("model.fit(x, nb_epoch=3, epochs=3)", "Keras 2"),
        ("from keras.optimizers import SGD\nmodel.compile(SGD(lr=0.1))", "Keras 2"),
        ("import tensorflow as tf\ny = tf.keras.utils.to_categorical(x)", "Keras 3"),
        ("from tensorflow.keras.optimizers import SGD\nmodel.compile(SGD(lr=0.1))", "Keras 2"),
        ("from keras import ops", "Keras 3"),
    ],
)
def test_imports_and_methods_tell_the_version(line, version):
    # In a fragment, the layer does not say more than the line that is tried.
    assert found(MODEL.format(layer="Dense(3, input_dim=4)") + line).version == version


def strides_and_kernel(text):
    layer = found(text).network.nodes[1].layer
    return layer.kernel_size, layer.strides


@pytest.mark.parametrize(
    ("imports", "name", "expected", "said"),
    [
        ("from keras.layers import *", "Convolution2D", ((5, 4), (1, 1)), "rows and columns"),
        (
            "from keras.layers.convolutional import *",
            "Conv2D",
            ((5, 4), (1, 1)),
            "rows and columns",
        ),
        ("from keras.layers import *", "Conv2D", ((5, 5), (4, 4)), "stride 4"),
        ("from tensorflow.keras.layers import *", "Conv2D", ((5, 5), (4, 4)), "stride 4"),
        ("from tensorflow.keras.layers import *", "Convolution2D", ((5, 5), (4, 4)), "stride 4"),
    ],
)
def test_a_third_number_is_read_as_its_version_read_it_with_a_word_of_warning(
    imports, name, expected, said
):
    text = f"{imports}\n" + MODEL.format(layer=f"{name}(8, 5, 4, input_shape=(28, 28, 1))")
    assert strides_and_kernel(text) == expected
    assert said in noted(text, at="line 2")
    assert "kernel_size=(5, 4)" in noted(text, at="line 2")


def test_a_number_and_a_stride_with_a_name_are_no_trap():
    text = MODEL.format(layer="Conv2D(8, 5, strides=2, input_shape=(28, 28, 1))")
    assert strides_and_kernel(text) == ((5, 5), (2, 2))
    assert "stride" not in noted(text)


# The order of axes --------------------------------------------------------------------------------

FIRST = """
{before}
from keras.layers import *
model = Sequential()
model.add(Convolution2D(8, 3, 3, input_shape={shape}{more}))
model.add(BatchNormalization(axis=1))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(2))
"""


@pytest.mark.parametrize(
    ("before", "shape", "more", "expected"),
    [
        ("", (1, 28, 28), "", (28, 28, 1)),
        ("", (3, 32, 24), "", (32, 24, 3)),
        ("", (28, 28, 1), "", (28, 28, 1)),
        ("", (28, 28, 3), "", (28, 28, 3)),
        ("", (5, 28, 28), "", (5, 28, 28)),
        ("", (5, 28, 28), ", dim_ordering='th'", (28, 28, 5)),
        ("", (1, 28, 28), ", dim_ordering='tf'", "K104"),
        (
            "from keras import backend as K\nK.set_image_dim_ordering('th')",
            (5, 9, 9),
            "",
            (9, 9, 5),
        ),
        (
            "from keras import backend as K\nK.set_image_dim_ordering('tf')",
            (5, 9, 9),
            "",
            (5, 9, 9),
        ),
    ],
)
def test_keras_1_pictures_get_their_channels_last(before, shape, more, expected):
    text = FIRST.format(before=before, shape=shape, more=more)
    if expected == "K104":
        with pytest.raises(ValueError, match="K104"):
            found(text)
        return
    network = found(text).network
    assert network.input_shape == expected
    assert network.data_format == "channels_last"
    turned = expected != shape
    # The channels were axis 1 of (batch, channels, height, width).
    assert network.node("batch_normalization_1").layer.axis == (-1 if turned else 1)
    said = noted(text)
    assert ("Flatten takes" in said) == turned
    assert ("turned every kernel" in said) == turned
    assert ("became" in said) == turned


def test_a_guess_of_the_order_is_noted():
    assert "(1, 9, 9) was taken for" in noted("Convolution2D(3, 3, 3, input_shape=(1, 9, 9))")


def test_axes_behind_flatten_are_not_turned():
    text = FIRST.format(before="", shape=(1, 28, 28), more="")
    text += "model.add(BatchNormalization(axis=1))\n"
    assert found(text).network.node("batch_normalization_2").layer.axis == 1


def test_an_axis_of_rows_stays_one_of_rows():
    text = """
from keras.layers import *
model = Sequential()
model.add(Convolution2D(8, 3, 3, input_shape=(1, 8, 9)))
model.add(BatchNormalization())
"""
    # axis=-1 of (batch, channels, height, width) was the width: axis 2 of (batch, height, width, …)
    network = found(text).network
    assert network.nodes[-1].layer.axis == 2
    assert network.parameters == (9 * 8 + 8) + 4 * 7
    assert "axis=1 were the channels" in noted(text)


def test_code_of_today_keeps_its_order():
    text = MODEL.format(
        layer="Conv2D(8, 3, data_format='channels_first', input_shape=(1, 28, 28)), Flatten()"
    )
    network = found(text).network
    assert network.input_shape == (1, 28, 28)
    assert [getattr(node.layer, "data_format", "") for node in network.nodes[1:]] == [
        "channels_first",
        "channels_last",
    ]


def test_an_order_that_is_set_for_all_holds_for_all():
    text = """
from tensorflow.keras import backend as K
K.set_image_data_format("channels_first")
shape = (1, 9, 9) if K.image_data_format() == "channels_first" else (9, 9, 1)
model = Sequential([Conv2D(8, 3, input_shape=shape), MaxPooling2D(), Flatten()])
"""
    network = found(text).network
    formats = {node.layer.data_format for node in network.nodes[1:]}
    assert (network.input_shape, formats) == ((1, 9, 9), {"channels_first"})


def test_even_kernels_of_theano_are_told_of():
    even = "Convolution2D(3, 2, 2, border_mode='same', input_shape=(1, 9, 9))"
    assert "odd zero" in noted(even)
    assert "odd zero" not in noted(even.replace("2, 2", "3, 3"))


# What is called otherwise now ---------------------------------------------------------------------

RENAMED = """
from keras.layers.convolutional import Convolution2D, AtrousConvolution2D
from keras.utils import np_utils
from keras.utils.visualize_util import plot
from keras.optimizers import SGD, Adadelta
model = Sequential()
model.add(Convolution2D(8, 3, 3, border_mode="same", subsample=(2, 2), input_shape=(9, 9, 5)))
model.add(AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2), bias=False, border_mode="same"))
model.add(LeakyReLU(alpha=0.1))
model.add(Flatten())
model.add(Dense(output_dim=3, init="normal", W_regularizer=l2(0.01), trainable=False))
model.add(Dropout(p=0.5))
model.compile(loss="mse", optimizer=SGD(lr=0.1, decay=1e-6), metrics=["accuracy"])
model.fit(x, y, nb_epoch=3, show_accuracy=True)
model.predict_classes(x)
"""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("line 2", "keras.layers.convolutional is gone: keras.layers"),
        ("line 3", "keras.utils.np_utils is gone: keras.utils.to_categorical"),
        ("line 4", "keras.utils.visualize_util is gone: keras.utils.plot_model"),
        ("lines 7, 8", "border_mode is called padding now"),
        ("line 7", "subsample is called strides now"),
        ("line 7", "Convolution2D is called Conv2D now"),
        ("line 8", "AtrousConvolution2D is called Conv2D now"),
        ("line 8", "atrous_rate is called dilation_rate now"),
        ("line 8", "bias is called use_bias now"),
        ("line 9", "alpha is called negative_slope now"),
        ("line 11", "output_dim is called units now"),
        ("line 11", "init is called kernel_initializer now"),
        ("line 11", "W_regularizer is called kernel_regularizer now"),
        ("line 11", "kernel_regularizer is ignored"),
        ("line 11", "'normal' is not konv's"),
        ("line 11", "trainable=False is ignored"),
        ("line 12", "p is called rate now"),
        ("line 13", "lr is called learning_rate now"),
        ("line 13", "decay is a schedule"),
        ("line 14", "nb_epoch is called epochs now"),
        ("line 14", "show_accuracy is metrics="),
        ("line 15", "predict_classes is predict(x).argmax(axis=-1) now"),
    ],
)
def test_what_changed_is_noted_at_its_line(place, said):
    assert said in noted(RENAMED, at=place)


@pytest.mark.parametrize("optimizer", ["'adadelta'", "Adadelta()"])
def test_a_learning_rate_that_changed_is_noted(optimizer):
    text = RENAMED.replace("SGD(lr=0.1, decay=1e-6)", optimizer)
    assert "adadelta was 1.0 unless one was given; it is 0.001 now" in noted(text, at="line 13")
    given = noted(text.replace("Adadelta()", "Adadelta(lr=1.0)"))
    assert ("unless one was given" in given) == (optimizer == "'adadelta'")


def test_a_learning_rate_of_today_is_not_noted():
    text = "import tensorflow as tf\nmodel = Sequential([tf.keras.layers.Dense(3, input_dim=4)])\n"
    assert "unless one was given" not in noted(text + "model.compile('adadelta', 'mse')")


def test_positional_arguments_need_no_new_names():
    said = noted("Convolution2D(8, 3, 3, 'normal', 'relu', None, 'same', input_shape=(9, 9, 5))")
    assert "is called padding" not in said


def test_notes_are_translated():
    set_language("ko")
    try:
        notes = [str(note) for note in found(RENAMED).notes]
    finally:
        set_language("en")
    # A note without Hangul was forgotten.
    assert all(any("가" <= sign <= "힣" for sign in note) for note in notes), notes
