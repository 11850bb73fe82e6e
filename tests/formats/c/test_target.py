"""``--to c``: what is written, what is refused, and how it is run."""

import os
from dataclasses import replace

import numpy as np
import pytest

import konv
from formats.example_models import EXAMPLES, PICTURE, outputs, simple
from konv import limits
from konv.errors import EngineError, FormatError, LimitError
from konv.formats.c import checking
from konv.formats.c.running import output_shape, run_program
from konv.formats.c.target import CTarget
from konv.formats.contents import ModelContents
from konv.formats.exchange.target import NoRunnerError
from konv.network.graph import sequential
from konv.network.weights import new_weights
from oracles.c_programs import needs_c, text_of

PICTURES = PICTURE[None, :, :, None]


def saved(folder, contents):
    [(name, content)] = CTarget().write(contents, "network").files.items()
    (folder / name).write_bytes(content)
    return {name: folder / name}


def dense(values, **fields):
    """One dense layer with these weights."""
    weight = np.array(values, np.float32)
    network = konv.Sequential(
        [konv.Input((weight.shape[0],)), konv.Dense(weight.shape[1], use_bias=False)]
    ).network
    return ModelContents(network, {"dense_1/kernel": weight}, **fields)


def test_one_file_is_written():
    written = CTarget().write(simple(), "my net")
    assert [*written.files] == ["my net.c"]
    assert written.files["my net.c"] == text_of(simple()).encode("utf-8")
    assert written.notes == ()
    assert (CTarget.name, CTarget.ending) == ("c", ".c")


@needs_c
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_c_compiler_runs_it(tmp_path, name):
    contents = EXAMPLES[name]()
    pictures = np.full((2, *contents.network.input_shape), 0.5, np.float32)
    program, numbers = CTarget().run(saved(tmp_path, contents), pictures)
    assert numbers.shape == (2, *contents.network.output_shape)
    assert numbers == pytest.approx(outputs(contents, pictures), rel=2e-5)
    assert any(character.isdigit() for character in program)


@needs_c
def test_outputs_that_are_a_map_have_its_shape(tmp_path):
    model = konv.Sequential([konv.Input((5, 4, 2)), konv.Conv2D(3, 2)])
    contents = ModelContents(model.network, model.weights)
    pictures = np.ones((2, 5, 4, 2), np.float32)
    paths = saved(tmp_path, contents)
    assert output_shape(*paths.values()) == (4, 3, 3)
    assert CTarget().run(paths, pictures)[1] == pytest.approx(model.predict(pictures), rel=1e-5)


def test_without_a_compiler_nothing_is_said_to_be_proven(tmp_path, monkeypatch):
    paths = saved(tmp_path, simple())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRunnerError, match="no C compiler is here: cc, gcc, clang"):
        CTarget().run(paths, PICTURES)


def fake_compiler(folder, script):
    """A program called cc."""
    path = folder / "cc"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name != "posix", reason="a script for sh")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'network.c:1: no' >&2; echo more >&2; exit 1", r"^cc fails: network\.c:1: no$"),
        ("exit 3", "^cc fails: exit code 3$"),
        # It writes a program that stops in the middle of the second of two pictures.
        (
            'if [ "$1" = --version ]; then echo cc 0; exit; fi\n'
            'while [ "$1" != -o ]; do shift; done\n'
            'printf \'#!/bin/sh\\nprintf 123456789012ABCD\\n\' > "$2"; chmod +x "$2"',
            "^the program stopped at picture 1 of 2$",
        ),
    ],
)
def test_a_compiler_or_a_program_that_fails_is_no_proof(tmp_path, monkeypatch, script, said):
    paths = saved(tmp_path, simple())
    (tmp_path / "bin").mkdir()
    fake_compiler(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(NoRunnerError, match=said):
        run_program([*paths.values()], np.repeat(PICTURES, 2, axis=0), (2,))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(value):
    with pytest.raises(FormatError, match="K411") as caught:
        CTarget().write(dense([[1, value], [2, 3]]), "n")
    assert caught.value.details == (("dense_1/kernel", "numbers that are not finite"),)


def test_a_normalization_that_is_not_finite_is_refused():
    network = konv.Sequential([konv.Input((1,)), konv.BatchNormalization(name="n")]).network
    arrays = {"gamma": [1], "beta": [0], "moving_mean": [0], "moving_variance": [-1]}
    weights = {f"n/{name}": np.float32(values) for name, values in arrays.items()}
    with pytest.raises(FormatError, match="K411") as caught:
        CTarget().write(ModelContents(network, weights), "n")
    assert [where for where, _what in caught.value.details] == ["n/scale", "n/shift"]


def test_layers_without_calls_are_refused_together():
    first, second = type("Mine", (konv.Dense,), {}), type("Dense", (konv.Dense,), {})
    network = sequential([konv.Input((3,)), first(2), konv.Dense(2), second(2)])
    with pytest.raises(FormatError, match="K411") as caught:
        CTarget().write(ModelContents(network, new_weights(network, 0)), "n")
    # The second is called like a layer of konv's, and is none.
    assert caught.value.details == (("mine_1", "Mine"), ("dense_2", "Dense"))


@pytest.mark.parametrize(
    ("name", "why"),
    [("a\0b", "a zero, at which a text in C ends"), ("x" * 4096, "more bytes than the 4,095")],
)
def test_names_that_no_text_in_c_holds_are_refused(name, why):
    with pytest.raises(FormatError, match="K411") as caught:
        CTarget().write(replace(simple(), class_names=("cat", name)), "n")
    [(where, what)] = caught.value.details
    assert where.startswith("class 1, ")
    assert what.startswith(why)


@needs_c
def test_the_longest_name_is_one_that_compilers_take(tmp_path):
    from oracles.c_programs import built

    longest = "x" * 4093  # with its quotation marks
    text = text_of(replace(simple(), class_names=("cat", longest)))
    (tmp_path / "n.c").write_text(text + "\nint main(void) { return 0; }\n", "utf-8")
    built(tmp_path, [tmp_path / "n.c"])


def test_more_weights_or_memory_than_compilers_take_is_refused(monkeypatch):
    contents = dense(np.ones((4, 5)))
    monkeypatch.setattr(checking, "MAX_WEIGHTS_IN_C", 20)
    CTarget().write(contents, "n")
    monkeypatch.setattr(checking, "MAX_WEIGHTS_IN_C", 19)
    with pytest.raises(LimitError, match=r"K602.*: 20 weights"):
        CTarget().write(contents, "n")
    monkeypatch.setattr(checking, "MAX_WEIGHTS_IN_C", 20)
    monkeypatch.setattr(checking, "MAX_MEMORY_IN_C", 3)
    with pytest.raises(LimitError, match=r"K605.*: 4 numbers between the layers at a time"):
        CTarget().write(simple(), "n")
    assert limits.MAX_WEIGHTS_IN_C == 2**24


def test_weights_of_another_network_are_refused():
    with pytest.raises(EngineError, match="K702"):
        CTarget().write(replace(simple(), weights={}), "n")
