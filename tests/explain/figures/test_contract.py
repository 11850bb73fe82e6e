"""What every figure promises."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from konv.explain import figures
from konv.explain.figures import (
    confusion_figure,
    feature_maps_figure,
    filters_figure,
    heat_map_figure,
    learning_curves,
    misclassified_figure,
    most_activating_figure,
    predictions_figure,
)
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.model import Sequential
from konv.training.labels import Labels

# Names as attackers, typesetters and other countries write them.
NAMES = [
    "$\\frac{$_{",
    "<script>alert(1)</script>",
    "--><b>",
    "100 % & 'more'",
    "민들레",
    "犬 \n\a",
]
COUNT = len(NAMES)
RANDOM = np.random.default_rng(7)
IMAGES = RANDOM.integers(0, 256, (8, 6, 5, 1), dtype=np.uint8)
LABELS = np.arange(8) % COUNT
PREDICTIONS = np.arange(8)[::-1] % COUNT
SHARES = RANDOM.dirichlet(np.ones(COUNT), 8)
ROWS = [{"epoch": 1, "loss": 2.0, NAMES[0]: 3.0}, {"epoch": 2, "loss": 1.0, NAMES[0]: 2.0}]


def model():
    layers = [
        Input((6, 5, 1)),
        Conv2D(4, 3, activation="relu", name="$x_1$ <민> & --"),
        Flatten(),
        Dense(COUNT, activation="softmax"),
    ]
    made = Sequential(layers, seed=3)
    made.labels = Labels(tuple(NAMES))
    return made


FIGURES = {
    "learning_curves": lambda path: learning_curves(ROWS, path),
    "confusion_figure": lambda path: confusion_figure(np.eye(COUNT, dtype=int), NAMES, path),
    "filters_figure": lambda path: filters_figure(model(), path),
    "feature_maps_figure": lambda path: feature_maps_figure(model(), IMAGES[0], path),
    "heat_map_figure": lambda path: heat_map_figure(
        model().grad_cam(IMAGES[0], label=NAMES[0]), IMAGES[0], path
    ),
    "most_activating_figure": lambda path: most_activating_figure(
        model().most_activating(IMAGES), IMAGES, path
    ),
    "misclassified_figure": lambda path: misclassified_figure(
        IMAGES, LABELS, PREDICTIONS, SHARES, NAMES, path
    ),
    "predictions_figure": lambda path: predictions_figure(
        IMAGES, PREDICTIONS, SHARES, NAMES, path, labels=LABELS
    ),
}


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]


def test_every_public_figure_is_tested_here():
    assert sorted(FIGURES) == sorted(figures.__all__)


def test_it_returns_the_path_and_leaves_nothing_else(figure, tmp_path):
    path = str(tmp_path / "folder" / "figure.png")
    assert figure(path) == Path(path)
    assert list(Path(path).parent.iterdir()) == [Path(path)]


def test_it_is_a_png_that_fills_a_screen_on_a_light_ground(figure, tmp_path):
    with Image.open(figure(tmp_path / "figure.png")) as image:
        assert image.format == "PNG"
        assert image.width == 1400
        assert 300 <= image.height <= 2000
        assert image.info.keys() <= {"dpi"}
        pixels = np.asarray(image.convert("L"))
    border = np.concatenate([pixels[:20].ravel(), pixels[:, :20].ravel(), pixels[:, -20:].ravel()])
    assert border.min() == 255
    assert 0.002 < (pixels < 250).mean() < 0.9


def test_its_letters_stay_inside_the_page(figure, tmp_path):
    with Image.open(figure(tmp_path / "figure.png")) as image:
        pixels = np.asarray(image.convert("L"))
    columns = np.flatnonzero((pixels < 250).any(axis=0))
    rows = np.flatnonzero((pixels < 250).any(axis=1))
    assert columns.min() > 28
    assert columns.max() < 1400 - 28
    assert rows.min() > 28
    assert rows.max() < len(pixels) - 20


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_input_gives_the_same_bytes(figure, tmp_path, ending):
    first = figure(tmp_path / f"first.{ending}").read_bytes()
    assert figure(tmp_path / f"second.{ending}").read_bytes() == first


def test_its_svg_is_well_formed_and_holds_neither_script_nor_date(figure, tmp_path):
    path = figure(tmp_path / "figure.svg")
    tags = {element.tag.rpartition("}")[2] for element in ET.parse(path).iter()}
    assert tags & {"path", "image", "use"}
    assert not tags & {"script", "b", "foreignObject", "text", "a", "date", "creator"}
    links = [
        value
        for element in ET.parse(path).iter()
        for name, value in element.attrib.items()
        if name.endswith("href")
    ]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)


def test_names_stand_as_they_were_written(figure, texts_of):
    texts = " ".join(texts_of(lambda path: figure(path)))
    assert "\\frac" in texts or "$x_1$" in texts
