import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.explain.figures.romanization import romanized


# From the examples of the Ministry of Culture and Tourism (2000), and names of streets and dishes.
@pytest.mark.parametrize(
    ("hangul", "latin"),
    [
        ("구미", "gumi"),
        ("영동", "yeongdong"),
        ("백암", "baegam"),
        ("옥천", "okcheon"),
        ("합덕", "hapdeok"),
        ("호법", "hobeop"),
        ("월곶", "wolgot"),
        ("벚꽃", "beotkkot"),
        ("한밭", "hanbat"),
        ("칠곡", "chilgok"),
        ("임실", "imsil"),
        ("울릉", "ulleung"),
        ("설악", "seorak"),
        ("부산", "busan"),
        ("서울", "seoul"),
        ("불고기", "bulgogi"),
        ("김치 2", "gimchi 2"),
        ("ㄱㅏ", "ga"),
        ("rose", "rose"),
        ("", ""),
    ],
)
def test_romanises_as_the_ministry_does(hangul, latin):
    assert romanized(hangul) == latin


def test_every_syllable_has_latin_letters():
    for code in range(0xAC00, 0xD7A4):
        text = romanized(chr(code))
        assert text.isascii(), chr(code)
        assert text.isalpha(), chr(code)


@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x30FF)))
def test_other_scripts_stay(text):
    assert romanized(text) == text
