import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import FormatError, LimitError
from konv.network.yaml_tree import yaml_tree
from oracles.properties import examples

SAME = [
    # texts that every reader of YAML takes alike
    "a: 1",
    "a: [1, -2, +3, 0]",
    "a: 1.5\nb: -0.25\nc: 1.0e-7\nd: .5\ne: 6.",
    "a: true\nb: False\nc: null\nd: ~\ne:",
    'a: "1"\nb: \'true\'\nc: "no"\nd: "\\u0041\\n"',
    "a: |\n  two\n  lines\nb: >\n  folded\n  text\n",
    "- a\n- [b, {c: d}]\n-\n  - e",
    "# a comment\na: b # another\n",
    "{konv: 1, layers: [Flatten, Dense: {units: 3}]}",
    "a: it's\nb: a b c\nc: x-y\nd: 합성곱",
    "---\na: 1\n...\n",
    "%YAML 1.1\n---\na: 1",
]


@pytest.mark.parametrize("text", SAME)
def test_values_are_those_of_yaml(text):
    assert yaml_tree(text).plain() == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "number"), [("1e-3", 1e-3), ("1E5", 1e5), ("-2e+3", -2000.0), ("1.5e3", 1500.0)]
)
def test_a_power_of_ten_needs_no_point(text, number):
    assert yaml_tree(text).value == number


def test_values_know_their_line():
    tree = yaml_tree("a: 1\n\nb:\n  - x\n  - y: {z:\n      3}\n")
    assert tree.line == 1
    assert tree.value["b"].line == 3
    first, second = tree.value["b"].value
    assert (first.line, second.line) == (4, 5)
    assert second.value["y"].value["z"].line == 5


REFUSED = [
    # text, code, line, what the message says
    ("", "K401", None, "nothing in it"),
    ("# only a comment", "K401", None, "nothing in it"),
    ("a: 1\na: 2", "K401", 2, "the first is on line 1"),
    ("a: {b: 1, b: 1}", "K401", 1, "'b' is given twice"),
    ("a: &x 1", "K401", 1, "anchor"),
    ("a: &x 1\nb: *x", "K401", 1, "anchor"),
    ("a: &x [1]\nb: *x", "K401", 1, "anchor"),
    ("a: *x", "K401", 1, "alias"),
    ("a: !!python/object/apply:os.system [ls]", "K401", 1, "tag"),
    ("!!python/name:os.system", "K401", 1, "tag"),
    ("a: !!str 3", "K401", 1, "tag"),
    ("!x {a: 1}", "K401", 1, "tag"),
    ("a: 1\n---\nb: 1", "K401", 2, "second document"),
    ("1: a", "K401", 1, "key that is no text"),
    ("[a]: 1", "K401", 1, "key that is no text"),
    ("? {a: b}\n: 1", "K401", 1, "key that is no text"),
    ("true: 1", "K401", 1, "key that is no text"),
    ("a: [1, 2", "K401", None, "not YAML"),
    ("a: b: c", "K401", 1, "not YAML"),
    ("a:\n\t- b", "K401", 2, "not YAML"),
    ("a: 'open", "K401", None, "not YAML"),
    ("}", "K401", 1, "not YAML"),
    ("a: \x00", "K401", None, "not YAML"),
    ("a: .nan", "K407", 1, ".nan"),
    ("a: 1\nb: -.inf", "K407", 2, "-.inf"),
    ("a: 1e999", "K407", 1, "1e999"),
    ("a: " + "9" * 61, "K401", 1, "61 characters"),
    ("a: " + "9" * 5_000, "K401", 1, "5000 characters"),
    ("[" * 17 + "]" * 17, "K401", 1, "16 levels"),
    ("{a: " * 17 + "}" * 17, "K401", 1, "16 levels"),
]


@pytest.mark.parametrize(("text", "code", "line", "says"), REFUSED)
def test_what_is_not_needed_is_refused(text, code, line, says):
    with pytest.raises(FormatError) as caught:
        yaml_tree(text, "net.yaml")
    assert caught.value.code == code
    assert says in str(caught.value)
    assert caught.value.where.startswith("net.yaml")
    if line is not None:
        assert caught.value.where == f"net.yaml line {line}"


AMBIGUOUS = [
    *("yes", "No", "on", "OFF"),  # 1.1: true, false
    *("010", "0x1F", "0b11", "0o17", "1_000", "1:30", "190:20:30.15", "-0_7"),
]


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_what_versions_of_yaml_read_differently_is_refused(word):
    with pytest.raises(FormatError) as caught:
        yaml_tree(f"a: {word}")
    assert "YAML 1.1 and 1.2" in str(caught.value)
    assert f'"{word}"' in caught.value.fix
    assert yaml_tree(f'a: "{word}"').plain() == {"a": word}


@pytest.mark.parametrize("text", ["a: !%1b[31m b", '"\\e[2J": 1\n"\\e[2J": 1', "a: !<%1B> b"])
def test_no_error_moves_a_terminal(text):
    with pytest.raises(FormatError) as caught:
        yaml_tree(text)
    assert "\x1b" not in str(caught.value)


def test_as_deep_as_allowed_is_read():
    assert yaml_tree("[" * 15 + "1" + "]" * 15).plain() == eval("[" * 15 + "1" + "]" * 15)


def test_too_many_values_are_refused():
    with pytest.raises(LimitError) as caught:
        yaml_tree("[" + "a," * 200_001 + "]")
    assert caught.value.code == "K602"


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@examples(300)
def test_what_is_read_is_what_yaml_reads(text):
    """Where konv reads a value, PyYAML reads the same, but for numbers that only 1.2 knows."""
    try:
        value = yaml_tree(text).plain()
    except FormatError:
        return
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:  # "=" and impossible dates are texts here
        assert isinstance(value, str)
        return
    if isinstance(value, float) and isinstance(expected, str):
        assert float(expected) == value
    elif not isinstance(value, str):  # a date is a text here
        assert value == expected
