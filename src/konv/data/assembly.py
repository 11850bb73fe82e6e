"""From decoded pictures to a data set: split, limited, with notes on what a person should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from konv.data.dataset import Dataset, Split
from konv.data.decoding import Decoded
from konv.data.labelled import Source, frozen
from konv.data.names import written
from konv.data.options import LoadOptions
from konv.data.splitting import split, subset
from konv.errors import DataError
from konv.language import translate as _

__all__ = ["assembled"]

_SHOWN = 3  # reasons in an error, names in a note


def assembled(source: Source, decoded: Decoded, options: LoadOptions) -> Dataset:
    """The data set of ``source``.

    Raises:
        DataError: K501, when no picture to train on can be read; K506, when no split can be made.
    """
    own = _own_splits(decoded)
    if "train" not in own:
        raise _none_readable(source, decoded)
    splits = _made_splits(own, options)
    if options.limit is not None:
        train = splits["train"]
        chosen = subset(train.labels, options.limit, options.seed)
        splits["train"] = _selected(train, chosen)
    return Dataset(
        splits["train"],
        splits.get("validation"),
        splits.get("test"),
        decoded.class_names,
        source.name,
        decoded.skipped,
        (*source.notes, *_notes(decoded, splits, options)),
        decoded.preprocessing,
    )


def _own_splits(decoded: Decoded) -> dict[str, Split]:
    """The splits that the source has and that hold a picture."""
    splits = {}
    start = 0
    for name, count in decoded.counts.items():
        if count:
            end = start + count
            paths = None if decoded.paths is None else decoded.paths[start:end]
            splits[name] = Split(decoded.images[start:end], decoded.labels[start:end], paths)
            start = end
    return splits


def _made_splits(own: Mapping[str, Split], options: LoadOptions) -> dict[str, Split]:
    """The same, with those that the source lacks taken from the training split."""
    fractions = {"validation": options.validation, "test": options.test}
    made = {name: fraction for name, fraction in fractions.items() if name not in own}
    train = own["train"]
    shares = split(train.labels, tuple(made.values()), options.seed)
    named = zip((*made, "train"), shares, strict=True)
    return {**own, **{name: _selected(train, places) for name, places in named if len(places)}}


def _selected(whole: Split, places: npt.NDArray[np.int64]) -> Split:
    if len(places) == len(whole):
        return whole
    paths = None if whole.paths is None else tuple(whole.paths[place] for place in places)
    return Split(frozen(whole.images[places]), frozen(whole.labels[places]), paths)


def _none_readable(source: Source, decoded: Decoded) -> DataError:
    reasons = [(written(path.name), reason) for path, reason in decoded.skipped[:_SHOWN]]
    return DataError(
        _("none of the pictures to train on can be read"),
        code="K501",
        where=source.name,
        details=reasons,
        fix=_("replace the files that are named here"),
    )


def _notes(decoded: Decoded, splits: Mapping[str, Split], options: LoadOptions) -> Iterator[str]:
    if decoded.spread is not None:
        (low_height, low_width), (high_height, high_width) = decoded.spread
        yield _(
            "the pictures have {low_height}×{low_width} to {high_height}×{high_width} pixels: "
            "brought to {height}×{width} ({policy}); choose another size with size=",
            low_height=low_height,
            low_width=low_width,
            high_height=high_height,
            high_width=high_width,
            height=decoded.preprocessing.height,
            width=decoded.preprocessing.width,
            policy=options.policy,
        )
    if options.validation > 0 and "validation" not in splits:
        yield _("there are too few pictures for a validation split")
    if options.test > 0 and "test" not in splits:
        yield _("there are too few pictures for a test split")
    if len(decoded.class_names) == 1:
        yield _("there is only one class: nothing can be told apart")
    counts = np.bincount(splits["train"].labels, minlength=len(decoded.class_names))
    lacking = [decoded.class_names[label] for label in np.flatnonzero(counts == 0)]
    if lacking:
        names = ", ".join([*lacking[:_SHOWN], *(["…"] if len(lacking) > _SHOWN else [])])
        yield _("classes without a picture to train on: {names}", names=names)
