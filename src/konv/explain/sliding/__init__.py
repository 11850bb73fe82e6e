"""A kernel or a pool that slides over a matrix, step by step: as text, a page, an animation.

``sliding.py`` builds it, ``window.py`` is it, ``step.py`` one step of it. What a step says
stands in ``equations.py``; text, JSON, HTML and GIF show it in files of their own and compute
nothing.
"""

from konv.explain.sliding.kernels import KERNELS
from konv.explain.sliding.sliding import POOLS, convolve, pool
from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow

__all__ = ["KERNELS", "POOLS", "SlidingStep", "SlidingWindow", "convolve", "pool"]
