"""What layers make of pictures, and what in a picture an answer rests on: arrays, no drawings.

``feature_maps.py`` (every layer of one picture), ``grad_cam.py`` and ``occlusion.py`` (which part
of a picture speaks for a class), ``most_activating.py`` (the pictures of a set that a channel
answers to most). Figures of them are drawn in ``explain``.
"""

from konv.maps.feature_maps import FeatureMaps, LayerMaps
from konv.maps.heat import GradCam, HeatMap, Occlusion
from konv.maps.most_activating import MostActivating

__all__ = ["FeatureMaps", "GradCam", "HeatMap", "LayerMaps", "MostActivating", "Occlusion"]
