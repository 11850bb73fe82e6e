"""The pages of docs/experiments, written from what was measured.

A page is a template in ``experiments/pages`` whose numbers are names in the JSON beside the page::

    {found/max/0/mean:.2%}      a number: the way to it, and its form
    {found/lost/mean:points}    a difference of shares, in points
    {table}                     what the program prints
    {how}                       command, data, machine and date

So a page cannot say another number than the JSON does, in either language, and what it says in
words is checked by the ``claims`` of its experiment.
"""

from __future__ import annotations

import importlib
import json
import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "NAMES", "PAGES", "page", "result_of", "template", "where"]

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "experiments"
TEMPLATES = Path(__file__).parent / "pages"
NAMES = ("activations", "strides", "poolings", "borders", "sharing", "dense")
LANGUAGES = ("en", "ko")

# Words of the tables.
_KOREAN = {
    "ten layers of": "층 열 개의 활성화",
    "largest slope": "가장 큰 미분값",
    "slopes together": "미분값의 곱",
    "gradient kept": "남은 기울기",
    "accuracy": "정확도",
    "instead of the pool": "풀링 자리에",
    "parameters": "매개변수",
    "MACs": "곱셈-누산",
    "weights": "가중치",
    "pool": "풀링",
    "stride": "스트라이드",
    "convolution": "합성곱 층",
    "convolution and pool": "합성곱 층과 풀링",
    "dense": "완전연결 층",
    "max": "최대",
    "average": "평균",
    "min": "최소",
    "padding, ending": "패딩, 끝",
    "middle": "가운데",
    "edge": "변",
    "corner": "모서리",
    "middle − corner": "가운데 − 모서리",
    "different pictures": "서로 다른 사진",
    "network": "신경망",
    "training µs": "학습 µs",
    "use µs": "예측 µs",
}


def where(name: str, language: str) -> Path:
    """The file of a page."""
    return PAGES / ("" if language == "en" else language) / f"{name}.md"


def template(name: str, language: str) -> str:
    return (TEMPLATES / f"{name}.{language}.md").read_text("utf-8")


def result_of(name: str) -> dict[str, Any]:
    """What was measured last."""
    result: dict[str, Any] = json.loads((PAGES / f"{name}.json").read_text("utf-8"))
    return result


def page(name: str, language: str) -> str:
    """The page, with the numbers of its JSON."""
    result = result_of(name)
    table = importlib.import_module(f"experiments.{name}").table(result["found"])
    up = "" if language == "en" else "../"
    values = {**result, "data": result["data"].upper(), "up": up, "table": _table(table, language)}
    values["how"] = _filled(template("how", language), values).rstrip()
    return _filled(template(name, language), values)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return _Filled().vformat(text, (), values)


class _Filled(string.Formatter):
    """``{a/b:.1f}`` is values["a"]["b"] in this form."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value: Any = kwargs
        for key in field_name.split("/"):
            value = value[key]
        return value, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        """``:points`` is a share in points of a hundred, without a sign: 0.0253 is 2.53."""
        if format_spec == "points":
            return f"{100 * value:.2f}"
        return str(super().format_field(value, format_spec))


def _table(rows: Sequence[Sequence[str]], language: str) -> str:
    """A table in Markdown."""
    head, *body = ([_word(cell, language) for cell in row] for row in rows)
    ruler = ["---", *("---:" for _cell in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *body))


def _word(cell: str, language: str) -> str:
    if language == "en":
        return cell
    cell = re.sub(r"^(.*?),? ?moved (\d) px$", _moved, cell)
    cell = re.sub(r"^(valid|same) global$", r"\1, 전역 풀링", cell)
    cell = re.sub(r"^(valid|same) flatten$", r"\1, Flatten", cell)
    cell = re.sub(r" points$", "%p", cell)
    return _KOREAN.get(cell, cell)


def _moved(found: re.Match[str]) -> str:
    which = _KOREAN.get(found[1], found[1])
    return f"{which}{', ' if which else ''}{found[2]} px 이동"


def main() -> None:
    """Write all pages anew."""
    for name in NAMES:
        for language in LANGUAGES:
            path = where(name, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(name, language), "utf-8")


if __name__ == "__main__":
    main()
