"""konv convert: what is read, where it is written, what is said."""

import json

import pytest

from konv.model import load
from konv.network import Network

TEXT = "not compared: a description holds no weights that could be run"


@pytest.mark.parametrize("to", ["yaml", "json"])
def test_a_model_becomes_a_network_file_of_its_name(to, konv, model, tmp_path):
    result = konv("convert", model, "--to", to)
    assert result.code == 0
    path = tmp_path / f"{model.stem}.{to}"
    assert f"written: {path.name}" in result.out
    assert TEXT in result.out
    assert Network.from_file(path) == load(model).network


def test_the_ending_says_the_format(konv, model, tmp_path):
    assert konv("convert", model, "--out", "다른 것.yaml").code == 0
    assert (tmp_path / "다른 것.yaml").exists()


def test_a_network_gets_new_weights_and_that_is_said(konv, tmp_path):
    result = konv("convert", "lenet5", "--to", "konv")
    assert result.code == 0
    assert "its weights are new" in result.err
    assert load(tmp_path / "lenet5.konv").network.parameters == 61_706


def test_the_answer_as_json(konv, model, tmp_path):
    facts = json.loads(konv("convert", model, "--to", "yaml", "--json").out)
    assert facts["files"] == [f"{model.stem}.yaml"]
    assert (facts["source"], facts["agreement"]) == ("konv", None)


def test_a_model_learns_what_its_file_does_not_say(konv, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("\ufeff영\n" + "\n".join(f"n{i}" for i in range(1, 10)), "utf-8")
    options = ("--pixels", "-1..1", "--class-names", names)
    assert konv("convert", "lenet5", "--to", "konv", *options).code == 0
    model = load(tmp_path / "lenet5.konv")
    assert model.classes[:2] == ("영", "n1")
    assert (model.preprocessing.mean, model.preprocessing.std) == ((0.5,), (0.5,))


def test_a_file_of_someone_else_is_not_replaced_unasked(konv, model, tmp_path):
    mine = tmp_path / f"{model.stem}.yaml"
    mine.write_text("mine")
    result = konv("convert", model, "--to", "yaml")
    assert (result.code, mine.read_text()) == (2, "mine")
    assert "K405" in result.err
    assert konv("convert", model, "--out", mine).code == 0
    assert konv("convert", model, "--to", "yaml").code == 0  # the same once more


BAD = (
    (("convert",), "K901"),
    (("convert", "lenet5"), "--to konv|yaml"),
    (("convert", "lenet5", "--to", "yml"), "did you mean"),
    (("convert", "lenet5", "--out", "net.xyz"), "no format has the ending of net.xyz"),
    (("convert", "nothing.konv", "--to", "yaml"), "K404"),
    (("convert", "lenet5", "--to", "konv", "--pixels", "0..2"), "K201"),
    (("convert", "lenet5", "--to", "konv", "--class-names", "a,b"), "2 class names"),
    (("convert", "lenet5", "--to", "konv", "--class-names", "a,a"), "each once"),
    (("convert", "lenet5", "--to", "yaml", "--out", "/proc/no/net.yaml"), "K405"),
)


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_what_cannot_be_is_refused_and_nothing_is_written(arguments, said, konv, tmp_path):
    result = konv(*arguments)
    assert result.code == 2
    assert said in result.err
    assert list(tmp_path.iterdir()) == []


def test_the_model_that_was_read_is_not_replaced(konv, model):
    before = model.read_bytes()
    result = konv("convert", model, "--out", model)
    assert (result.code, model.read_bytes()) == (2, before)
    assert "that is the file that was read" in result.err
