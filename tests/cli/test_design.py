"""konv design: proposals on the screen, as data and in a file; limits that cannot be kept."""

import json
import re
import shlex

import pytest

from konv.cli.design import _Count, _Shape
from konv.constraints import RefusalError
from konv.language.tables import places
from konv.network import Network

TASKS = {
    "39×31×1": "--input 39x31x1 --classes 100 --max-params 70k --whole",
    "28×28×1": "--input 28x28x1 --classes 10 --max-params 20k",
    "120×60×1": "--input 120x60x1 --classes 4",
    "32×32×3": "--input 32x32x3 --classes 10 --max-macs 2M",
}
SMALL = ("--input", "12x12x1", "--classes", "3", "--max-params", "900")


def facts_of(konv, *words):
    result = konv("design", *words, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_best_passes_konv_check_and_has_the_numbers_that_are_shown(task, konv):
    words = shlex.split(task)
    result = konv("design", *words, "--out", "net.yaml")
    assert result.code == 0
    assert "written: net.yaml" in result.err
    assert "konv train DATA --network net.yaml" in result.err
    classes = words[words.index("--classes") + 1]
    strict = ["--strict"] if "--whole" in words else []
    checked = json.loads(konv("check", "net.yaml", "--classes", classes, *strict, "--json").out)
    assert {finding["severity"] for finding in checked["findings"]} <= {"note"}
    totals = json.loads(konv("summary", "net.yaml", "--json").out)["totals"]
    shown = re.search(r"^ 1 ([\d,]+) parameters, ([\d,]+) MACs", result.out, re.MULTILINE)
    assert [int(number.replace(",", "")) for number in shown.groups()] == [
        totals["parameters"],
        totals["macs"],
    ]


def test_the_same_is_data(konv):
    facts = facts_of(konv, *SMALL, "--limit", "2")
    assert facts["input_shape"] == [12, 12, 1]
    assert facts["limits"]["parameters"] == 900
    assert facts["limits"]["assumed"] == ["macs"]
    assert len(facts["proposals"]) == 2
    assert facts["written"] is None
    first = facts["proposals"][0]
    network = Network.from_yaml(first["network"])
    assert (network.parameters, network.macs) == (first["parameters"], first["macs"])
    assert first["reasons"]
    assert facts["exhaustive"] is True


def test_any_proposal_can_be_written(konv, tmp_path):
    proposals = facts_of(konv, *SMALL)["proposals"]
    facts = facts_of(konv, *SMALL, "--limit", "1", "--out", "한글.json", "--pick", "3")
    assert facts["written"] == "한글.json"
    written = Network.from_file(tmp_path / "한글.json")
    assert written == Network.from_yaml(proposals[2]["network"])


def test_what_is_written_can_be_trained(konv, photos):
    words = ("--input", "8x8x3", "--classes", "3", "--max-params", "2k", "--out", "net.yaml")
    assert konv("design", *words).code == 0
    options = ("--epochs", "1", "--no-cache", "--out", "run")
    assert konv("train", photos, "--network", "net.yaml", *options).code == 0


@pytest.mark.parametrize("text", ["70k", "70000", "70,000", "70K", "0.07M"])
def test_numbers_may_be_written_as_people_write_them(text, konv):
    facts = facts_of(konv, *SMALL[:4], "--max-params", text, "--limit", "1")
    assert facts["limits"]["parameters"] == 70_000


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("1.5M", 1_500_000), ("2G", 2 * 10**9), ("1,234,567", 1_234_567)]
)
def test_suffixes_multiply(text, number):
    assert _Count().accept(text) == number


@pytest.mark.parametrize("constraint", [_Count(), _Shape()], ids=lambda c: type(c).__name__)
def test_bad_values_are_refused(constraint):
    for value in constraint.bad_values():
        with pytest.raises(RefusalError):
            constraint.accept(value)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("--classes 10", "K901", "--input is missing"),
        ("--input 28x28x1", "K901", "--classes is missing"),
        ("--input 28x28 --classes 10", "K201", "39x31x1"),
        ("--input 28x28x0 --classes 10", "K201", "each a whole number from 1 to 16,384"),
        ("--input 20000x2x1 --classes 10", "K201", "16,384"),
        (
            "--input 16384x16384x16 --classes 10",
            "K201",
            "--input must be height x width x channels",
        ),
        ("--input 28x28x1 --classes 1", "K201", "from 2 to"),
        ("--input 28x28x1 --classes 10 --max-params 70q", "K201", "70k"),
        ("--input 28x28x1 --classes 10 --max-macs 0", "K201", "1.5M"),
        ("--input 28x28x1 --classes 10 --min-receptive-field all", "K201", '"full"'),
        ("--input 28x28x1 --classes 10 --limit 0", "K201", "from 1 to 100"),
        ("--input 28x28x1 --classes 10 --max-param 9", "K901", '"--max-params"'),
        ("--input 28x28x1 --classes 10 --pick 2", "K901", "--out"),
        ("--input 28x28x1 --classes 10 --out net.txt", "K404", ".yaml"),
        ("--input 2x2x1 --classes 10 --out a.yaml --pick 99", "K901", "--pick 1 to"),
        ("--input 1x1x1 --classes 10", "K312", "at least two rows or columns"),
        ("--input 16384x16384x1 --classes 10", "K312", "pixels"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(line, code, said, konv, tmp_path):
    result = konv("design", *shlex.split(line))
    assert result.code == 2
    assert f"Error {code} in " in result.err
    assert said in result.err
    assert "Traceback" not in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        "--input 28x28x1 --classes 10 --max-params 5",
        "--input 28x28x1 --classes 10 --max-params 1 --max-macs 1 --whole",
        "--input 31x29x1 --classes 7 --max-macs 5k --min-receptive-field full --whole",
        "--input 9x9x3 --classes 10 --min-receptive-field 500 --max-params 50",
    ],
)
def test_limits_that_cannot_be_kept_name_options_that_can(line, konv):
    words = shlex.split(line)
    result = konv("design", *words)
    assert result.code == 2
    fix = re.search(r"^  fix +(.*)$", result.err, re.MULTILINE)[1]
    for hint in fix.split("; or "):
        changed = shlex.split(hint.replace(" and ", " "))
        assert len(changed) % 2 == 0
        eased = [*words, *changed]  # the last of an option wins
        if changed == ["no", "--whole"]:
            eased = [word for word in words if word != "--whole"]
        assert konv("design", *eased, "--limit", "1").code == 0, hint


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("task", [*TASKS.values(), "--input 224x224x3 --classes 9 --whole"])
def test_what_is_said_fits_the_screen(language, task, konv):
    result = konv("design", *shlex.split(task), "--lang", language, "--limit", "3")
    assert max(map(places, result.out.splitlines())) <= 80
    assert ("합성곱" if language == "ko" else "convolutions") in result.out
