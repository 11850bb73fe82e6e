"""konv check and konv explain-code: what is found, the exit code, the file with the fix."""

import json

import pytest

from konv.codes import CODES
from konv.design.rules import RULES
from konv.language import using_language
from konv.language.tables import places
from konv.network import Network

BROKEN = """\
konv: 1
name: 한글
layers:
  - Input: {shape: [12, 9, 1]}
  - Conv2D: {filters: 8, kernel_size: 3, activation: relu}
  - MaxPooling2D: {padding: same}
  - Conv2D: {filters: 16, kernel_size: 5, activation: relu}
  - Flatten
  - Dense: {units: 10, activation: softmax}
"""
ODD = """\
konv: 1
layers:
  - Input: {shape: [9, 8, 1]}
  - MaxPooling2D
  - Flatten
  - Dense: {units: 3, activation: softmax}
"""


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "한글 net.yaml"
    path.write_text(BROKEN)
    return path


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(Network.from_yaml(ODD).to_json())
    return path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["lenet5"], 0),
        (["simple"], 0),  # notes only
        (["lenet5", "--classes", "7"], 1),
        (["tutorial-39x31", "--strict"], 0),
        (["tutorial-120x60"], 1),
    ],
)
def test_the_exit_code_says_whether_there_is_more_than_notes(words, code, konv):
    assert konv("check", *words).code == code
    assert konv("check", *words, "--json").code == code


def test_a_model_is_checked_too(konv, model):
    assert "tiny: " in konv("check", model).out


def test_a_network_that_cannot_be_built_is_a_finding(konv, broken):
    result = konv("check", broken)
    assert result.code == 1
    assert "error K104 in layer 3 conv2d_2: a 5×5 kernel does not fit a 5×4 input" in result.out
    assert "(4 + 2·0 − 5) / 1 + 1 = 0" in result.out
    assert "K104" in json.loads(konv("check", broken, "--json").out)["findings"][0]["code"]


def test_fix_writes_a_new_file_beside_the_old_one_and_checks_it(konv, broken):
    before = broken.read_text()
    result = konv("check", broken, "--fix")
    assert result.code == 0
    assert "kernel_size=4 in conv2d_2" in result.out
    assert "한글 net.fixed.yaml" in result.err
    assert broken.read_text() == before
    fixed = broken.with_name("한글 net.fixed.yaml")
    assert konv("check", fixed).code == 0
    assert Network.from_file(fixed).node("conv2d_2").layer.kernel_size == (4, 4)


def test_fix_keeps_the_form_and_never_writes_over_a_file_unless_told(konv, odd, tmp_path):
    assert konv("check", odd, "--fix").code == 0
    fixed = tmp_path / "odd.fixed.json"
    written = fixed.read_bytes()
    again = konv("check", odd, "--fix")
    assert (again.code, fixed.read_bytes()) == (2, written)
    assert "K901" in again.err
    assert "--out" in again.err
    assert konv("check", odd, "--fix", "--out", odd).code == 0
    assert konv("check", odd).code == 0


def test_fix_says_what_it_did_as_data(konv, odd, tmp_path):
    facts = json.loads(konv("check", odd, "--fix", "--out", "new.yaml", "--json").out)
    assert [finding["code"] for finding in facts["findings"]] == ["D101", "D304"]
    assert facts["fixed"]["changes"] == ['padding="same" in max_pooling2d_1']
    assert facts["fixed"]["written"] == "new.yaml"
    assert [finding["code"] for finding in facts["fixed"]["findings"]] == ["D304"]
    assert (tmp_path / "new.yaml").exists()


def test_nothing_is_written_where_nothing_is_to_fix(konv, tmp_path):
    result = konv("check", "lenet5", "--fix")
    assert result.code == 0
    assert "nothing was changed" in result.out
    assert list(tmp_path.glob("*.yaml")) == []


def test_what_cannot_be_mended_is_said_and_nothing_is_written(konv, tmp_path):
    (tmp_path / "no.yaml").write_text("{konv: 1, layers: [Flatten, Dense: {units: 2}]}")
    result = konv("check", "no.yaml", "--fix")
    assert result.code == 1
    assert "no change was found" in result.out
    assert not (tmp_path / "no.fixed.yaml").exists()


def test_a_named_network_is_fixed_in_the_folder_where_one_is(konv, tmp_path):
    assert konv("check", "tutorial-120x60", "--fix").code == 0
    network = Network.from_file(tmp_path / "tutorial-120x60.fixed.yaml")
    assert network.node("max_pooling2d_3").output_shape == (12, 5, 20)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_said_fits_the_screen(language, konv, broken):
    for words in ([broken, "--fix"], ["vgg-grey", "--strict"], ["simple", "--classes", "4"]):
        out = konv("check", *words, "--lang", language).out
        assert max(map(places, out.splitlines())) <= 80


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("code", [*CODES, *(rule.code for rule in RULES)])
def test_every_code_is_explained_in_both_languages(code, language, konv):
    result = konv("explain-code", code.lower(), "--lang", language)
    assert result.code == 0
    assert result.out.startswith(f"{code}: ")
    assert "```" not in result.out
    with using_language(language):
        assert ("해결." if language == "ko" else "Fix.") in result.out or code == "K308"


def test_an_explanation_is_data_too(konv):
    facts = json.loads(konv("explain-code", "D101", "--json").out)
    assert (facts["code"], facts["title"]) == ("D101", "a pool drops rows or columns")
    assert "MaxPooling2D" in facts["body"]
