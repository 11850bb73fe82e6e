"""C files that are built and run: what they compute is right, with every warning an error."""

import os
import subprocess

import numpy as np
import pytest

import konv
from formats.example_models import EXAMPLES, PICTURE, outputs, simple
from konv.formats.c.names import quoted
from konv.formats.contents import ModelContents
from oracles.c_programs import (
    COMPILERS,
    answers,
    built,
    needs_c,
    outputs_in_float64,
    text_of,
)
from oracles.samples import SAMPLES
from values.examples import random_model

pytestmark = needs_c

# For more of them: KONV_C_NETWORKS=200 pytest tests/formats/c/test_compiled.py
NETWORKS = int(os.environ.get("KONV_C_NETWORKS", "20"))
TOLERANCE = 2e-5  # of the largest output, or of 1
SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def contents(*layers, weights=()):
    model = konv.Sequential(layers, seed=3)
    if weights:
        model.set_weights(list(weights))
    return ModelContents(model.network, model.weights)


def test_a_convolution_and_a_dense_layer_worked_out_by_hand(tmp_path):
    # The windows' sums are 15, 16, 6 and 15; with the bias 18, 19, 9 and 18.
    [answer] = answers([(simple(), PICTURE[None, :, :, None])], tmp_path)
    assert answer.outputs.tolist() == [[18 + 9, 19 + 18 + 0.5]]
    assert answer.classes.tolist() == [1]


ROW = np.array([[-4, -1, 0, 0.5, 8]], np.float32)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (konv.Activation("relu"), [0, 0, 0, 0.5, 8]),
        (konv.Activation("leaky_relu"), [-0.8, -0.2, 0, 0.5, 8]),
        (konv.Activation("hard_swish"), [0, -1 / 3, 0, 0.5 * 3.5 / 6, 8]),
        (konv.Activation("sigmoid"), [0.01798621, 0.26894142, 0.5, 0.62245933, 0.99966465]),
        (konv.Activation("tanh"), [-0.9993293, -0.7615942, 0, 0.46211716, 0.99999977]),
        (konv.Activation("elu"), [-0.9816844, -0.6321206, 0, 0.5, 8]),
        (konv.Activation("silu"), [-0.07194484, -0.26894142, 0, 0.31122967, 7.99731719]),
        (konv.Activation("gelu"), [-0.00012669, -0.15865525, 0, 0.34573123, 8]),
        (konv.ReLU(6, negative_slope=0.5, threshold=1), [-2.5, -1, -0.5, -0.25, 6]),
        (konv.LeakyReLU(0.25), [-1, -0.25, 0, 0.5, 8]),
        (konv.LeakyReLU(0), [0, 0, 0, 0.5, 8]),
    ],
    ids=str,
)
def test_activations_worked_out_by_hand(tmp_path, layer, expected):
    [answer] = answers([(contents(konv.Input((5,)), layer), ROW)], tmp_path)
    assert answer.outputs[0] == pytest.approx(expected, rel=3e-6, abs=1e-7)
    assert answer.classes.tolist() == [4]


def test_every_layer_with_all_that_it_can_do_is_the_reference(tmp_path):
    cases = []
    for sample in SAMPLES:
        if sample.kind != "Input" and len(sample.shapes) == 1:
            network = konv.Sequential([konv.Input(sample.shapes[0]), sample.layer]).network
            names = network.nodes[-1].weight_names
            weights = {names[name]: values for name, values in sample.weights(np.float32).items()}
            [pictures] = sample.inputs(dtype=np.float32)
            cases.append((ModelContents(network, weights), pictures))
    assert len(cases) > 40
    for (model, pictures), answer in zip(cases, answers(cases, tmp_path), strict=True):
        expected = outputs_in_float64(model, pictures)
        assert answer.outputs == pytest.approx(expected, rel=TOLERANCE, abs=1e-6), model.network


@pytest.mark.parametrize("compiler", COMPILERS)
def test_models_of_the_files_are_the_reference(tmp_path, compiler):
    generator = np.random.default_rng(5)
    cases = [
        (model, generator.uniform(-1, 1, (3, *model.network.input_shape)).astype(np.float32))
        for model in (example() for example in EXAMPLES.values())
    ]
    for (model, pictures), answer in zip(
        cases, answers(cases, tmp_path, compiler=compiler), strict=True
    ):
        assert answer.outputs == pytest.approx(outputs(model, pictures), rel=TOLERANCE, abs=1e-6)


def test_random_networks_are_the_reference_and_choose_its_classes(tmp_path):
    cases, models = [], []
    for seed in range(NETWORKS):
        model = random_model(seed, exact=seed % 2 == 0, engine="reference")
        shape = (5, *model.network.input_shape)
        pictures = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
        cases.append((ModelContents(model.network, model.weights), pictures))
        models.append(model)
    largest = 0.0
    for model, (case, pictures), answer in zip(
        models, cases, answers(cases, tmp_path), strict=True
    ):
        expected = outputs_in_float64(case, pictures)
        size = max(1.0, float(np.abs(expected).max()))
        off = float(np.abs(answer.outputs - expected).max()) / size
        largest = max(largest, off)
        assert off < TOLERANCE, model.network.to_yaml()
        flat = answer.outputs.reshape(len(pictures), -1)
        assert answer.classes.tolist() == model.class_indices(flat).tolist()
    print(f"{NETWORKS} networks, largest difference {largest:.2g}")


@pytest.mark.skipif("gcc" not in COMPILERS, reason="the sanitizers are asked of gcc")
def test_nothing_is_read_or_written_outside_of_an_array(tmp_path):
    cases = []
    for seed in range(100, 108):
        model = random_model(seed, exact=False, engine="reference")
        pictures = np.ones((2, *model.network.input_shape), np.float32)
        cases.append((ModelContents(model.network, model.weights), pictures))
    probe = tmp_path / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    try:
        built(tmp_path, [probe], flags=SANITIZERS, compiler="gcc")
    except AssertionError:
        pytest.skip("this gcc has no sanitizers")
    assert len(answers(cases, tmp_path, flags=SANITIZERS, compiler="gcc")) == 8


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("level", ["-O0", "-O3", "-Os"])
def test_no_compiler_has_anything_to_say_of_it(tmp_path, compiler, level):
    example = EXAMPLES["every-layer"]()
    path = tmp_path / "network.c"
    path.write_text(text_of(example), "utf-8")
    main = tmp_path / "main.c"
    main.write_text("int konv_predict(const float *, float *); int main(void) { return 0; }\n")
    flags = (*("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wshadow"), level)
    built(tmp_path, [path, main], flags=flags, compiler=compiler)


@pytest.mark.parametrize(
    ("last", "given", "expected"),
    [
        (konv.Dense(1, activation="sigmoid", use_bias=False), [-1, 0, 1], [0, 0, 1]),
        (konv.Dense(1, use_bias=False), [-1, 0, 0.25], [0, 0, 1]),
        (konv.Dense(3, use_bias=False), [-1, 0, 1], [2, 0, 1]),
    ],
)
def test_the_class_is_that_of_the_model(tmp_path, last, given, expected):
    weights = np.array([[1]]) if last.units == 1 else np.array([[1, 2, -1]])
    model = contents(konv.Input((1,)), last, weights=[weights])
    pictures = np.array(given, np.float32)[:, None]
    [answer] = answers([(model, pictures)], tmp_path)
    assert answer.classes.tolist() == expected
    own = konv.Model.from_network(model.network, engine="reference")
    own.set_weights([weights])
    assert own.predict_classes(pictures).tolist() == expected


def test_pixels_become_the_input_in_the_order_of_the_network(tmp_path):
    text = text_of(EXAMPLES["channels-first"]())
    main = """#include <stdio.h>
void konv_prepare(const unsigned char *pixels, float *in);
int main(void) {
    unsigned char pixels[60]; float in[60];
    for (int i = 0; i < 60; ++i) pixels[i] = (unsigned char)(4 * i);
    konv_prepare(pixels, in);
    return fwrite(in, sizeof in, 1, stdout) != 1;
}
"""
    (tmp_path / "network.c").write_text(text, "utf-8")
    (tmp_path / "main.c").write_text(main)
    program = built(tmp_path, [tmp_path / "network.c", tmp_path / "main.c"], flags=("-std=c99",))
    written = subprocess.run([str(program)], capture_output=True, check=True).stdout
    pixels = np.arange(0, 240, 4).reshape(5, 4, 3)
    expected = pixels.transpose(2, 0, 1).ravel() / 255
    assert np.frombuffer(written, np.float32) == pytest.approx(expected, abs=1e-7)


def test_it_is_c_plus_plus_as_well(tmp_path):
    path = tmp_path / "network.cpp"
    main = "\nint main() { return KONV_CLASSES - 2; }\n"
    path.write_text(text_of(EXAMPLES["every-layer"]()) + main, "utf-8")
    built(tmp_path, [path], flags=("-x", "c++", "-Wall", "-Wextra", "-Werror", "-lstdc++"))


def test_texts_are_what_they_were(tmp_path):
    texts = ["고양이", 'a"b\\', "??/\n*/", "\u202e", "%s\x07", "/*", "1\t2"]
    lines = "".join(f"    puts({quoted(text)});\n" for text in texts)
    path = tmp_path / "texts.c"
    path.write_text(f"#include <stdio.h>\nint main(void)\n{{\n{lines}    return 0;\n}}\n", "utf-8")
    program = built(tmp_path, [path])
    written = subprocess.run([str(program)], capture_output=True, check=True).stdout
    assert written.decode() == "".join(f"{text}\n" for text in texts)
