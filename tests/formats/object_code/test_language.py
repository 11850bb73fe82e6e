"""The part of C that networks are written in: read, compiled and run, each piece by itself."""

import math

import pytest

from konv.formats.object_code.parsing import parsed
from konv.formats.object_code.syntax import Binary, Choose, Literal, Name, Return, Unary
from oracles.loaded_objects import called, needs_x86_64


def returned(expression):
    """The tree of an expression."""
    [statement] = parsed(f"int f(int a) {{ return {expression}; }}").functions["f"].body.statements
    assert isinstance(statement, Return)
    return statement.value


A, ONE, TWO = Name("a"), Literal(1), Literal(2)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + 1 * 2", Binary("+", A, Binary("*", ONE, TWO))),
        ("a - 1 - 2", Binary("-", Binary("-", A, ONE), TWO)),
        ("(a - 1) * 2", Binary("*", Binary("-", A, ONE), TWO)),
        ("a < 1 || a > 2", Binary("||", Binary("<", A, ONE), Binary(">", A, TWO))),
        ("-a + 1", Binary("+", Unary("-", A), ONE)),
        ("a ? 1 : a ? 2 : 1", Choose(A, ONE, Choose(A, TWO, ONE))),
        ("a /* one */ + 1", Binary("+", A, ONE)),
    ],
)
def test_what_binds_more_is_deeper(text, tree):
    assert returned(text) == tree


@needs_x86_64
@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("a + b * 2", (3, 4), 11),
        ("a - b - 1", (3, 4), -2),
        ("a / b", (-7, 2), -3),
        ("-a", (5, 0), -5),
        ("a > b ? a : b", (3, 4), 4),
        ("a <= b", (4, 4), 1),
        ("a < b && b < 10", (3, 4), 1),
        ("a < b && b < 10", (3, 40), 0),
        ("a < 0 || b >= 4", (3, 4), 1),
        ("!(a == b)", (3, 4), 1),
        ("a != b", (4, 4), 0),
        # Not worked out unless needed: dividing by 0 would end the program.
        ("a != 0 && b / a > 1", (0, 4), 0),
        ("a == 0 ? 7 : b / a", (0, 4), 7),
    ],
)
def test_whole_numbers(expression, values, expected):
    text = f"int f(int a, int b) {{ return {expression}; }}"
    assert called(text, "f", int, *values) == expected


@needs_x86_64
@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("a + b * 2.0f", (1.5, 0.25), 2.0),
        ("a - b", (1.0, 0.25), 0.75),
        ("a / b", (1.0, -4.0), -0.25),
        ("-a", (0.5, 0.0), -0.5),
        ("a < b ? 1.0f : 0.5f", (1.0, math.nan), 0.5),
        ("a != b ? 1.0f : 0.5f", (1.0, math.nan), 1.0),
        ("(float)(1 + 2) * a", (0.5, 0.0), 1.5),
        ("a < INFINITY ? 1e-3f : 2.5e+2f", (math.inf, 0.0), 250.0),
        ("expf(a)", (1.0, 0.0), math.e),
        ("expm1f(a)", (1e-6, 0.0), 1.0000005e-6),
        ("tanhf(a)", (-0.5, 0.0), -0.46211716),
        ("erff(a)", (0.5, 0.0), 0.52049988),
    ],
)
def test_floats(expression, values, expected):
    text = f"float f(float a, float b) {{ return {expression}; }}"
    assert called(text, "f", float, *values) == pytest.approx(expected, rel=4e-7)


@needs_x86_64
@pytest.mark.parametrize(
    ("body", "value", "expected"),
    [
        ("int sum = 0; for (int i = 1; i <= n; ++i) { sum += i; } return sum;", 10, 55),
        ("int x = 1; for (; n > 0; --n) { x *= 2; } return x;", 5, 32),
        ("int x = 9; for (; n > 0; n -= 2) { x /= 2; } return x - n;", 3, 3),
        ("if (n > 2) { return 1; } else { return 2; } return 3;", 3, 1),
        ("if (n > 2) { n = 7; } else if (n > 1) { n = 8; } return n;", 2, 8),
        (
            "int odd = 0; for (int i = 0; i < n; ++i) {"
            " if (i - i / 2 * 2 == 0) { continue; } odd += i; } return odd;",
            6,
            1 + 3 + 5,
        ),
        (
            "int all = 0; for (int i = 0; i < n; ++i) { for (int j = 0; j < n; ++j) {"
            " if (j > i) { continue; } all += 1; } if (i == 1) { continue; } all += 10; }"
            " return all;",
            3,
            6 + 20,
        ),
        ("int i = 5; { int i = 6; n += i; } return n + i;", 1, 12),
        ("return twice(n) + field(&numbers);", 4, 8 + 22),
    ],
)
def test_statements(body, value, expected):
    text = (
        "typedef struct { int a, b; int c; } three;"
        "static const three numbers = {11,  22, 33};"
        "static int field(const three *x) { return x->b; }"
        "static int twice(int a) { return a * 2; }"
        f"int f(int n) {{ {body} }}"
    )
    assert called(text, "f", int, value) == expected


@needs_x86_64
def test_pointers_and_memory():
    text = (
        "static float store[6];"
        "static void fill(int n, float *restrict x) {"
        "  for (int i = 0; i < n; ++i) { x[i] = 1.5f; } }"
        "static float sum(int n, const float *x) {"
        "  float all = 0.0f; for (; n > 0; --n) { all += x[0]; x += 1; } return all; }"
        "static float bias(const float *b) { return b != 0 ? b[0] : 0.25f; }"
        "float f(int n) { fill(n, store + 1); store[5] -= 1.0f;"
        "  return sum(6, store) + bias(0) + bias(store + 2); }"
    )
    # Four times 1.5, and 5th place −1, then 0.25 and 1.5; twice, since memory keeps.
    assert called(text, "f", float, 4) == pytest.approx(6 - 1 + 0.25 + 1.5)


@pytest.mark.parametrize(
    "text", ["int f(int a) { return a % 2; }", "int f(", "x", "int f(int a) {"]
)
def test_what_is_no_c_of_ours_is_an_error(text):
    with pytest.raises(ValueError, match="expected"):
        parsed(text)
