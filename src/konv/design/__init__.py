"""Is a network right, and what would be: sizes that fit, asked from either end."""

from konv.design.window_settings import WindowSetting, window_settings

__all__ = ["WindowSetting", "window_settings"]
