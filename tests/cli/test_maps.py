"""konv maps: what is asked for is drawn, nothing is overwritten unasked, the rest is refused."""

import errno
import json
import os

import numpy as np
import pytest
from PIL import Image

from konv.language.tables import places
from konv.layers import Activation, Conv2D, Dense, Flatten, Input
from konv.model import Sequential, load
from konv.training.labels import Labels


@pytest.fixture
def picture(photos):
    return photos / "보" / "0.png"


@pytest.fixture
def maps(konv, model, picture):
    return lambda *options: konv("maps", model, picture, *options)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


LAYERS = [
    "0-input_1.png",
    "1-conv2d_1.png",
    "2-max_pooling2d_1.png",
    "3-flatten_1.png",
    "4-dense_1.png",
]


def test_without_options_it_is_the_maps_of_every_layer(maps, tmp_path):
    result = maps()
    assert result.code == 0
    assert "written: 5 figures in 0-maps" in result.out
    assert names_in(tmp_path / "0-maps") == LAYERS
    for path in (tmp_path / "0-maps").iterdir():
        with Image.open(path) as image:
            assert image.width == 1400


def test_the_table_is_that_of_the_numbers(maps, model, picture):
    facts = json.loads(maps("--html", "--json").out)
    loaded = load(model)
    expected = loaded.feature_maps(loaded.preprocessing.read(picture))
    assert facts["maps"] == [json.loads(json.dumps(one.facts())) for one in expected]
    assert facts["files"] == ["0-maps.html"]
    line = next(line for line in maps("--html").out.splitlines() if line.startswith("conv2d_1"))
    assert line.split()[1] == "6×6×4"


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["--layer", "conv2d_1"], ["1-conv2d_1.png"]),
        (["--filters"], ["filters-1-conv2d_1.png"]),
        (["--heat", "grad-cam"], ["grad-cam.png"]),
        (["--heat", "occlusion", "--heat", "grad-cam"], ["grad-cam.png", "occlusion.png"]),
        (["--data", "photos"], ["most-activating-1-conv2d_1.png"]),
        (["--data", "photos", "--layer", "dense_1"], ["most-activating-4-dense_1.png"]),
        (["--filters", "--layer", "conv2d_1"], ["filters-1-conv2d_1.png"]),
        (
            ["--all", "--data", "photos"],
            [
                *LAYERS,
                "filters-1-conv2d_1.png",
                "grad-cam.png",
                "most-activating-1-conv2d_1.png",
                "occlusion.png",
            ],
        ),
        (["--all", "--layer", "dense_1"], ["4-dense_1.png", "occlusion.png"]),
    ],
)
def test_what_is_asked_for_is_drawn_and_nothing_else(maps, tmp_path, options, files):
    result = maps(*options, "--out", "out")
    assert (result.code, names_in(tmp_path / "out")) == (0, files)


def test_heat_maps_are_those_of_python(maps, model, picture):
    words = ("--heat", "grad-cam", "--heat", "occlusion", "--label", "바위")
    sizes = ("--patch", "3x2", "--stride", "2")
    cam, occlusion = json.loads(maps(*words, *sizes, "--json").out)["heat"]
    loaded = load(model)
    image = loaded.preprocessing.read(picture)
    assert cam["values"] == loaded.grad_cam(image, label="바위").values.tolist()
    expected = loaded.occlusion(image, label="바위", patch=(3, 2), stride=2)
    assert occlusion["values"] == expected.values.tolist()
    assert (occlusion["label"], occlusion["patch"], occlusion["predictions"]) == (
        "바위",
        [3, 2],
        16,
    )
    said = " ".join(maps(*words, *sizes).out.split())
    assert "a patch of 3×2 with stride 2, 16 predictions" in said


def test_the_pictures_that_channels_answer_to_are_named(maps):
    facts = json.loads(maps("--data", "photos", "--top", 2, "--json").out)["most_activating"]
    assert facts["seen"] == 36
    assert np.shape(facts["pictures"]) == (4, 2)
    assert facts["names"][0][0].split("/")[0] in ("가위", "바위", "보")
    assert facts["names"][0][0].endswith(".png")


def test_a_page_holds_everything(maps, tmp_path):
    result = maps("--all", "--data", "photos", "--html")
    assert (result.code, names_in(tmp_path).count("0-maps.html")) == (0, 1)
    text = (tmp_path / "0-maps.html").read_text("utf-8")
    for words in ("Grad-CAM of conv2d_1", "Occlusion", "Filters of conv2d_1", "answer to most"):
        assert words in text
    maps("--all", "--data", "photos", "--out", "new/다른.html")
    assert (tmp_path / "new" / "다른.html").read_text("utf-8") == text


@pytest.mark.parametrize("out", ["one.png", "one.svg", "x/one.PNG"])
def test_a_single_figure_may_go_into_a_file(maps, tmp_path, out):
    assert maps("--heat", "grad-cam", "--out", out).code == 0
    assert (tmp_path / out).stat().st_size > 1000


def test_what_someone_else_wrote_is_not_replaced_unasked(maps, tmp_path):
    mine = tmp_path / "0-maps" / "1-conv2d_1.png"
    mine.parent.mkdir()
    mine.write_text("mine")
    (mine.parent / "other.txt").write_text("mine, too")
    result = maps("--layer", "conv2d_1")
    assert (result.code, "K405" in result.err, "--out 0-maps" in result.err) == (2, True, True)
    assert mine.read_text() == "mine"
    assert maps("--layer", "conv2d_1", "--out", "0-maps").code == 0
    assert mine.read_bytes().startswith(b"\x89PNG")
    assert maps("--layer", "conv2d_1").code == 0  # the same again costs nothing
    assert names_in(mine.parent) == ["1-conv2d_1.png", "other.txt"]


def test_the_name_that_is_offered_can_be_pasted(konv, model, photos, tmp_path):
    named = (photos / "보" / "0.png").rename(photos / "보 하나.png")
    (tmp_path / "보 하나-maps").mkdir()
    (tmp_path / "보 하나-maps" / "1-conv2d_1.png").write_text("mine")
    result = konv("maps", model, named, "--layer", "conv2d_1")
    assert (result.code, "--out '보 하나-maps' replaces it" in result.err) == (2, True)


@pytest.mark.parametrize("page", [[], ["--html"]])
def test_nothing_is_no_folder(maps, tmp_path, page):
    before = names_in(tmp_path)
    result = maps("--layer", "conv2d_1", "--out", "", *page)
    assert (result.code, "K901" in result.err) == (2, True)
    assert names_in(tmp_path) == before


@pytest.mark.parametrize("page", [[], ["--html"]])
def test_a_folder_that_is_none_is_refused(maps, tmp_path, page):
    (tmp_path / "file").write_text("mine")
    result = maps("--layer", "conv2d_1", "--out", "file", *page)
    assert (result.code, "K405" in result.err) == (2, True)
    assert "a folder is needed" in result.err
    assert (tmp_path / "file").read_text() == "mine"


def test_a_full_disk_leaves_what_was_there(maps, tmp_path, monkeypatch):
    really = os.replace

    def full(source, target):
        if "out" in str(target):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(source, target)

    monkeypatch.setattr(os, "replace", full)
    result = maps("--layer", "conv2d_1", "--out", "out")
    assert (result.code, "K405" in result.err) == (2, True)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interruption_leaves_nothing_behind(maps, tmp_path, monkeypatch):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("konv.explain.maps.folder.feature_maps_figure", interrupted)
    assert maps().code == 130
    assert not (tmp_path / "0-maps").exists()


BAD = [
    ("--layer conv2d_2", "K305", 'did you mean "conv2d_1"?'),
    ("--heat gradcam", "K201", 'did you mean "grad-cam"?'),
    ("--heat grad-cam --layer dense_1", "K201", "dense_1 makes no maps"),
    ("--filters --layer dense_1", "K201", "dense_1 has no filters"),
    ("--heat grad-cam --label 보자기", "K505", "one of"),
    ("--heat occlusion --patch 9", "K201", "patch=(8, 8), or smaller"),
    ("--heat occlusion --patch 0", "K201", "from 1 to 16,384"),
    ("--heat occlusion --stride 0", "K201", "--stride must be"),
    ("--label 보", "K901", "--label needs --heat"),
    ("--heat grad-cam --patch 3", "K901", "--patch needs --heat occlusion"),
    ("--stride 3", "K901", "--stride needs --heat occlusion"),
    ("--top 3", "K901", "--top needs --data"),
    ("--out a.png", "K901", "5 figures do not fit into one file"),
    ("--heat grad-cam --out a.PDF", "K405", ".png, .svg or .html"),
    ("--heat occlusion --patch 2 --stride 3", "K201", "from 1 to 2"),
    ("--html --out a.png", "K901", "contradict each other"),
    ("--data nowhere", "K501", "in nowhere"),
    ("--data photos --top 0", "K201", "--top must be"),
]


@pytest.mark.parametrize(("options", "code", "said"), BAD)
def test_what_cannot_be_is_refused_with_what_can(maps, tmp_path, options, code, said):
    result = maps(*options.split())
    assert (result.code, result.out) == (2, "")
    assert f" {code} " in result.err or f" {code}:" in result.err
    assert said in result.err
    assert names_in(tmp_path) == ["photos", "run"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_lines_are_at_most_80_wide(maps, language):
    result = maps("--all", "--data", "photos", "--lang", language, "--html")
    assert result.code == 0
    assert max(map(places, result.out.splitlines())) <= 80
    usage = maps("--help", "--lang", language)
    assert max(map(places, usage.out.splitlines())) <= 80


def test_it_speaks_korean(maps, tmp_path):
    result = maps("--all", "--html", "--lang", "ko", "--out", "a.html")
    assert "수용 영역" in (tmp_path / "a.html").read_text("utf-8")
    assert "가림: " in result.out


@pytest.mark.parametrize(
    ("layers", "drawn"),
    [
        ([Flatten(), Dense(2, activation="softmax")], ["occlusion"]),
        ([Conv2D(2, 3), Activation("softmax")], []),
        ([Conv2D(2, 8, name="$1^2$ <민>"), Flatten(), Dense(1, activation="sigmoid")], "both"),
    ],
)
def test_all_is_all_that_suits_the_network(konv, tmp_path, layers, drawn):
    model = Sequential([Input((8, 8, 1)), *layers], seed=0)
    model.save(tmp_path / "m.konv")
    np.savetxt(tmp_path / "x.csv", np.random.default_rng(0).random((8, 8)), delimiter=",")
    result = konv("maps", "m.konv", "x.csv", "--all")
    heats = ["grad-cam", "occlusion"] if drawn == "both" else drawn
    assert result.code == 0
    found = [name for name in names_in(tmp_path / "x-maps") if name[0] in "go"]
    assert found == [f"{name}.png" for name in heats]


def test_a_row_of_numbers_is_a_picture_too(konv, tmp_path):
    model = Sequential([Input((6,)), Dense(3, activation="relu"), Dense(2)], seed=0)
    model.labels = Labels(("a", "b"))
    model.save(tmp_path / "m.konv")
    (tmp_path / "x.csv").write_text("1,2,3,4,5,6\n")
    assert konv("maps", "m.konv", "x.csv", "--all", "--html").code == 0
    assert konv("maps", "m.konv", "x.csv", "--heat", "occlusion").code == 2
    assert konv("maps", "m.konv", "x.csv").code == 0
    assert names_in(tmp_path / "x-maps") == ["0-input_1.png", "1-dense_1.png", "2-dense_2.png"]
