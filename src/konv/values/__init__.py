"""One number of a network, and the sum that it is: every product, the bias, the activation.

The steps of each kind of layer stand in a file of their own (``convolutions.py``, ``pools.py``, …);
``explaining.py`` runs the engine and puts them together; ``text.py`` and ``html.py`` show them.
"""

from konv.values.explanation import Explanation, GradientExplanation
from konv.values.participation import participation

__all__ = ["Explanation", "GradientExplanation", "participation"]
