"""The colours of drawings, for light and dark; each text has a contrast of at least 4.5 : 1.

Inside a page a style sheet of a drawing is seen by the whole page, so every rule begins with the
class of the drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["COLOURS", "FAMILIES", "FONTS", "STYLE_SHEET"]

# Family of layers -> (fill, edge) in light, (fill, edge) in dark. The hues are those of Okabe and
# Ito (2008), which every kind of colour blindness tells apart, made pale or deep.
FAMILIES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = MappingProxyType(
    {
        "input": (("#f1f3f5", "#6b7280"), ("#2d333b", "#8b949e")),
        "convolution": (("#d6ebf8", "#0072b2"), ("#12324a", "#56b4e9")),
        "pooling": (("#fde3cf", "#b84e00"), ("#4a2a12", "#f0883e")),
        "dense": (("#d3f0e4", "#00805e"), ("#0f3b2e", "#2fc79a")),
        "activation": (("#faf3c4", "#8a7400"), ("#3d3711", "#e0cc3c")),
        "merging": (("#f6dfec", "#b0467f"), ("#47203a", "#e08abb")),
        "reshaping": (("#e7e3f4", "#6a51a3"), ("#2f2850", "#a79be0")),
    }
)
# (light, dark)
COLOURS = MappingProxyType(
    {
        "paper": ("#ffffff", "#0d1117"),
        "ink": ("#1f2328", "#e6edf3"),
        "faint": ("#57606a", "#9da7b3"),
        "line": ("#6e7781", "#8b949e"),
        "window": ("#b3261e", "#ff8a80"),
    }
)
FONTS = (
    'system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans KR", "Apple SD Gothic Neo", '
    '"Malgun Gothic", "DejaVu Sans", sans-serif'
)


def _rules(position: int) -> dict[str, str]:
    """Selector -> declarations, in light (0) or dark (1)."""
    paper, ink, faint, line, window = (pair[position] for pair in COLOURS.values())
    rules = {
        "paper": f"fill: {paper}",
        "ink": f"fill: {ink}",
        "faint": f"fill: {faint}",
        "line": f"fill: none; stroke: {line}",
        "head": f"fill: {line}",
        "sheet": f"fill: {paper}; stroke: {ink}",
        "cell": f"fill: {ink}",
        "stroke": f"fill: none; stroke: {ink}",
        "window": f"fill: {window}; fill-opacity: 0.25; stroke: {window}",
        "sight": f"fill: none; stroke: {window}",
    }
    for family, colours in FAMILIES.items():
        fill, edge = colours[position]
        rules[family] = f"fill: {fill}; stroke: {edge}"
        rules[f"{family}.deep"] = f"fill: {edge}; fill-opacity: 0.5"
        rules[f"{family}.plate"] = f"fill: {edge}; stroke: {edge}"
    rules["plated"] = f"fill: {paper}"
    return rules


def _sheet() -> str:
    light, dark = _rules(0), _rules(1)
    lines = [
        f".konv-drawing text {{ font-family: {FONTS}; }}",
        ".konv-drawing .strong { font-weight: 600; }",
        ".konv-drawing .line { stroke-width: 1.5; }",
        ".konv-drawing .fine { stroke-width: 0.7; }",
        ".konv-drawing .dashed { stroke-dasharray: 3 2; }",
        *(f".konv-drawing .{name} {{ {rule}; }}" for name, rule in light.items()),
        "@media (prefers-color-scheme: dark) {",
        *(f"  .konv-drawing .{name} {{ {rule}; }}" for name, rule in dark.items()),
        "}",
    ]
    return "\n".join(lines) + "\n"


STYLE_SHEET = _sheet()
