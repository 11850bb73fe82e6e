import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import FormatError, LimitError
from konv.network.json_tree import json_tree
from oracles.properties import examples

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
@examples(200)
def test_values_are_those_of_json(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert json_tree(f" {text}\n").plain() == value


def test_values_know_their_line():
    tree = json_tree('{\n"a": 1,\n\n"b": [2,\n3, {"c":\n4}]}')
    assert tree.line == 1
    assert (tree.value["a"].line, tree.value["b"].line) == (2, 4)
    two, three, last = tree.value["b"].value
    assert (two.line, three.line, last.line, last.value["c"].line) == (4, 5, 5, 5)


REFUSED = [
    # text, code, line, what the message says
    ("", "K401", 1, "missing"),
    ("\n\n", "K401", 3, "missing"),
    ("{", "K401", 1, "key in double quotes"),
    ("[", "K401", 1, "missing"),
    ("[1\n2]", "K401", 2, "comma or ]"),
    ('{"a": 1\n"b": 2}', "K401", 2, "comma or }"),
    ("[1,\n]", "K401", 2, "no value can begin"),
    ('{"a" 1}', "K401", 1, "colon"),
    ("{a: 1}", "K401", 1, "double quotes"),
    ("{'a': 1}", "K401", 1, "double quotes"),
    ('{"a": 1, "a": 2}', "K401", 1, "given twice"),
    ('{"a": 1}\n{"b": 1}', "K401", 2, "behind the end"),
    ('"open', "K401", 1, "Unterminated"),
    ('"a\nb"', "K401", 1, "control character"),
    ('"\\x"', "K401", 1, "escape"),
    ("[1]x", "K401", 1, "behind the end"),
    ("01", "K401", 1, "behind the end"),
    ("-", "K401", 1, "no value can begin"),
    ("tru", "K401", 1, "no value can begin"),
    ("// comment\n1", "K401", 1, "no value can begin"),
    ("\ufeff1", "K401", 1, "no value can begin"),
    ("[\nNaN]", "K407", 2, "NaN"),
    ("-Infinity", "K407", 1, "Infinity"),
    ("1e999", "K407", 1, "1e999"),
    ("9" * 61, "K401", 1, "61 characters"),
    ("9" * 5_000, "K401", 1, "5000 characters"),
    ("[" * 17 + "]" * 17, "K401", 1, "16 levels"),
    ("[" * 100_000, "K401", 1, "16 levels"),
    ('{"a":' * 100_000, "K401", 1, "16 levels"),
]


@pytest.mark.parametrize(("text", "code", "line", "says"), REFUSED)
def test_what_is_no_json_is_refused(text, code, line, says):
    with pytest.raises(FormatError) as caught:
        json_tree(text, "net.json")
    assert caught.value.code == code
    assert says in str(caught.value)
    assert caught.value.where == f"net.json line {line}"


def test_too_many_values_are_refused():
    with pytest.raises(LimitError):
        json_tree("[" + "1," * 200_001 + "1]")


@given(st.text(st.sampled_from('[]{}:,"\\ \n01-eE.+truefalsenullN'), max_size=20))
@examples(500)
def test_what_python_reads_is_read_and_what_it_refuses_is_refused(text):
    def no_twins(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    def no_constant(text):
        raise ValueError(text)

    try:
        expected = json.loads(text, object_pairs_hook=no_twins, parse_constant=no_constant)
    except ValueError:
        with pytest.raises(FormatError):
            json_tree(text)
    else:
        assert json_tree(text).plain() == expected
