from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from konv.data import Preprocessing, load
from konv.data.options import LoadOptions
from konv.errors import DataError, KonvError, ParameterError

Write = Callable[..., Path]


def test_a_folder_becomes_arrays_pixel_by_pixel(write_classes: Write) -> None:
    root = write_classes("꽃 사진", {"장미": 10, "튤립": 20})
    dataset = load(root)
    assert dataset.class_names == ("장미", "튤립")
    assert dataset.source == str(root)
    assert dataset.preprocessing == Preprocessing(7, 9, 3)
    assert dataset.notes == dataset.skipped == ()
    assert {name: len(split) for name, split in dataset.splits.items()} == {
        "train": 24,
        "validation": 3,
        "test": 3,
    }
    seen = []
    for split in dataset.splits.values():
        assert split.images.dtype == np.uint8
        assert split.labels.dtype == np.int64
        assert not split.images.flags.writeable
        assert split.paths is not None
        for pixels, label, path in zip(split.images, split.labels, split.paths, strict=True):
            assert np.array_equal(pixels, np.asarray(Image.open(path)))
            assert path.parent.name == dataset.class_names[label]
            seen.append(path)
    assert sorted(seen) == sorted(root.rglob("*.png"))


def test_digits_keep_their_pixels_whatever_the_split() -> None:
    dataset = load("digits", validation=0.2, test=0.2, seed=4)
    ink = load_digits().images
    splits = dataset.splits.values()
    assert [len(split) for split in splits] == [1079, 359, 359]
    everything = np.concatenate([split.images for split in splits])[..., 0]
    together = sorted(map(bytes, everything))
    assert together == sorted(map(bytes, np.floor(ink * 255 / 16 + 0.5).astype(np.uint8)))


@pytest.mark.parametrize(
    ("pictures", "expected", "noted"),
    [
        ([((9, 7), "RGB")] * 2, (7, 9, 3), False),
        ([((9, 7), "L")] * 2, (7, 9, 1), False),
        ([((9, 7), "L"), ((9, 7), "RGB")], (7, 9, 3), False),
        ([((64, 64), "L")] * 2, (64, 64, 1), False),
        ([((65, 1), "L")] * 2, (64, 64, 1), True),
        ([((1, 65), "L")] * 2, (64, 64, 1), True),
        ([((9, 7), "L"), ((7, 9), "L")], (64, 64, 1), True),
        ([((64, 64), "L"), ((9, 5), "L")], (64, 64, 1), True),
    ],
)
def test_without_a_size_the_pictures_tell_it(
    pictures: list[tuple[tuple[int, int], str]],
    expected: tuple[int, int, int],
    noted: bool,
    write_picture: Write,
    tmp_path: Path,
) -> None:
    for number, (size, mode) in enumerate(pictures):
        write_picture(f"set/{number}/x.png", number, size, mode)
    for _time in range(2):  # decoded, then kept
        dataset = load(tmp_path / "set", validation=0, test=0)
        assert dataset.train.images.shape[1:] == expected == dataset.preprocessing.shape
        assert any("brought to 64×64 (fit)" in note for note in dataset.notes) is noted


def test_the_note_on_sizes_tells_them(write_picture: Write, tmp_path: Path) -> None:
    write_picture("set/a/1.png", size=(30, 10))
    write_picture("set/b/1.png", size=(20, 40))
    (note,) = load(tmp_path / "set", validation=0, test=0).notes
    assert note.startswith("the pictures have 10×20 to 40×30 pixels: brought to 64×64 (fit)")


@pytest.mark.parametrize("policy", ["fit", "crop", "stretch"])
def test_what_is_asked_for_is_done_as_by_the_preprocessing(
    policy: str, write_classes: Write
) -> None:
    root = write_classes("set", {"a": 3, "b": 3})
    dataset = load(root, size=(5, 6), channels=1, policy=policy, validation=0, test=0)
    expected = Preprocessing(5, 6, 1, policy=policy)
    assert dataset.preprocessing == expected
    assert dataset.train.paths is not None
    for pixels, path in zip(dataset.train.images, dataset.train.paths, strict=True):
        assert np.array_equal(pixels, expected.picture(Image.open(path)))


def test_one_number_is_a_square() -> None:
    assert load("digits", size=12).train.images.shape[1:] == (12, 12, 1)


def test_arrays_are_resized_as_files_are(write_picture: Write, tmp_path: Path) -> None:
    path = write_picture("set/a/1.png")
    write_picture("set/b/1.png", 1)
    np.savez(tmp_path / "a.npz", x=np.asarray(Image.open(path))[np.newaxis], y=["a"])
    from_file = load(tmp_path / "set", size=16, validation=0, test=0).train.images[0]
    from_array = load(tmp_path / "a.npz", size=16, validation=0, test=0).train.images[0]
    assert np.array_equal(from_file, from_array)


def test_own_splits_are_kept_and_the_others_made(write_classes: Write, tmp_path: Path) -> None:
    write_classes("set/train", {"a": 10, "b": 10})
    write_classes("set/test", {"a": 5})
    dataset = load(tmp_path / "set", validation=0.2, test=0.5)
    assert [len(split) for split in dataset.splits.values()] == [16, 4, 5]
    write_classes("set/val", {"b": 3})
    dataset = load(tmp_path / "set", validation=0.2, test=0.5)
    assert [len(split) for split in dataset.splits.values()] == [20, 3, 5]


@pytest.mark.parametrize("limit", [2, 3, 10, 16, 1000])
def test_the_limit_is_for_training_alone(limit: int, write_classes: Write) -> None:
    root = write_classes("set", {"a": 10, "b": 10})
    whole = load(root)
    limited = load(root, limit=limit)
    assert len(limited.train) == min(limit, 16)
    assert set(limited.train.labels) == {0, 1}
    assert set(limited.train.paths or ()) <= set(whole.train.paths or ())
    for name in ("validation", "test"):
        assert np.array_equal(limited.splits[name].images, whole.splits[name].images)


def test_the_seed_makes_the_split(write_classes: Write) -> None:
    root = write_classes("set", {"a": 30, "b": 30})
    assert load(root, seed=1).fingerprint == load(root, seed=1).fingerprint
    assert load(root, seed=1).train.paths != load(root, seed=2).train.paths


def test_fractions_of_zero_make_no_split(write_classes: Write) -> None:
    root = write_classes("set", {"a": 4, "b": 4})
    dataset = load(root, validation=0, test=0)
    assert dataset.validation is None
    assert dataset.test is None
    assert len(dataset.train) == 8


def test_one_bad_picture_is_named_counted_and_skipped(write_classes: Write) -> None:
    root = write_classes("set", {"a": 20, "b": 20})
    bad = root / "a/bad.png"
    bad.write_bytes((root / "a/0.png").read_bytes()[:100])
    (root / "b/gone.jpg").symlink_to("nowhere")
    for _time in range(2):
        dataset = load(root)
        assert [path for path, _reason in dataset.skipped] == [bad, root / "b/gone.jpg"]
        assert "damaged or incomplete" in dataset.skipped[0][1]
        assert "cannot be read" in dataset.skipped[1][1]
        assert sum(len(split) for split in dataset.splits.values()) == 40
        assert "2 pictures could not be read" in dataset.summary()


def test_a_bad_picture_has_no_say_in_size_and_colour(
    write_classes: Write, write_picture: Write
) -> None:
    root = write_classes("set", {"a": 5, "b": 5}, mode="L")
    other = write_picture("other.png", 0, (40, 30), "RGB")
    (root / "a/bad.png").write_bytes(other.read_bytes()[:-200])
    for _time in range(2):
        dataset = load(root)
        assert dataset.preprocessing == Preprocessing(7, 9, 1)
        assert dataset.notes == ()
        assert len(dataset.skipped) == 1


def test_a_set_of_bad_pictures_is_an_error_with_reasons(write_classes: Write) -> None:
    root = write_classes("set", {"a": 0})
    for number in range(9):
        (root / f"a/{number}.png").write_bytes(b"no")
    with pytest.raises(DataError, match=r"K501.*none of the pictures") as caught:
        load(root)
    assert len(caught.value.details) == 3


def test_what_a_person_should_know_is_noted(write_classes: Write) -> None:
    root = write_classes("set", {"a": 1})
    assert load(root).notes == (
        "there are too few pictures for a validation split",
        "there are too few pictures for a test split",
        "there is only one class: nothing can be told apart",
    )
    root = write_classes("other", {"a": 9, "b": 0})
    (root / "b/bad.png").write_bytes(b"no")
    assert load(root).notes == ("classes without a picture to train on: b",)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow only Unicode names")
def test_names_that_are_no_text_are_read_too(write_classes: Write) -> None:
    root = write_classes("set", {"a": 3, "b": 3})
    odd = os.fsdecode(b"caf\xe9")
    (root / "a").rename(root / odd)
    (root / odd / "0.png").rename(root / odd / (odd + ".png"))
    for _time in range(2):
        dataset = load(root, validation=0, test=0)
        assert dataset.class_names == ("b", "caf�")
        assert root / odd / (odd + ".png") in (dataset.train.paths or ())
        dataset.summary().encode()


def test_progress_is_told(write_classes: Write) -> None:
    root = write_classes("set", {"a": 30, "b": 40})
    told: list[tuple[int, int]] = []
    for _time in range(2):
        told.clear()
        load(root, progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (70, 70)


def test_every_option_refuses_what_it_cannot_hold() -> None:
    for name, constraint in LoadOptions.constraints().items():
        for value in constraint.bad_values():
            with pytest.raises(ParameterError, match="K201 in load") as caught:
                load("digits", **{name: value})
            assert name in str(caught.value)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"validation": 0.5, "test": 0.5}, "K506"),
        ({"limit": 5}, "K506"),
        ({"size": (16_384, 16_384)}, "K205"),
        ({"size": 7_000}, "K603"),  # 1,797 · 7,000² bytes
    ],
)
def test_options_that_cannot_be_met_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(KonvError) as caught:
        load("digits", **options)
    assert caught.value.code == code
    assert caught.value.where
