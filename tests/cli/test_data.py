"""konv data: the doctor, and the cache."""

import json
import shutil

import pytest

from konv.data import load


def test_healthy_pictures_are_said_to_be(konv, photos):
    result = konv("data", "check", "photos", "--strict")
    assert result.code == 0
    assert "36 pictures, 3 classes" in result.out


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_errors_are_found_and_only_strictly_change_the_exit_code(options, code, konv, photos):
    (photos / "보" / "broken.png").write_text("no picture\n")
    shutil.copy(photos / "보" / "0.png", photos / "가위" / "copy.png")
    result = konv("data", "check", "photos", *options)
    assert result.code == code
    assert "broken.png" in result.out
    assert "copy.png" in result.out
    facts = json.loads(konv("data", "check", "photos", "--json", *options).out)
    assert any(finding["level"] == "error" for finding in facts["findings"])


def test_what_is_kept_is_shown_and_removed(konv, photos):
    load(photos)
    kept = json.loads(konv("data", "cache", "--json").out)
    assert (kept["sets"], kept["cleared"]) == (1, False)
    assert kept["bytes"] > 36 * 8 * 8 * 3
    removed = json.loads(konv("data", "cache", "--clear", "--json").out)
    assert (removed["sets"], removed["cleared"]) == (1, True)
    assert json.loads(konv("data", "cache", "--json").out)["bytes"] == 0
    assert "data sets: 0" in konv("data", "cache").out


def test_training_without_cache_keeps_nothing(konv, photos, network_file):
    words = ("train", "photos", "--network", network_file, "--epochs", 1, "--no-cache")
    assert konv(*words).code == 0
    assert json.loads(konv("data", "cache", "--json").out)["sets"] == 0
