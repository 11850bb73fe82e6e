"""konv among scikit-learn's estimators: a network that pipelines and searches can hold.

The one room that imports scikit-learn at its top: an estimator is made of its classes.
"""

from konv.sklearn.classifier import ConvClassifier

__all__ = ["ConvClassifier"]
