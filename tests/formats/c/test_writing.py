"""The text of a C file, worked out by hand."""

import re

import numpy as np
import pytest

import konv
from formats.example_models import EXAMPLES, channels_first, every_layer, simple
from konv.data.preprocessing import Preprocessing
from konv.formats.c.functions import needed_functions
from konv.formats.c.lowering import lowered
from konv.formats.contents import ModelContents
from oracles.c_programs import text_of


def contents(*layers, **fields):
    model = konv.Sequential(layers, seed=3)
    return ModelContents(model.network, model.weights, **fields)


def body(text, function="int konv_predict(const float *in, float *out)\n{\n"):
    """What stands in konv_predict."""
    return text.partition(function)[2].partition("\n}\n")[0].splitlines()


def test_the_calls_of_a_network():
    assert body(text_of(simple())) == [
        '    /* "conv2d_1": 4x4x1 -> 2x2x1 */',
        "    konv_convolve(&conv2d_1_window, 1, conv2d_1_kernel, conv2d_1_bias, in, konv_memory);",
        '    /* "dense_1": 4 -> 2 */',
        "    konv_dense(1, 4, 2, dense_1_kernel, dense_1_bias, konv_memory, out);",
        "    return konv_largest(2, out);",
    ]


def test_sizes_memory_and_weights_are_stated():
    text = text_of(simple())
    assert "memory  16 bytes, static" in text  # 2·2 numbers
    assert "in      16 numbers, [4 rows][4 columns][1 channel]\n" in text
    assert "static float konv_memory[4];" in text
    # 3·3 + 1 and 4·2 + 2 weights, a scale and an offset for the pixels
    assert "weights 88 bytes, constant" in text
    assert "44 multiply-adds" in text  # 2·2 windows of 3·3, and 4·2
    for name, value in (("INPUT_SIZE", 16), ("OUTPUT_SIZE", 2), ("CLASSES", 2)):
        assert f"#define KONV_{name} {value}\n" in text
    assert "#define KONV_INPUT_SHAPE {4, 4, 1}\n" in text
    assert "#define KONV_OUTPUT_SHAPE {2}\n" in text


def test_weights_are_the_numbers_of_float32_in_the_shortest_decimals():
    text = text_of(simple())
    expected = "2.0f, 0.0f, 1.0f, 0.0f, 1.0f, 2.0f, 1.0f, 0.0f,\n    2.0f,\n};"
    assert f"static const float conv2d_1_kernel[9] = {{\n    {expected}" in text
    odd = contents(konv.Input((3,)), konv.Dense(4, use_bias=False))
    numbers = [1 / 3, -0.0, 1e-45, 3.4e38, -1e-7, 16777216, 0.1, 2.5e-3, 7, 1e10, 1e16, 1e-5]
    weight = np.array(numbers, np.float32).reshape(3, 4)
    text = text_of(ModelContents(odd.network, {"dense_1/kernel": weight}))
    written = re.search(r"dense_1_kernel\[12\] = \{(.*?)\}", text, re.S)[1]
    found = [np.float32(number.strip()[:-1]) for number in written.split(",")[:12]]
    assert np.array(found).tobytes() == weight.tobytes()


def test_class_names_stand_in_a_comment_and_in_an_array():
    text = text_of(simple())
    assert ' *   0  "고양이"\n *   1  "강아지"\n' in text
    assert (
        'const char *const konv_class_names[KONV_CLASSES] = {\n    "고양이",\n    "강아지",\n};'
        in text
    )
    assert 'KONV_CLASSES] = {\n    "False",\n    "True",\n};' in text_of(every_layer())
    nameless = text_of(channels_first())
    assert "konv_class_names" not in nameless
    assert "The names of the classes were not recorded." in nameless


def test_preprocessing_is_said_and_done():
    text = text_of(simple())
    assert "A picture becomes 4 rows of 4 pixels, scaled to cover, what stands out cut off" in text
    assert "(pixel / 255 - mean) / std, with mean 0.25 and std 0.5." in text
    # 1 / (255 · 0.5), and −0.25 / 0.5
    assert "pixel_scale[1] = {\n    0.007843138f,\n}" in text
    assert "pixel_offset[1] = {\n    -0.5f,\n}" in text
    unknown = text_of(contents(konv.Input((2, 2, 3)), konv.Flatten()))
    assert "was not recorded. konv_prepare does what konv does with" in unknown
    assert "pixel_scale[3] = {\n    0.003921569f, 0.003921569f, 0.003921569f,\n}" in unknown
    flat = contents(konv.Input((12,)), konv.Dense(2), preprocessing=Preprocessing(2, 2, 3))
    assert "konv_scale_pixels(4, 3, 3, 1, pixels," in text_of(flat)
    # pixel [place][channel] -> input [channel][place]
    assert "konv_scale_pixels(20, 3, 1, 20, pixels," in text_of(channels_first())


def test_only_what_is_used_is_written():
    text = text_of(simple())
    written = set(re.findall(r"^static (?:void|int|float) (konv_\w+)\(", text, re.M))
    assert written == {
        *("konv_add_products", "konv_begin", "konv_convolve", "konv_dense", "konv_larger"),
        *("konv_largest", "konv_meet_window", "konv_scale_pixels", "konv_smaller"),
    }
    assert "#include" not in text
    assert "#include <math.h>\n" in text_of(every_layer())


def test_a_function_stands_behind_all_that_it_uses():
    texts = needed_functions({"konv_softmax", "konv_average_pool"})
    names = [re.search(r"\b(konv_\w+)(?:\(|;\n$)", text)[1] for text in texts]
    assert sorted(names) == sorted(set(names))
    for place, text in enumerate(texts):
        assert {*re.findall(r"konv_\w+", text)} <= {*names[: place + 1]}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_equal_models_give_equal_bytes_of_short_lines(example):
    text = text_of(example())
    assert text == text_of(example())
    assert max(map(len, text.splitlines())) <= 110
    assert text.isascii() or "고양이" in text


def test_a_function_overwrites_what_nobody_reads_any_more():
    text = text_of(
        contents(
            *(konv.Input((4, 4, 2)), konv.Conv2D(3, 1, activation="relu"), konv.Dropout(0.5)),
            *(konv.BatchNormalization(), konv.ReLU(6), konv.Flatten(), konv.Dense(1)),
        )
    )
    calls = [line.strip() for line in body(text) if "/*" not in line]
    assert "static float konv_memory[48];" in text
    assert calls[1:5] == [
        "konv_relu(48, konv_memory, konv_memory);",
        "konv_scale_and_shift(16, 3, 1, batch_normalization_1_scale, batch_normalization_1_shift,",
        "konv_memory, konv_memory);",
        "konv_shaped_relu(48, 0.0f, 0.0f, 6.0f, konv_memory, konv_memory);",
    ]
    assert body(text)[-1] == "    return out[0] > 0.0f;"


def test_a_sum_that_meets_a_term_twice_does_not_overwrite_it():
    x = konv.Input((4,))
    a, b = konv.Dense(4, name="a")(x), konv.Dense(4, name="b")(x)
    model = konv.Model(x, konv.Add()([a, b, a]))
    text = text_of(ModelContents(model.network, model.weights))
    assert body(text)[-3:-1] == [
        "    konv_add(4, konv_memory, konv_memory + 4, out);",
        "    konv_add(4, out, konv_memory, out);",
    ]


def test_maps_of_channels_first_are_turned_once():
    text = text_of(
        contents(
            konv.Input((2, 4, 4)),
            konv.Conv2D(3, 3, data_format="channels_first", activation="tanh"),
            konv.MaxPooling2D(2, data_format="channels_first"),
            konv.Flatten("channels_first"),
            konv.Dense(2),
        )
    )
    assert sum("konv_transpose(" in line for line in body(text)) == 1
    assert "konv_transpose(2, 16, in, konv_memory" in text


def test_numbers_that_fold_into_a_normalization():
    network = konv.Sequential(
        [konv.Input((2,)), konv.BatchNormalization(epsilon=1.0, name="n")]
    ).network
    arrays = {"gamma": [2, 3], "beta": [1, 0], "moving_mean": [4, 1], "moving_variance": [3, 8]}
    weights = {f"n/{name}": np.float32(values) for name, values in arrays.items()}
    text = text_of(ModelContents(network, weights))
    # 2 / √(3 + 1) = 1 and 1 − 4 · 1 = −3; 3 / √(8 + 1) = 1 and 0 − 1 · 1 = −1
    assert "n_scale[2] = {\n    1.0f, 1.0f,\n}" in text
    assert "n_shift[2] = {\n    -3.0f, -1.0f,\n}" in text


def test_a_network_that_does_nothing_copies():
    text = text_of(contents(konv.Input((3,)), konv.Dropout(0.5)))
    assert body(text)[1] == "    konv_copy(3, in, out);"
    assert "konv_memory" not in text
    assert lowered(contents(konv.Input((3,)), konv.Dropout(0.5)), "C").memory == 0


def test_long_arrays_are_written_in_pieces_that_do_not_show():
    weight = np.arange(70_000, dtype=np.float32).reshape(7_000, 10)
    network = konv.Sequential([konv.Input((7_000,)), konv.Dense(10, use_bias=False)]).network
    text = text_of(ModelContents(network, {"dense_1/kernel": weight}))
    written = text.partition("dense_1_kernel[70000] = {\n")[2].partition("};")[0]
    lines = written.splitlines()
    assert {line.count(",") for line in lines} == {8}
    assert [float(number[:-1]) for number in written.replace("\n", "").split(",")[:-1]] == [
        *range(70_000)
    ]
