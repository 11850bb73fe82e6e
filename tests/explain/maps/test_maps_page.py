"""The page on maps: whole, harmless, the same every time, and readable without seeing."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from konv.explain.maps import Findings, figures_of, maps_page
from konv.explain.maps.tiles import data_uri, tile
from konv.language import using_language
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.maps.choosing import convolutions
from konv.model import Sequential
from konv.training.labels import Labels
from maps.networks import FORMS, picture_for
from oracles.html_page import Page

EVIL = "<script>alert(1)</script>"


def findings_of(model, name="cat.jpg"):
    picture = picture_for(model)
    images = np.stack([picture_for(model, seed) for seed in range(4)])
    return Findings(
        model,
        picture,
        name,
        maps=model.feature_maps(picture),
        filters=convolutions(model.network),
        heats=(model.grad_cam(picture), model.occlusion(picture, patch=3, stride=3)),
        most=model.most_activating(images, top=2),
        images=images,
    )


@pytest.fixture(params=FORMS)
def findings(request):
    return findings_of(FORMS[request.param]())


def test_it_is_well_formed_and_needs_nothing_else(findings):
    text = maps_page(findings)
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert not {tag for tag, _attrs in page.elements} & {"script", "link", "iframe", "object"}
    assert "http" not in text
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert "color-scheme: light dark" in text


def test_each_picture_says_in_words_what_it_shows(findings):
    images = Page(maps_page(findings)).all("img")
    assert len(images) > 10
    assert all(len(image["alt"]) > 5 for image in images)
    first = findings.maps.layers[1]
    low, high = first.values[..., 0].min(), first.values[..., 0].max()
    text = f"map 0 of {first.layer}, from {low:.3g} to {high:.3g}".replace("-", "−")
    assert text in [image["alt"] for image in images]


def test_every_layer_has_a_place_that_a_link_leads_to(findings):
    page = Page(maps_page(findings))
    places = {attributes["id"] for attributes in page.all("section") if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in page.all("a")} == places
    assert len(places) == len(findings.model.network.nodes)


def test_the_same_gives_the_same_bytes():
    first, second = (maps_page(findings_of(FORMS["residual"]())) for _time in range(2))
    assert first == second


def test_it_speaks_korean():
    findings = findings_of(FORMS["plain"]())
    with using_language("ko"):
        text = maps_page(findings)
    assert '<html lang="ko">' in text
    assert "수용 영역" in text


def test_names_are_text_and_nothing_else():
    end = Dense(2, activation="softmax", name="&amp;")
    model = Sequential([Input((4, 4, 1)), Conv2D(2, 2, name="<b>x<!--"), Flatten(), end], seed=0)
    model.labels = Labels((EVIL, "ok"))
    text = maps_page(findings_of(model, name='"><script>'))
    page = Page(text)
    assert {tag for tag, _attrs in page.elements} & {"script", "b"} == set()
    words = "".join(page.words)
    assert EVIL in words
    assert "<b>x<!-- (Conv2D): 3×3×2" in words


def test_many_maps_are_cut_and_it_says_so():
    model = Sequential([Input((4, 4, 1)), Conv2D(100, 2), MaxPooling2D(3), Flatten(), Dense(2)])
    picture = picture_for(model)
    page = Page(maps_page(Findings(model, picture, "x", maps=model.feature_maps(picture))))
    words = "".join(page.words)
    assert words.count("The first 64 of 100.") == 2
    shown = [image for image in page.all("img") if " of conv2d_1," in image["alt"]]
    assert len(shown) == 64


def test_the_answer_is_the_probability_of_the_classes():
    model = FORMS["two_classes"]()
    model.labels = Labels(("off", "on"))
    picture = picture_for(model)
    words = "".join(Page(maps_page(Findings(model, picture, "x"))).words)
    share = float(model.predict(picture[np.newaxis])[0, 0])
    likeliest, other = ("on", "off") if share > 0.5 else ("off", "on")
    assert words.index(likeliest) < words.index(other)
    assert f"{100 * max(share, 1 - share):.1f}\u00a0%" in words


def decoded(uri):
    with Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))) as i:
        return np.asarray(i)


def test_a_tile_holds_its_pixels():
    grey = np.linspace(0, 1, 6).reshape(2, 3, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(decoded(data_uri(grey, 256)), [[0, 51, 102], [153, 204, 255]])
    red = np.zeros((1, 1, 3))
    red[..., 0] = 1
    np.testing.assert_array_equal(decoded(data_uri(red, 256)), [[[255, 0, 0]]])


def test_large_pictures_are_made_smaller_and_thin_ones_stay_visible():
    assert decoded(data_uri(np.zeros((1000, 500, 3)), 256)).shape == (256, 128)
    assert decoded(data_uri(np.zeros((1, 5000, 3)), 256)).shape == (1, 256)
    [height] = re.findall(r"height:([\d.]+)em", tile(np.zeros((1, 5000, 3)), "thin", side_em=12))
    assert float(height) == 1.0


def test_a_frame_lies_where_the_part_is():
    text = tile(np.zeros((4, 4, 3)), "framed", frame=(0.25, 0.5, 0, 1))
    assert "top:25%;left:0%;height:25%;width:100%" in text


# Files --------------------------------------------------------------------------------------------


def test_there_is_a_figure_for_each(findings, tmp_path):
    figures = figures_of(findings)
    layers = len(findings.model.network.nodes)
    assert len(figures) == layers + len(findings.filters) + 2 + 1
    assert {"grad-cam", "occlusion"} < figures.keys()
    kinds = {name.partition("-")[0] for name in figures}
    chosen = [next(name for name in figures if name.startswith(kind)) for kind in sorted(kinds)]
    for name in chosen[:3]:
        path = figures[name](tmp_path / f"{name}.png")
        with Image.open(path) as image:
            assert image.format == "PNG"


def test_files_stand_in_the_order_of_the_network_under_names_that_every_system_takes():
    names = ["첫째" * 40, 'a\\b|c?"*<>', "..", "x"]
    layers = [Conv2D(1, 1, name=name) for name in names]
    model = Sequential([Input((2, 2, 1)), *layers], seed=0)
    picture = np.ones((2, 2))
    files = list(figures_of(Findings(model, picture, "x", maps=model.feature_maps(picture))))
    assert files == ["0-input_1", "1-" + "첫째" * 30, "2-a_b_c_____", "3", "4-x"]
    assert files == sorted(files)
    assert all(len(name.encode()) < 250 for name in files)
