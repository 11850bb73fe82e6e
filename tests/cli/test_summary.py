"""konv summary: any word that names a network, in every form."""

import csv
import io
import json

import pytest


@pytest.mark.parametrize(
    ("word", "parameters"),
    [("tutorial-39x31", 64_620), ("tutorial-120x60", 133_792), ("simple", 592_074)],
)
def test_a_named_network_is_summed_up(word, parameters, konv):
    assert f"{parameters:,} parameters" in konv("summary", word).out
    assert json.loads(konv("summary", word, "--json").out)["totals"]["parameters"] == parameters


def test_a_network_file_and_a_model_file_say_the_same(konv, network_file, model):
    # 3·3·3·4 + 4 and 3·3·4·3 + 3
    assert "223 parameters" in konv("summary", network_file).out
    assert konv("summary", model, "--json").out == konv("summary", network_file, "--json").out


def test_csv_has_a_row_for_each_layer(konv):
    rows = list(csv.DictReader(io.StringIO(konv("summary", "tutorial-39x31", "--csv").out)))
    assert sum(int(row["macs"]) for row in rows) == 2_277_760


def test_a_page_is_written(konv, tmp_path):
    result = konv("summary", "lenet5", "--html", "page.html")
    assert result.code == 0
    assert "page.html" in result.err
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_a_network_that_cannot_be_is_shown_up_to_the_layer_that_fails(konv, tmp_path):
    layers = "[Input: {shape: [6, 6, 1]}, Conv2D: {filters: 2, kernel_size: 3}, {Conv2D: "
    (tmp_path / "bad.yaml").write_text(
        f"konv: 1\nlayers: {layers}{{filters: 2, kernel_size: 5}}}}]"
    )
    result = konv("summary", "bad.yaml")
    assert result.code == 2
    assert "K104" in result.err
    assert "conv2d_1  (4, 4, 2)" in result.err


def test_a_file_called_like_a_network_needs_its_folder_said(konv, network_file, tmp_path):
    network_file.rename(tmp_path / "simple")
    assert "592,074" in konv("summary", "simple").out


def test_what_training_takes_is_told(konv, network_file):
    result = konv("summary", network_file, "--train", "--batch-size", "16", "--pictures", "1000")
    assert result.code == 0
    for said in ("223 parameters", "batches of 16 pictures", "for 1,000 pictures", "measured here"):
        assert said in " ".join(result.out.split())
    assert max(map(len, result.out.splitlines())) <= 80


def test_what_training_takes_is_data_too(konv, network_file):
    facts = json.loads(konv("summary", network_file, "--train", "--batch-size", "16", "--json").out)
    assert facts["totals"]["parameters"] == 223
    training = facts["training"]
    assert (training["batch_size"], training["epoch_pictures"]) == (16, 60_000)
    assert training["measured"] is True
    assert training["epoch_s"] == pytest.approx(60_000 * training["picture_s"])
    assert training["memory"]["weights"] == 4 * 223
    assert training["memory_bytes"] == sum(training["memory"].values()) + training["code_bytes"]


def test_training_is_estimated_in_korean_too(konv):
    text = konv("summary", "digits-mini", "--train", "--lang", "ko").out
    assert "방금 여기서 잰 값" in text
    assert "에포크" in text
