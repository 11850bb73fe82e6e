"""What is written for others is proven before it stands in its place."""

import numpy as np
import pytest

from konv.errors import DataError, FormatError, ParameterError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import NoRunnerError, Target, Written
from konv.formats.targets import TARGETS, target_for, target_named
from konv.layers import Dense, Input
from konv.model import Sequential


class Toy(Target):
    """The weights as text, and a second file; its program multiplies them as it should, or not."""

    name, ending, description = "toy", ".toy", "weights as text"

    def __init__(self, factor=1.0, runner=True):
        self.factor, self.runner = factor, runner

    def write(self, contents, stem):
        kernel = contents.weights["dense_1/kernel"]
        text = "\n".join(" ".join(map(str, row)) for row in kernel.tolist())
        files = {f"{stem}.toy": text.encode(), f"{stem}.more": b"more"}
        return Written(files, (Note("here", "a note"),))

    def run(self, paths, inputs):
        if not self.runner:
            raise NoRunnerError("no program for toys is here")
        path = next(path for name, path in paths.items() if name.endswith(".toy"))
        return "toy 1", inputs @ np.loadtxt(path, dtype=np.float32) * self.factor


@pytest.fixture
def model():
    return Sequential([Input((3,)), Dense(2, activation="linear")], seed=1)


def test_a_proven_export_is_written_with_all_its_files(model, tmp_path):
    exported = model.export(tmp_path / "손글씨.toy", to=Toy())
    assert [path.name for path in exported.paths] == ["손글씨.toy", "손글씨.more"]
    assert all(path.exists() for path in exported.paths)
    assert exported.agreement.program == "toy 1"
    assert exported.agreement.pictures == 100
    assert exported.agreement.largest_difference < 1e-6
    assert exported.to_dict()["notes"] == ["here: a note"]


def test_pictures_are_given_as_the_first_layer_sees_them(model, tmp_path):
    pictures = np.array([[0, 51, 255], [255, 0, 0]], np.uint8)
    trial = model.trial(pictures)
    np.testing.assert_allclose(trial.inputs, [[0, 0.2, 1], [1, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(trial.outputs, model.predict(pictures), rtol=1e-5)
    assert model.export(tmp_path / "a.toy", to=Toy(), pictures=pictures).agreement.pictures == 2


def test_what_computes_something_else_is_not_written(model, tmp_path):
    (tmp_path / "a.toy").write_text("former")
    with pytest.raises(FormatError, match="K413"):
        model.export(tmp_path / "a.toy", to=Toy(factor=1.01))
    assert [path.name for path in tmp_path.iterdir()] == ["a.toy"]
    assert (tmp_path / "a.toy").read_text() == "former"


def test_where_nobody_can_be_asked_that_is_said(model, tmp_path):
    exported = model.export(tmp_path / "a.toy", to=Toy(runner=False))
    assert (exported.agreement, exported.unproven) == (None, "no program for toys is here")
    assert (tmp_path / "a.toy").exists()


def test_who_objects_to_one_file_keeps_all_from_being_written(model, tmp_path):
    def refuse(path, content):
        if path.suffix == ".more":
            raise FormatError("no", code="K405")

    with pytest.raises(FormatError):
        model.export(tmp_path / "a.toy", to=Toy(), before_writing=refuse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", TARGETS)
def test_a_format_is_found_by_name_and_by_ending(name):
    target = target_named(name)
    assert target.name == name
    assert target_for(f"NET{target.ending.upper()}").ending == target.ending


@pytest.mark.parametrize("path", ["net", "net.xyz", ""])
def test_an_ending_of_no_format_is_refused_with_those_there_are(path):
    with pytest.raises(ParameterError, match=r"K201") as caught:
        target_for(path)
    assert ".konv" in caught.value.fix


def test_a_name_of_no_format_is_refused():
    with pytest.raises(ParameterError, match="did you mean"):
        target_named("yml")


@pytest.mark.parametrize("name", ["net.toy", "NET.TOY", "net.txt", "net"])
def test_files_beside_the_first_are_called_by_its_name_without_its_ending(name, model, tmp_path):
    exported = model.export(tmp_path / name, to=Toy())
    assert [path.name for path in exported.paths] == [name, f"{name[:3]}.more"]


def test_a_file_cannot_be_called_as_another_beside_it(model, tmp_path):
    with pytest.raises(ParameterError, match="K201") as caught:
        model.export(tmp_path / "net.more", to=Toy())
    assert "net.toy" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [None, 5, b"net.toy", ["net.toy"]])
def test_what_is_no_path_is_refused(path, model):
    with pytest.raises(ParameterError, match="K201"):
        model.export(path, to=Toy())


@pytest.mark.parametrize("name", ["n" * 300 + ".toy", "a\0b.toy"])
def test_a_name_that_no_file_can_have_is_refused(name, model, tmp_path):
    with pytest.raises(FormatError, match="K405"):
        model.export(tmp_path / name, to=Toy())
    assert list(tmp_path.iterdir()) == []


def test_no_pictures_prove_nothing(model, tmp_path):
    with pytest.raises(DataError, match="K504"):
        model.export(tmp_path / "net.toy", to=Toy(), pictures=np.zeros((0, 3)))
    assert list(tmp_path.iterdir()) == []
