"""Which Keras a listing was written for, and by which of its words that shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from konv.formats.code_reading.renaming import ARGUMENTS, METHOD_ARGUMENTS
from konv.formats.code_reading.run import Found, Run
from konv.formats.code_reading.values import Made, Named
from konv.language import translate as _

__all__ = ["Dialect", "find_dialect"]

_SHOWN = 4

_WORDS_1 = {*ARGUMENTS, *METHOD_ARGUMENTS, "nb_row", "nb_col", "show_accuracy", "class_mode"}
_WORDS_2 = {
    "filters",
    "kernel_size",
    "padding",
    "data_format",
    "dilation_rate",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "use_bias",
    "units",
    "rate",
    "epochs",
    "steps_per_epoch",
}
_IMPORTS_1 = (
    "keras.utils.visualize_util",
    "keras.backend.image_dim_ordering",
    "keras.backend.set_image_dim_ordering",
    "keras.layers.merge",
    "keras.layers.Merge",
    "keras.initializations",
)
# In Keras 2 a module has the name of this function.
_NO_MODULES = ("keras.layers.merge",)
# Modules that Keras 1 and 2 have, and 3 has not.
_IMPORTS_OLD = (
    "keras.layers.convolutional",
    "keras.layers.core",
    "keras.layers.pooling",
    "keras.layers.normalization.BatchNormalization",
    "keras.layers.advanced_activations",
    "keras.layers.noise",
    "keras.engine",
    "keras.utils.np_utils",
    "keras.utils.vis_utils",
    "keras.wrappers",
)
_METHODS_OLD = ("fit_generator", "evaluate_generator", "predict_generator", "predict_classes")
_IMPORTS_3 = ("keras.ops", "keras.random", "keras.saving", "keras.config", "keras.tree")


@dataclass(frozen=True)
class Dialect:
    """The version of Keras that a listing is read as.

    Args:
        version: 1, 2 or 3.
        evidence: the words that say so, each with its line.
        rows_and_columns: whether a convolution's second and third number are rows and columns, as
            they were until Keras 2.3.
    """

    version: int
    evidence: tuple[tuple[str, int], ...] = ()
    rows_and_columns: bool = False

    @property
    def label(self) -> str:
        """ "Keras 1"."""
        return f"Keras {self.version}"

    def reason(self, run: Run) -> str:
        """Why it was read as that version, as the end of a sentence."""
        if not self.evidence:
            return _("read as {version}: nothing in it is older", version=self.label)
        shown = ", ".join(f"{word} ({run.place(line)})" for word, line in self.evidence[:_SHOWN])
        more = ", …" if len(self.evidence) > _SHOWN else ""
        return _("read as {version}: {evidence}", version=self.label, evidence=shown + more)


def find_dialect(found: Found) -> Dialect:
    """The version that all words of a listing together speak for.

    Keras 2.0 to 2.3 still took Keras 1's words and its rows and columns; the Keras of TensorFlow
    never did. So the words of both versions together are Keras 2's.
    """
    words = [*_arguments(found)]
    one = [*_unique(pair for pair in words if pair[0] in _WORDS_1), *_imports(found, _IMPORTS_1)]
    two = [*_unique(pair for pair in words if pair[0] in _WORDS_2), *_sizes_together(found)]
    old = [*_imports(found, _IMPORTS_OLD), *_unique(_old_words(found))]
    three = [*_imports(found, _IMPORTS_3)]
    paths = [path for path, _line in (*found.imports, *found.used)]
    of_tensorflow = any(Named(path).in_keras_of_tensorflow for path in paths)
    if of_tensorflow or three:
        return Dialect(3, tuple(three)) if three or not old else Dialect(2, tuple(old))
    rows = _rows_and_columns(found)
    former = [(word, line) for word, line in rows if word.startswith("Convolution2D")]
    if one and not two:
        return Dialect(1, tuple(one), rows_and_columns=True)
    if not two and rows and (old or former):
        return Dialect(1, (*rows, *old), rows_and_columns=True)
    if one or old or former:
        return Dialect(2, (*one, *old, *former), rows_and_columns=True)
    return Dialect(3)


def _arguments(found: Found) -> Iterator[tuple[str, int]]:
    """The names of all arguments of layers and methods."""
    for made in found.made:
        yield from ((name, made.line) for name in made.values)
    yield from found.arguments


def _old_words(found: Found) -> Iterator[tuple[str, int]]:
    yield from (pair for pair in found.arguments if pair[0] in _METHODS_OLD)
    yield from (
        ("lr", made.line)
        for made in found.made
        if "lr" in made.values and "optimizers" in made.named.path
    )


def _rows_and_columns(found: Found) -> list[tuple[str, int]]:
    return [
        (f"{made.kind}({', '.join(map(str, made.args[:3]))})", made.line)
        for made in found.made
        if "Conv" in made.kind and has_rows_and_columns(made)
    ]


def _sizes_together(found: Found) -> list[tuple[str, int]]:
    """Convolutions whose rows and columns stand in brackets: the way of Keras 2."""
    return [
        (f"{made.kind}({made.args[0]}, {made.args[1]})", made.line)
        for made in found.made
        if "Conv" in made.kind and len(made.args) > 1 and isinstance(made.args[1], (tuple, list))
    ]


def has_rows_and_columns(made: Made) -> bool:
    """Whether a convolution is given three plain numbers first: Keras 1's way."""
    return len(made.args) >= 3 and all(type(number) is int for number in made.args[:3])


def _imports(found: Found, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    def shown(path: str) -> str | None:
        plain = _without_root(path)
        return next((name for name in names if _is_in(plain, name)), None)

    pairs = ((shown(path), line) for path, line in (*found.imports, *found.used))
    yield from _unique((name, line) for name, line in pairs if name is not None)


def _is_in(path: str, name: str) -> bool:
    return path == name or (path.startswith(f"{name}.") and name not in _NO_MODULES)


def _without_root(path: str) -> str:
    return path.removeprefix("tensorflow.python.").removeprefix("tensorflow.")


def _unique(pairs: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for word, line in sorted(pairs, key=lambda pair: pair[1]):
        if word not in seen:
            seen.add(word)
            yield word, line
