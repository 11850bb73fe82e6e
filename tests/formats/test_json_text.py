"""JSON as files hold it: one way of writing, and a reading that trusts nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import FormatError, LimitError
from konv.formats.json_text import (
    check_extent,
    depth_of,
    outside_texts,
    read_json,
    values_of,
    write_json,
)
from konv.limits import MAX_MODEL_HEADER_BYTES, MAX_MODEL_HEADER_DEPTH, MAX_MODEL_HEADER_VALUES
from oracles.properties import examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


def read(text: bytes | str) -> object:
    return read_json(text, where="a file", part="header")


@examples(100)
@given(PLAIN)
def test_what_is_written_is_read_as_it_was(value):
    text = write_json(value)
    assert read(text) == value
    assert read(text.encode()) == value
    assert json.loads(text) == value


def test_the_order_of_names_leaves_no_trace_in_the_text():
    assert write_json({"b": 1, "a": {"d": 2, "c": 3}}) == '{"a":{"c":3,"d":2},"b":1}'
    assert write_json({"a": {"c": 3, "d": 2}, "b": 1}) == '{"a":{"c":3,"d":2},"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")]])
def test_numbers_that_are_not_finite_are_not_written(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a":1,"b":{"c":2,"c":3}}', "'c' stands there twice"),
        (b'{"a":NaN}', "NaN is not a finite number"),
        (b"[Infinity]", "Infinity is not a finite number"),
        (b"-Infinity", "-Infinity is not a finite number"),
        (b"1e999", "1e999 is not a finite number"),
        (b"-1e999", "-1e999 is not a finite number"),
        (b"0." + b"1" * 1000, "is not a finite number"),
        (b"1" * 100_000, "a whole number of 100,000 digits"),
        (b'"\xff"', "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),
        (b"\xff\xfe[\x00]\x00", "utf-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[1,]", ""),
        (b"{'a': 1}", ""),
        (b'{"a":1} x', "Extra data"),
        (b'"\x00"', "control character"),
        (b"[1, 2", ""),
    ],
)
def test_what_is_not_strict_json_is_refused_with_the_reason(text, reason):
    with pytest.raises(FormatError, match="K401 in a file: the header is not JSON") as caught:
        read(text)
    assert reason in str(caught.value)


def test_a_text_with_a_lone_surrogate_is_refused():
    with pytest.raises(FormatError, match="K401"):
        read('"\ud800"')


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (nested(MAX_MODEL_HEADER_DEPTH + 1), "17 levels of nesting"),
        (nested(1_000_000), "1,000,001 values"),
        (nested(50_000), "50,000 levels of nesting"),
        (b'{"a":' * 50_000, "50,000 levels of nesting"),
        (b"[" + b"1," * MAX_MODEL_HEADER_VALUES + b"1]", "150,002 values"),
        (b"[" + b"{}," * MAX_MODEL_HEADER_VALUES + b"{}]", "300,003 values"),
        (b'"' + b"a" * MAX_MODEL_HEADER_BYTES + b'"', "4,194,306 bytes"),
    ],
)
def test_what_would_take_too_much_memory_is_refused_before_it_is_read(text, counted):
    with pytest.raises(LimitError, match="K604 in a file") as caught:
        read(text)
    assert counted in str(caught.value)


def test_the_limits_themselves_are_allowed():
    assert read(nested(MAX_MODEL_HEADER_DEPTH)) is not None
    assert len(read(b"[" + b"1," * (MAX_MODEL_HEADER_VALUES - 3) + b"1]")) == 149_998
    assert len(read(b'"' + b"a" * (MAX_MODEL_HEADER_BYTES - 2) + b'"')) == 4_194_302


@pytest.mark.parametrize("text", ['"[[[["', '"\\"[[["', '"\\\\\\"[{,"', '{"[,":"],{"}', '"\\\\"'])
def test_brackets_and_commas_inside_texts_do_not_count(text):
    # 16 copies side by side in one list would be 16 · 4 levels if they counted.
    many = f"[{','.join([text] * 16)}]"
    check_extent(many.encode(), where="", part="")
    assert read(many) == json.loads(many)
    deep = "[" * 17 + text + "]" * 17
    with pytest.raises(LimitError, match="levels of nesting"):
        check_extent(deep.encode(), where="", part="")


JSON_PIECES = st.sampled_from(
    ["[", "]", "{", "}", ",", ":", '"', '"a"', '"\\""', '"\\\\"', '"[{,"', "\\", "1", '"b":', "[]"]
)


@examples(100)
@given(PLAIN.map(json.dumps) | st.lists(JSON_PIECES, max_size=12).map("".join))
def test_no_text_hides_a_value_from_the_count(text):
    try:
        value = json.loads(text)
    except ValueError:
        return
    signs = outside_texts(text.encode())
    assert count_of(value) <= values_of(signs)
    assert nesting_of(value) == depth_of(signs)


def count_of(value: object) -> int:
    """All values, a list and an object being one each."""
    if isinstance(value, dict):
        return 1 + sum(count_of(item) for item in value.values())
    return 1 + sum(count_of(item) for item in value) if isinstance(value, list) else 1


def nesting_of(value: object) -> int:
    if not isinstance(value, (list, dict)):
        return 0
    items = value.values() if isinstance(value, dict) else value
    return 1 + max((nesting_of(item) for item in items), default=0)
