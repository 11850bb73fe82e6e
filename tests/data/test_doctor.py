from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from konv.data import Findings, check, diagnoses
from konv.errors import DataError

Write = Callable[..., Path]
NFD = unicodedata.normalize("NFD", "장미")


def kinds(report: Findings) -> list[tuple[str, str]]:
    return [(finding.level, finding.kind) for finding in report.findings]


def cases(report: Findings, kind: str) -> list[tuple[tuple[str, ...], str]]:
    finding = report.of_kind(kind)
    assert finding is not None
    assert finding.what
    return [(case.paths, case.detail) for case in finding.cases]


def test_a_sound_folder_has_no_finding(write_classes: Write) -> None:
    report = check(write_classes("set", {"a": 12, "b": 12}))
    assert report.findings == ()
    assert report.classes == {"train": {"a": 12, "b": 12}}


def test_bad_files_are_named_with_their_reason(write_classes: Write) -> None:
    root = write_classes("set", {"a": 12, "튤립": 12})
    (root / "튤립/bad.jpg").write_bytes(b"")
    (root / "a/cut.png").write_bytes((root / "a/0.png").read_bytes()[:80])
    report = check(root)
    assert kinds(report) == [("error", "bad_files")]
    (cut, empty) = cases(report, "bad_files")
    assert cut[0] == ("a/cut.png",)
    assert "damaged or incomplete" in cut[1]
    assert empty == (("튤립/bad.jpg",), "the file is empty")


def test_doubles_are_sorted_by_what_they_harm(write_classes: Write, tmp_path: Path) -> None:
    write_classes("set/train", {"a": 12, "b": 12})
    write_classes("set/test", {"a": 0, "b": 0})
    root = tmp_path / "set"
    train, test = root / "train", root / "test"
    shutil.copy(train / "a/0.png", train / "a/within.png")
    shutil.copy(train / "a/1.png", train / "b/other.png")
    shutil.copy(train / "b/2.png", test / "b/leak.png")
    # The same pixels in another file.
    Image.open(train / "a/3.png").save(test / "a/saved.bmp")
    report = check(root)
    assert [level for level, _kind in kinds(report)] == ["error", "error", "warning"]
    assert cases(report, "same_picture_twice") == [
        (("train/a/0.png", "train/a/within.png"), "a (train)")
    ]
    assert cases(report, "same_picture_in_classes") == [
        (("train/a/1.png", "train/b/other.png"), "a (train), b (train)")
    ]
    assert sorted(cases(report, "same_picture_in_splits")) == [
        (("train/a/3.png", "test/a/saved.bmp"), "a (train), a (test)"),
        (("train/b/2.png", "test/b/leak.png"), "b (train), b (test)"),
    ]


def test_pictures_of_the_same_bytes_but_another_shape_are_no_doubles(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6), dtype=np.uint8)
    (tmp_path / "set/a").mkdir(parents=True)
    Image.fromarray(pixels).save(tmp_path / "set/a/1.png")
    Image.fromarray(pixels.reshape(6, 4)).save(tmp_path / "set/a/2.png")
    assert check(tmp_path / "set").of_kind("same_picture_twice") is None


def test_a_resized_copy_is_nearly_the_same(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / "set" / label).mkdir(parents=True)
    rough = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    photograph = Image.fromarray(rough).resize((200, 150), Image.Resampling.BICUBIC)
    photograph.save(tmp_path / "set/a/1.png")
    photograph.resize((100, 75)).save(tmp_path / "set/b/2.jpg")
    report = check(tmp_path / "set")
    assert cases(report, "nearly_same_pictures") == [
        (("a/1.png", "b/2.jpg"), "a (train), b (train)")
    ]


def test_too_many_to_compare_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set/a").mkdir(parents=True)
    for value in range(4):
        Image.new("L", (64, 64), value).save(tmp_path / f"set/a/{value}.png")
    monkeypatch.setattr(diagnoses, "MOST_COMPARED", 3)
    assert check(tmp_path / "set").of_kind("too_many_to_compare") is not None


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({"a": 29, "b": 10}, None),
        ({"a": 30, "b": 10}, "note"),
        ({"a": 99, "b": 10}, "note"),
        ({"a": 100, "b": 10}, "warning"),
    ],
)
def test_imbalance_is_told_with_its_numbers(
    counts: dict[str, int], level: str | None, write_classes: Write
) -> None:
    finding = check(write_classes("set", counts, size=(3, 3))).of_kind("imbalance")
    assert (finding.level if finding else None) == level
    if finding:
        ratio = counts["a"] / counts["b"]
        assert f"{ratio:.1f} times the smallest: {counts['a']} a, 10 b" in finding.what


def test_few_and_no_pictures_are_told(write_classes: Write) -> None:
    report = check(write_classes("set", {"a": 10, "b": 9, "c": 1, "d": 0}))
    assert cases(report, "few_pictures") == [((), "b: 9"), ((), "c: 1")]
    assert cases(report, "empty_folder") == [(("d",), "")]
    assert check(write_classes("one", {"a": 20})).of_kind("one_class") is not None


def test_what_is_not_used_is_told(write_classes: Write, write_picture: Write) -> None:
    root = write_classes("set", {"a": 12, "b": 12})
    for name in (".cache/x.png", "a/._0.png"):
        write_picture(f"set/{name}")
    for name in ("b/Thumbs.db", "b/IMG.HEIC", "labels.csv"):
        (root / name).touch()
    write_picture("set/a/inner/x.png", 5)
    write_picture("set/lost.png", 6)
    report = check(root)
    assert cases(report, "hidden") == [
        ((".cache",), ""),
        (("a/._0.png",), ""),
        (("b/Thumbs.db",), ""),
    ]
    assert cases(report, "no_picture") == [(("labels.csv",), ""), (("b/IMG.HEIC",), "")]
    assert cases(report, "inner_folder") == [(("a/inner",), "")]
    assert cases(report, "beside_classes") == [(("lost.png",), "")]
    assert [level for level, _kind in kinds(report)] == ["warning", "warning", "note", "note"]


def test_names_that_may_be_one_class_are_told(write_classes: Write) -> None:
    root = write_classes("set", {"Rose": 12, "rose ": 12, NFD: 12})
    report = check(root)
    assert cases(report, "similar_names") == [((), "Rose / rose ")]
    assert cases(report, "name_not_nfc") == [(("장미",), "")]


def test_a_class_that_the_training_lacks_is_told(write_classes: Write, tmp_path: Path) -> None:
    write_classes("set/train", {"a": 12, "b": 12})
    write_classes("set/val", {"c": 1, "a": 1}, size=(5, 5))
    report = check(tmp_path / "set")
    assert cases(report, "unknown_class") == [((), "c")]
    assert report.worst == "error"
    assert report.classes["validation"] == {"a": 1, "b": 0, "c": 1}


def test_statistics(tmp_path: Path) -> None:
    (tmp_path / "set/a").mkdir(parents=True)
    Image.new("RGB", (4, 2), (255, 0, 51)).save(tmp_path / "set/a/1.png")
    Image.new("RGB", (4, 2), (0, 0, 51)).save(tmp_path / "set/a/2.png")
    Image.new("RGBA", (8, 2), (255, 255, 255, 0)).save(tmp_path / "set/a/3.png")
    statistics = check(tmp_path / "set").statistics
    assert statistics is not None
    assert statistics.height_px == (2, 2, 2)
    assert statistics.width_px == (4, 4, 8)
    assert statistics.commonest_px == ((2, 4), 2)
    assert statistics.stored == {"RGB": 2, "RGBA": 1}
    assert statistics.alpha == 1
    # Red: 8 pixels of 1, 8 of 0, 16 of 1. Blue: 16 of 0.2, 16 of 1.
    assert statistics.mean == pytest.approx((0.75, 0.5, 0.6))
    assert statistics.std == pytest.approx((0.75**0.5 / 2, 0.5, 0.4))


def test_pictures_of_a_single_colour_are_told(write_classes: Write) -> None:
    root = write_classes("set", {"a": 12, "b": 12})
    Image.new("RGB", (9, 7), (1, 2, 3)).save(root / "a/flat.png")
    almost = Image.new("L", (1000, 1000), 7)
    almost.putpixel((500, 500), 8)
    almost.save(root / "a/almost.png")
    assert cases(check(root), "single_colour") == [(("a/flat.png",), "a")]


def test_grey_pictures_stored_in_colour_are_told(write_classes: Write) -> None:
    root = write_classes("set", {"a": 12, "b": 12}, mode="L")
    assert check(root).of_kind("grey_in_colour") is None
    for path in root.rglob("*.png"):
        Image.open(path).convert("RGB").save(path)
    report = check(root)
    assert kinds(report) == [("note", "grey_in_colour")]
    assert report.statistics is not None
    assert len(report.statistics.mean) == 1


def test_arrays_are_looked_at_too(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    pixels[7] = pixels[3]
    pixels[21] = pixels[4]
    labels = np.repeat([0, 1], 20)
    test = {"x_test": pixels[:1], "y_test": labels[:1]}
    np.savez(tmp_path / "a.npz", x_train=pixels, y_train=labels, **test)
    told: list[tuple[int, int]] = []
    report = check(tmp_path / "a.npz", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (41, 41)
    assert cases(report, "same_picture_twice") == [(("train[3]", "train[7]"), "0 (train)")]
    assert cases(report, "same_picture_in_classes") == [
        (("train[4]", "train[21]"), "0 (train), 1 (train)")
    ]
    assert cases(report, "same_picture_in_splits") == [
        (("train[0]", "test[0]"), "0 (train), 0 (test)")
    ]


def test_the_digits_are_sound() -> None:
    report = check("digits")
    assert report.findings == ()
    assert report.statistics is not None
    level = np.floor(load_digits().images * 255 / 16 + 0.5) / 255
    assert report.statistics.mean == pytest.approx([level.mean()])
    assert report.statistics.std == pytest.approx([level.std()])


def test_the_report_is_json_with_any_name(write_classes: Write) -> None:
    root = write_classes("set", {"a": 12, "b": 1})
    (root / "a").joinpath("bad\udcff\n.png").write_bytes(b"no")
    report = check(root)
    text = json.dumps(report.to_dict(), ensure_ascii=False)
    text.encode()  # no lone surrogate is left
    assert "\n.png" not in report.text()


def test_all_bad_is_a_report_and_no_pictures_an_error(write_classes: Write) -> None:
    root = write_classes("set", {"a": 0})
    with pytest.raises(DataError, match="K501"):
        check(root)
    (root / "a/bad.png").write_bytes(b"no")
    report = check(root)
    assert report.statistics is None
    assert report.worst == "error"
    report.text()
