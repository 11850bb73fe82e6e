"""konv convert: what is read, where it is written, what is said."""

import json

import pytest

from formats.onnx.graphs import graph_model, one
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


@pytest.mark.parametrize(("options", "noted"), [((), True), (("--pixels", "0..1"), False)])
def test_what_pixels_mean_is_noted_where_nobody_says_it(options, noted, konv, tmp_path):
    model = graph_model([one("Relu")], (1, 3, 8, 8))
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    result = konv("convert", "net.onnx", "--to", "konv", *options)
    assert result.code == 0
    assert ("divides pixels by 255" in result.out) == noted


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


def test_the_model_that_was_read_is_not_replaced_and_that_is_said_at_once(konv, model, monkeypatch):
    monkeypatch.setattr("konv.cli.convert.converted", None)  # nothing is read
    before = model.read_bytes()
    result = konv("convert", model, "--out", model)
    assert (result.code, model.read_bytes()) == (2, before)
    assert "that is the file that was read" in result.err


@pytest.mark.parametrize("option", [("--data", "digits"), ("--pixels", "0..1")])
@pytest.mark.parametrize("shape", ["[8]", "[8, 8, 4]"])
def test_pictures_are_refused_where_the_input_is_none(option, shape, konv, tmp_path):
    layers = f"[Input: {{shape: {shape}}}, Flatten, Dense: {{units: 2}}]"
    (tmp_path / "rows.yaml").write_text(f"konv: 1\nlayers: {layers}\n")
    result = konv("convert", "rows.yaml", "--to", "konv", *option)
    assert result.code == 2
    assert "K901" in result.err
    assert f"{option[0]} for an input (8" in result.err
    assert f"leave {option[0]} out" in result.err


@pytest.mark.oracle
def test_all_pictures_of_a_folder_are_compared(konv, model, photos):
    result = konv("convert", model, "--to", "onnx", "--data", photos, "--json")
    count = len([path for path in photos.rglob("*") if path.is_file()])
    assert json.loads(result.out)["agreement"]["pictures"] == count


@pytest.mark.parametrize("name", ["net.keras", "net.onnx", "weights.bin"])
def test_models_of_other_tools_can_be_summed_up_checked_and_drawn(name, konv, model):
    ending = {"weights.bin": "onnx"}.get(name, name.partition(".")[2])
    assert konv("convert", model, "--to", ending, "--out", name).code == 0
    assert "223 parameters" in konv("summary", name).out
    assert konv("check", name).code in (0, 1)
    assert konv("draw", name, "--out", "net.svg").code == 0


def test_a_slip_in_the_name_of_a_network_shows_the_right_one(konv):
    result = konv("convert", "lenet", "--to", "yaml")
    assert result.code == 2
    assert "K309" in result.err
    assert "lenet5" in result.err
