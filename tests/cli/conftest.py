"""A command line in this process, and small things to use it on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from konv.cli.main import main
from konv.engines import get_threads, set_threads

CLASSES = ("가위", "바위", "보")
NETWORK = """\
konv: 1
name: tiny
layers:
  - Input: {shape: [8, 8, 3]}
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - MaxPooling2D
  - Flatten
  - Dense: {units: 3, activation: softmax}
"""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Konv = Callable[..., Result]


@pytest.fixture(autouse=True)
def _quiet_surroundings(monkeypatch, tmp_path_factory):
    """No folder, language or terminal of whoever runs the tests shows in them."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    threads = get_threads()
    yield
    set_threads(threads)


@pytest.fixture
def konv(capsys, tmp_path, monkeypatch) -> Konv:
    """Runs ``konv …`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def _paint(path: Path, label: int, number: int = 0, *, size: int = 8) -> None:
    generator = np.random.default_rng([label, number])
    pixels = generator.integers(0, 100, (size, size, 3), dtype=np.uint8)
    pixels[2:-2, 2:-2, label] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="session")
def paint() -> Callable[..., None]:
    """Paints a picture whose class can be seen: a red, green or blue square on noise."""
    return _paint


@pytest.fixture(scope="session")
def photos_of_session(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "photos"
    for label, name in enumerate(CLASSES):
        for number in range(12):
            _paint(folder / name / f"{number}.png", label, number)
    return folder


@pytest.fixture
def photos(photos_of_session, tmp_path) -> Path:
    """Twelve pictures in each of three classes, 8×8 in colour."""
    return Path(shutil.copytree(photos_of_session, tmp_path / "photos"))


@pytest.fixture(scope="session")
def run_of_session(photos_of_session, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.yaml").write_text(NETWORK)
    words = ["train", photos_of_session, "--network", folder / "tiny.yaml", "--out", folder / "run"]
    options = ["--epochs", "6", "--batch-size", "4", "--learning-rate", "0.02", "--no-cache"]
    assert main([*map(str, words), *options, "--test", "0.2", "--json"]) == 0
    return folder / "run"


@pytest.fixture
def run_folder(run_of_session, tmp_path) -> Path:
    """The folder of a run on these pictures that has come to its end."""
    return Path(shutil.copytree(run_of_session, tmp_path / "run"))


@pytest.fixture
def model(run_folder) -> Path:
    """A model that knows the classes of these pictures."""
    return run_folder / "best.konv"


@pytest.fixture
def network_file(tmp_path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(NETWORK)
    return path
