"""Figures: PNG or SVG pictures of training, of results and of what a network has learned.

The same input gives the same bytes. Words are in the current language, names are drawn as they are;
what the fonts of a computer cannot draw is romanised, numbered or said in English.
"""

from konv.explain.figures.confusion import confusion_figure
from konv.explain.figures.curves import learning_curves
from konv.explain.figures.feature_maps import feature_maps_figure
from konv.explain.figures.filters import filters_figure
from konv.explain.figures.heat import heat_map_figure
from konv.explain.figures.misclassified import misclassified_figure
from konv.explain.figures.most_activating import most_activating_figure
from konv.explain.figures.predictions import predictions_figure

__all__ = [
    "confusion_figure",
    "feature_maps_figure",
    "filters_figure",
    "heat_map_figure",
    "learning_curves",
    "misclassified_figure",
    "most_activating_figure",
    "predictions_figure",
]
