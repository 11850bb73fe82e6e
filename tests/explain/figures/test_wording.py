import pytest

from konv.explain.figures.wording import number_text, percent, pictures_text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.5, "50.0 %"),
        (356 / 360, "98.9 %"),
        (1 / 3, "33.3 %"),
        (0.9999, "99.99 %"),
        (1 - 1e-9, "> 99.99 %"),
        (1e-9, "< 0.1 %"),
        (0.0006, "0.1 %"),
        (float("nan"), "?"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(share, text):
    assert percent(share).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 pictures"), (1, "1 picture"), (1797, "1,797 pictures")]
)
def test_counts_pictures(count, text):
    assert pictures_text(count) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (-0.25, "−0.25"), (1e-7, "1e−07")])
def test_writes_numbers_with_a_real_minus(value, text):
    assert number_text(value) == text
