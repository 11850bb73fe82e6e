"""Is a network right, and what would be: sizes that fit, asked from either end."""

from konv.design.comparison import ComparedNetwork, Comparison, compare
from konv.design.dense_counterpart import dense_counterpart
from konv.design.window_settings import WindowSetting, window_settings

__all__ = [
    "ComparedNetwork",
    "Comparison",
    "WindowSetting",
    "compare",
    "dense_counterpart",
    "window_settings",
]
