"""What a model can be asked about its numbers: the words of ``Model`` for understanding it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from konv.constraints import Integer
from konv.engines import Engine, Pixels
from konv.layers.base import Array
from konv.limits import MAX_CLASSES, MAX_PICTURES
from konv.network.graph import Network
from konv.network.weights import Weights
from konv.parameters import check_value
from konv.training.labels import Labels
from konv.training.pictures import as_pictures
from konv.training.task import Task

if TYPE_CHECKING:
    from konv.maps import FeatureMaps, GradCam, MostActivating, Occlusion
    from konv.values.explanation import Explanation, GradientExplanation
    from konv.values.running import Subject

__all__ = ["Understanding"]

_TOP = Integer(1, MAX_PICTURES)


class Understanding(ABC):
    """One number of a model as the sum that it is; its maps; what its answers rest on."""

    network: Network
    weights: Weights
    engine: Engine
    labels: Labels | None

    @abstractmethod
    def pixels(self, images: Array) -> Pixels:
        """How the pixels of pictures like these become the numbers that the first layer sees."""

    @abstractmethod
    def predict(self, x: Any) -> Array:
        """What the network makes of pictures."""

    @abstractmethod
    def class_indices(self, outputs: Array) -> Array:
        """The number of the class that each row of outputs stands for."""

    @abstractmethod
    def _task(self, y: Any, known: Labels | None = None) -> Task:
        """What labels ask the network to learn."""

    # One number -----------------------------------------------------------------------------------

    def explain(self, image: Any, layer: str, at: Any, *, how: str = "loops") -> Explanation:
        """One number of a layer, and the sum that it is: every product, the bias, the activation.

        Args:
            image: one picture, as ``predict`` takes them, without the axis of the batch.
            layer: the name of a layer.
            at: which number of its output, such as (row, column, channel), counted from 0.
            how: in which way a convolution is computed: "loops" (channel by channel), "im2col" (a
                row of a matrix times the filter as a column), or "true" (a true convolution).

        Raises:
            DataError: K504, K507: the network does not take this picture.
            NetworkError: K305, there is no such layer; K311, its output has no such place.
            ParameterError: K201, K205: ``how`` or ``at`` is not what it can be.

        Example:
            >>> from konv.layers import Conv2D, Input
            >>> from konv.model import Sequential
            >>> model = Sequential([Input((4, 4, 1)), Conv2D(1, 3)])
            >>> explained = model.explain(np.eye(4), layer="conv2d_1", at=(1, 0, 0))
            >>> bool(abs(explained.value - explained.sum) < 1e-6)
            True
        """
        from konv.values.explaining import explain_value

        return explain_value(self._subject(image), layer, at, how=how)

    def explain_gradient(
        self, image: Any, label: Any, layer: str, weight: Any
    ) -> GradientExplanation:
        """The gradient of the loss by one weight, as a sum over all places that the weight meets.

        The loss is that of the picture with this label, as ``fit`` would take it.

        Args:
            image: one picture, as ``predict`` takes them, without the axis of the batch.
            label: what is on it, as ``fit`` takes labels.
            layer: the name of a Conv2D or Dense.
            weight: which number of its kernel: (row, column, channel, filter) or (input, unit); or
                (filter,) for one of its biases.

        Raises:
            DataError: K504, K505, K507: the network does not take this picture or label.
            NetworkError: K305, there is no such layer; K311, it has no such weight.
            ParameterError: K201, the layer is neither Conv2D nor Dense.
        """
        from konv.values.gradients import explain_gradient

        task = self._task([label], self.labels or self._numbered_labels())
        targets = task.targets([label])
        return explain_gradient(self._subject(image), task.loss, targets, layer, weight)

    # Maps -----------------------------------------------------------------------------------------

    def feature_maps(self, image: Any, layer: str | None = None) -> FeatureMaps:
        """What every layer makes of a picture, or what one does.

        By the layers' formulas in float64, rounded to float32 at the end: an engine fuses layers.

        Args:
            image: one picture, as ``predict`` takes them, without the axis of the batch.
            layer: the name of a layer; None: all.

        Raises:
            DataError: K504, K507: the network does not take this picture.
            NetworkError: K305, there is no such layer.

        Example:
            >>> from konv.layers import Conv2D, Flatten, Input
            >>> from konv.model import Sequential
            >>> model = Sequential([Input((4, 4, 1)), Conv2D(2, 3), Flatten()])
            >>> [(maps.layer, maps.values.shape) for maps in model.feature_maps(np.eye(4))]
            [('input_1', (4, 4, 1)), ('conv2d_1', (2, 2, 2)), ('flatten_1', (8,))]
        """
        from konv.maps.feature_maps import feature_maps

        return feature_maps(self._subject(image), layer)

    def grad_cam(self, image: Any, layer: str | None = None, *, label: Any = None) -> GradCam:
        """Which places of a picture speak for a class, by the gradients of a layer's maps.

        max(0, Σ_k α_k·A_k), with A_k the maps and α_k the mean gradient of the class's score,
        before softmax, by the numbers of A_k; in float64.

        Args:
            image: one picture, as ``predict`` takes them, without the axis of the batch.
            layer: whose maps; None: those of the last convolution, with the activation,
                normalization and addition behind it.
            label: the class; None: the one that the picture is taken for.

        Raises:
            DataError: K504, K507: the network does not take this picture; K505: there is no such
                class, or the outputs are no classes.
            NetworkError: K305, there is no such layer; K310, there is no convolution.
            ParameterError: K201, the layer makes no maps.

        Source: Selvaraju et al., "Grad-CAM", ICCV 2017, section 3.
        """
        from konv.maps.grad_cam import grad_cam

        subject = self._subject(image)
        return grad_cam(subject, *self._class_of(subject, label), layer)

    def occlusion(
        self,
        image: Any,
        *,
        label: Any = None,
        patch: int | tuple[int, int] | None = None,
        stride: int | None = None,
        fill: float | None = None,
    ) -> Occlusion:
        """How much less sure of a class the model is when a part of the picture is covered.

        One prediction for each place of the patch; a pixel gets the mean drop of the patches that
        cover it.

        Args:
            image: one picture, as ``predict`` takes them, without the axis of the batch.
            label: the class; None: the one that the picture is taken for.
            patch: pixels, or (height, width); None: a quarter of the shorter side.
            stride: pixels from one patch to the next; None: a quarter of the patch, or as much more
                as keeps the predictions under 1,000.
            fill: the number to cover with, as the picture's numbers are; None: the mean of each
                channel of the picture.

        Raises:
            DataError: K504, K507: the network does not take this picture; K505: there is no such
                class, or the outputs are no classes.
            NetworkError: K310, the input is no picture.
            ParameterError: K201, the patch is larger than the picture, the stride larger than the
                patch, or predictions too many.

        Source: Zeiler and Fergus, ECCV 2014, section 4.2.
        """
        from konv.maps.occlusion import occlusion

        subject = self._subject(image)
        index, known = self._class_of(subject, label)
        return occlusion(subject, index, known, patch=patch, stride=stride, fill=fill)

    def most_activating(
        self,
        x: Any,
        layer: str | None = None,
        *,
        top: int = 9,
        progress: Callable[[int, int], None] | None = None,
    ) -> MostActivating:
        """The pictures of a set that each channel of a layer answers to most.

        Args:
            x: pictures, as ``predict`` takes them; a few at a time are looked at.
            layer: its name; None: that of ``grad_cam``, or without a convolution the last but one
                with weights.
            top: pictures of each channel.
            progress: is told (done, total).

        Raises:
            DataError: K501, there are no pictures; K504, K507: they do not suit.
            NetworkError: K305, there is no such layer.
        """
        from konv.maps.most_activating import most_activating

        pictures = as_pictures(x, self.network)
        checked = check_value("top", top, _TOP, where="most_activating")
        return most_activating(self._subject_of(pictures), pictures, layer, checked, progress)

    # What they are asked of -----------------------------------------------------------------------

    def _class_of(self, subject: Subject, label: Any) -> tuple[int, Any]:
        """The number of a class and its label; without one, those of what the picture is taken for.

        Raises:
            DataError: K505, there is no such class, or the outputs are no classes.
        """
        from konv.maps.scores import check_classes

        check_classes(self.network)
        labels = self.labels or self._numbered_labels()
        if label is None:
            index = int(self.class_indices(self.predict(subject.picture[np.newaxis]))[0])
        elif labels is None:
            index = check_value(
                "label", label, Integer(0, self.network.output_shape[0] - 1), where="label"
            )
        else:
            index = int(labels.encode([label])[0])
        return index, index if labels is None else labels.decode([index]).tolist()[0]

    def _numbered_labels(self) -> Labels | None:
        """Classes that are called by their numbers: all that a single label can say of them."""
        count = max(self.network.output_shape[-1], 2)
        return Labels(tuple(range(count))) if count <= MAX_CLASSES else None

    def _subject(self, image: Any) -> Subject:
        picture = np.asarray(image)
        is_batch = picture.ndim == len(self.network.input_shape) + 1 and len(picture) == 1
        return self._subject_of(
            as_pictures(picture if is_batch else picture[np.newaxis], self.network)
        )

    def _subject_of(self, pictures: Array) -> Subject:
        from konv.values.running import Subject

        # Without a picture, what a network makes of others can still be asked.
        picture = pictures[0] if len(pictures) else np.zeros(self.network.input_shape)
        pixels = self.pixels(pictures)
        return Subject(self.network, self.weights, self.engine, picture, pixels)
