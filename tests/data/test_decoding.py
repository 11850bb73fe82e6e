from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data import decoding
from konv.data.decoding import Decoding, forms, in_threads
from konv.data.labelled import ArrayPart, FilePart, Labelled
from konv.data.preprocessing import Preprocessing
from konv.errors import LimitError
from konv.language import current_language, using_language

Write = Callable[..., Path]


def test_results_come_in_order_whichever_thread_is_first() -> None:
    def slow_at_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * number

    assert list(in_threads(slow_at_first, range(200))) == [n * n for n in range(200)]


def test_an_error_in_a_thread_is_raised_and_the_threads_end() -> None:
    before = threading.active_count()

    def fail(number: int) -> int:
        return 1 // (number - 5)

    with pytest.raises(ZeroDivisionError):
        list(in_threads(fail, range(1000)))
    assert threading.active_count() == before


def test_who_stops_asking_stops_the_threads() -> None:
    before = threading.active_count()
    results = in_threads(abs, range(10**6))
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_threads_speak_the_language_of_who_asked() -> None:
    with using_language("ko"):
        spoken = set(in_threads(lambda _number: current_language(), range(20)))
    assert spoken == {"ko"}


def labelled(write_picture: Write, tmp_path: Path) -> Labelled:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no")
    paths = [write_picture(f"{number}.png", number) for number in range(70)]
    paths[40] = bad
    train = FilePart(tuple(paths), np.arange(70, dtype=np.int64) % 3)
    test = FilePart((paths[1], bad), np.array([2, 0]))
    return Labelled(("a", "b", "c"), {"train": train, "test": test})


@pytest.mark.parametrize("processors", [1, 2, 7])
def test_pictures_are_decoded_in_order_for_any_number_of_threads(
    processors: int, write_picture: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_processors", lambda: processors)
    source = labelled(write_picture, tmp_path)
    preprocessing = Preprocessing(7, 9, 3)
    told: list[tuple[int, int]] = []
    decoded = Decoding(source, preprocessing).in_memory(
        lambda done, all_: told.append((done, all_))
    )
    good = [path for path in source.parts["train"].paths or () if path.name != "bad.png"]
    expected = [preprocessing.read(path) for path in [*good, good[1]]]
    assert np.array_equal(decoded.images, expected)
    assert decoded.paths == (*good, good[1])
    assert decoded.labels.tolist() == [n % 3 for n in range(70) if n != 40] + [2]
    assert decoded.counts == {"train": 69, "test": 1}
    assert [path.name for path, _reason in decoded.skipped] == ["bad.png", "bad.png"]
    assert told[0] == (0, 72)
    assert told[-1] == (72, 72)
    assert told == sorted(told)
    assert not decoded.images.flags.writeable


def test_a_second_pass_gives_the_same(write_picture: Write, tmp_path: Path) -> None:
    once = Decoding(labelled(write_picture, tmp_path), Preprocessing(4, 4, 1))
    first, second = once.in_memory(), once.in_memory()
    assert np.array_equal(first.images, second.images)
    assert first.paths == second.paths
    assert first.skipped == second.skipped


def test_the_forms_of_all_parts_are_seen(write_picture: Write) -> None:
    parts = {
        "train": FilePart((write_picture("a.png"),), np.zeros(1, np.int64)),
        "test": ArrayPart(np.zeros((1, 3, 4, 1), np.uint8), np.zeros(1, np.int64)),
    }
    assert forms(Labelled(("a",), parts), ()) == {(7, 9, False), (3, 4, True)}


def test_a_set_that_is_too_large_is_refused_before_anything_is_decoded() -> None:
    # One byte that stands for 5 million pictures.
    images = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (5_000_000, 1, 1, 1))
    part = ArrayPart(images, np.zeros(5_000_000, np.int64))
    with pytest.raises(LimitError, match="5,000,000 × 64 × 75 × 3 = 72,000,000,000 bytes"):
        Decoding(Labelled(("a",), {"train": part}), Preprocessing(64, 75, 3))
