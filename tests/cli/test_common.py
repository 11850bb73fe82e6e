"""What may stand in every command line, wherever it stands."""

import json

import pytest

from konv.cli.common import Common, system_language, take_common


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ko_KR"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko"}, "ko"),
    ],
)
def test_the_system_says_the_language_and_its_strongest_word_counts(environment, language):
    assert system_language(environment) == language


@pytest.mark.parametrize(
    ("line", "common", "rest"),
    [
        ("train x", Common(), "train x"),
        ("--lang ko train x", Common(language="ko"), "train x"),
        ("train --lang=ko x", Common(language="ko"), "train x"),
        ("train x --json --traceback", Common(json=True, traceback=True), "train x"),
        ("--lang ko train --lang en", Common(language="en"), "train"),
        ("predict m -- --json", Common(), "predict m -- --json"),
    ],
)
def test_they_are_taken_out_of_the_line(line, common, rest):
    assert take_common(line.split(), Common()) == (common, rest.split())


@pytest.mark.parametrize("line", [["--lang", "ko", "networks"], ["networks", "--lang", "ko"]])
def test_a_command_speaks_the_language_before_or_after_its_name(line, konv):
    assert "합성곱" in konv(*line).out


@pytest.mark.parametrize("line", [["--json", "networks"], ["networks", "--json"]])
def test_json_is_one_object_and_nothing_else(line, konv):
    result = konv(*line)
    assert json.loads(result.out).keys() == {"networks"}
    assert result.out.count("\n") == 1
    assert result.err == ""
