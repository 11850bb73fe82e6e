"""What every drawing promises: right numbers, safe text, the same bytes, light and dark."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import konv
from explain.drawing.sample_networks import HOSTILE, SAMPLES
from konv.explain.drawing import STYLES, bounds, draw
from konv.explain.drawing.captions import family_of
from konv.explain.drawing.colours import COLOURS, FAMILIES
from konv.language import using_language
from konv.layers import (
    LAYERS,
    Add,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
    ZeroPadding2D,
)
from konv.network.graph import functional, sequential
from konv.network.named import named_network
from oracles.svg_drawings import NAMESPACE, read_drawing

PICTURES = ("blocks", "volumes", "graph")
each_style = pytest.mark.parametrize("style", STYLES)
each_picture = pytest.mark.parametrize("style", PICTURES)

# Shapes, weights and biases as the tutorials work them out, put right.
GOLDEN = {
    "the network of tutorial 000": (
        named_network("tutorial-39x31").network,
        "36×28×20; 320 weights; 20 biases; 18×14×20; 16×12×40; 7,200 weights; "
        "8×6×40; 6×4×60; 21,600 weights; 3×2×60; 2×1×80; 19,200 weights; 160; "
        "16,000 weights; 100 biases; 64,620",
    ),
    "its dense counterpart": (
        named_network("tutorial-dense").network,
        "1209; 725,400 weights; 180,000 weights; 90,000 weights; 45,000 weights; "
        "15,000 weights; 1,056,850",
    ),
    "its listing": (
        named_network("tutorial-120x60").network,
        "116×56×12; 58×28×12; 54×24×16; 27×12×16; 24×9×20; 12×4×20; 960; 133,792",
    ),
    "a table of tutorial 000": (
        sequential([Input((8, 6, 40)), Conv2D(60, 2), MaxPooling2D(2)]),
        "7×5×60; 9,600 weights; 60 biases; 3×2×60",
    ),
    "padding": (
        sequential([Input((32, 32, 3)), ZeroPadding2D(2), Conv2D(3, 5)]),
        "36×36×3; padding 2; 32×32×3; 225 weights; 3 biases",
    ),
    "channels first": (
        sequential(
            [
                Input((3, 3, 3)),
                Conv2D(2, 2, padding="same", data_format="channels_first"),
            ]
        ),
        "2×3×3; 2×2 kernel; 2 filters; padding=same; 24 weights; 2 biases",
    ),
    "9 → 4": (sequential([Input((9,)), Dense(4)]), "4 units; 36 weights; 4 biases"),
}


def written(network, style):
    """All that a drawing says, on one line."""
    drawing = draw(network, style)
    text = drawing.text if drawing.svg is None else read_drawing(drawing.svg).text
    text = re.sub("[│├└●─┘┤┼┴]", " ", text)
    return " ".join(text.split())


@each_style
@pytest.mark.parametrize("name", GOLDEN)
def test_shapes_and_parameters_stand_on_it(name, style):
    network, expected = GOLDEN[name]
    text = written(network, style)
    for words in expected.split("; "):
        if style != "mermaid" or words != f"{network.parameters:,}":
            assert words in text


def test_blocks_show_which_product_the_weights_are():
    text = written(sequential([Input((3, 3, 3)), Conv2D(2, 2, padding="same")]), "blocks")
    assert "2×2×3×2 = 24 weights 2 biases" in text


@pytest.mark.parametrize("style", [*PICTURES, "text"])
def test_what_is_dropped_is_said(style):
    assert "max_pooling2d_3 drops 1 of 9 columns" in written(SAMPLES["tutorial-120x60"], style)


@each_picture
def test_the_order_of_the_axes_is_said(style):
    assert "Shapes: height × width × channels" in written(SAMPLES["simple"], style)
    assert "Shapes: channels × height × width" in written(SAMPLES["channels_first"], style)
    assert "Shapes: how many numbers" in written(SAMPLES["vectors"], style)


@each_style
def test_a_layer_that_takes_from_elsewhere_says_or_shows_it(style):
    start = Input((4, 4, 1))
    kept = Conv2D(1, 1)(start)
    network = functional(start, Add()([ReLU()(Conv2D(1, 1)(kept)), kept]))
    text = written(network, style)
    if style in ("blocks", "volumes"):
        assert "from 3, 1" in text
    assert "Add" in text


@each_picture
def test_it_is_well_formed_and_describes_itself(style):
    for name, network in SAMPLES.items():
        svg = draw(network, style).svg
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        names = [root.find(f"{NAMESPACE}{part}").get("id") for part in ("title", "desc")]
        assert root.get("aria-labelledby").split() == names
        description = root.find(f"{NAMESPACE}desc").text
        assert f"{network.parameters:,} parameters" in description
        assert description.count(": ") >= len(network.nodes), name
        assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} <= {
            *("svg", "title", "desc", "style", "rect", "g", "text", "path", "polygon")
        }


@each_picture
def test_names_become_no_elements_attributes_or_addresses(style):
    svg = draw(SAMPLES["hostile_names"], style).svg
    assert HOSTILE[0] in ET.fromstring(svg).find(f"{NAMESPACE}title").text
    assert "<script" not in svg
    assert "<!--" not in svg
    assert {name for element in ET.fromstring(svg).iter() for name in element.attrib} <= {
        *("width", "height", "viewBox", "role", "lang", "aria-labelledby", "class", "id"),
        *("x", "y", "rx", "font-size", "text-anchor", "points", "d"),
    }
    assert re.findall(r"https?:[^\s\"]+", svg) == ["http://www.w3.org/2000/svg"]


@each_style
def test_the_same_network_gives_the_same_bytes_in_any_process(style):
    code = (
        "import hashlib, konv; network = konv.named_network('resnet8').network\n"
        f"print(hashlib.sha256(konv.draw(network, {style!r}).text.encode()).hexdigest())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]


@each_picture
def test_two_drawings_on_a_page_do_not_share_names(style):
    one, other = (draw(SAMPLES[name], style).svg for name in ("simple", "lenet5"))
    assert not {*re.findall(r'id="(.+?)"', one)} & {*re.findall(r'id="(.+?)"', other)}


@each_picture
def test_a_style_sheet_changes_nothing_else_on_a_page(style):
    sheet = ET.fromstring(draw(SAMPLES["simple"], style).svg).find(f"{NAMESPACE}style").text
    selectors = re.findall(r"^\s*([^{}\n]+?) \{", sheet, re.MULTILINE)
    assert "@media (prefers-color-scheme: dark)" in selectors
    assert all(s.startswith((".konv-drawing ", "@media")) for s in selectors)


def luminance(colour):
    """Of WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_texts_can_be_read_and_edges_be_seen(mode):
    colours = {name: pair[mode] for name, pair in COLOURS.items()}
    for text in ("ink", "faint"):
        assert contrast(colours[text], colours["paper"]) >= 4.5
    for graphic in ("line", "window"):
        assert contrast(colours[graphic], colours["paper"]) >= 3
    for pairs in FAMILIES.values():
        fill, edge = pairs[mode]
        assert contrast(colours["ink"], fill) >= 4.5
        assert contrast(colours["faint"], fill) >= 4.5
        assert contrast(colours["paper"], edge) >= 4.5
        assert contrast(edge, colours["paper"]) >= 3


@each_picture
def test_it_speaks_korean(style):
    with using_language("ko"):
        drawing = draw(SAMPLES["simple"], style)
    assert 'lang="ko"' in drawing.svg
    for words in ("5×5 커널", "필터 32개", "가중치 800", "높이 × 너비 × 채널"):
        assert words in drawing.svg


KINDS = {
    "input": ("Input",),
    "convolution": ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"),
    "pooling": (
        *("MaxPooling2D", "AveragePooling2D", "MinPooling2D"),
        *("GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    ),
    "dense": ("Dense",),
    "activation": ("Activation", "ReLU", "LeakyReLU", "ELU", "BatchNormalization", "Dropout"),
    "merging": ("Add", "Concatenate"),
    "reshaping": ("Flatten", "ZeroPadding2D"),
}


def test_every_layer_has_the_colour_of_its_family():
    """A new layer is given its family in captions.py, and its sign in pictograms.py."""
    found = {}
    for name, kind in LAYERS.items():
        found.setdefault(family_of(object.__new__(kind)), set()).add(name)
    assert found == {family: set(names) for family, names in KINDS.items()}
    assert set(found) == set(FAMILIES)


@each_style
def test_a_model_is_drawn_as_its_network(style):
    model = konv.Sequential([Input((4, 4, 1)), Flatten(), Dense(2)])
    assert draw(model, style) == draw(model.network, style)


@pytest.mark.parametrize("wrong", [None, 3, "lenet5", [], konv.Conv2D(1, 1)])
def test_what_is_no_network_is_refused(wrong):
    with pytest.raises(konv.ParameterError, match="K201") as caught:
        draw(wrong)
    assert "a network or a model" in str(caught.value)


@pytest.mark.parametrize("style", ["block", "svg", "", None, 3])
def test_another_style_is_refused_with_those_there_are(style):
    with pytest.raises(konv.ParameterError, match="K201") as caught:
        draw(SAMPLES["simple"], style)
    assert '"volumes"' in str(caught.value)


@each_style
def test_a_network_that_is_too_long_is_refused_as_a_picture_only(style):
    layers = [Input((2,)), *[ReLU() for _layer in range(1_000)]]
    if style in PICTURES:
        with pytest.raises(konv.LimitError, match="K606"):
            draw(sequential(layers), style)
    else:
        assert "relu_1000" in draw(sequential(layers), style).text
    assert "relu_999" in draw(sequential(layers[:-1]), style).text


def test_a_network_with_too_many_lines_is_refused_as_a_graph_only(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_DRAWN_LINES", 20)
    network = SAMPLES["dense_blocks"]
    with pytest.raises(konv.LimitError, match="lines are too many") as caught:
        draw(network, "graph")
    assert "20 lines" in str(caught.value)
    assert draw(network, "blocks").svg
    assert draw(SAMPLES["resnet8"], "blocks").svg
