"""The styles without pictures: Mermaid and plain text."""

import re

import pytest

from explain.drawing.sample_networks import SAMPLES
from konv.explain.drawing import draw
from konv.explain.drawing.rails import rails_of
from konv.language import using_language
from konv.language.tables import places

each_sample = pytest.mark.parametrize("name", SAMPLES)

NODE = re.compile(r'  n(\d+)\["((?:[^"#`<>&;]|#\d+;|<br/>)+)"\]:::([a-z]+)')
EDGE = re.compile(r"  n(\d+) --> n(\d+)")
CLASS = re.compile(r"  classDef ([a-z]+) fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}")
TITLE = re.compile(r"  accTitle: [\w ,.×→+−()-]+")


@each_sample
def test_mermaid_has_a_node_for_each_layer_and_an_arrow_for_each_input(name):
    network = SAMPLES[name]
    first, title, *lines = draw(network, "mermaid").text.splitlines()
    assert first == "flowchart TD"
    assert TITLE.fullmatch(title)
    nodes = [found for line in lines if (found := NODE.fullmatch(line))]
    edges = [found for line in lines if (found := EDGE.fullmatch(line))]
    classes = [found for line in lines if (found := CLASS.fullmatch(line))]
    assert len(nodes) + len(edges) + len(classes) == len(lines)
    assert [int(found[1]) for found in nodes] == list(range(len(network.nodes)))
    assert {found[3] for found in nodes} == {found[1] for found in classes}
    place = {node.name: index for index, node in enumerate(network.nodes)}
    wired = [(place[s], index) for index, node in enumerate(network.nodes) for s in node.inputs]
    assert [(int(found[1]), int(found[2])) for found in edges] == wired


def test_mermaid_gives_names_back_whole():
    for name in ("hostile_names", "korean_names"):
        text = draw(SAMPLES[name], "mermaid").text
        shown = [
            found[2].split("<br/>")[0] for found in map(NODE.fullmatch, text.splitlines()) if found
        ]
        plain = [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) for label in shown]
        kinds = [type(node.layer).__name__ for node in SAMPLES[name].nodes]
        names = [node.name for node in SAMPLES[name].nodes]
        assert plain == [f"{kind} {name}" for kind, name in zip(kinds, names, strict=True)]


@pytest.mark.parametrize("language", ["en", "ko"])
@each_sample
def test_plain_text_has_80_columns_and_every_layer(name, language):
    with using_language(language):
        text = draw(SAMPLES[name], "text").text
    assert max(map(places, text.splitlines())) <= 80
    numbers = re.findall(r"^[│├└●─┘┤┼┴ ]*(\d+)  ", text, re.MULTILINE)
    assert numbers[: len(SAMPLES[name].nodes)] == list(map(str, range(len(SAMPLES[name].nodes))))
    assert text == "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def traced(rails):
    """Which rows each row takes from, read from the letters alone."""
    carried, found = {}, []
    for row, line in enumerate(rails):
        own = line.index("●") // 2
        inputs = set()
        for step in (-1, 1):
            column = own
            while 0 <= 2 * column + step < len(line) and line[2 * column + step] == "─":
                column += step
                if line[2 * column] in "├┤┼└┘┴":
                    inputs.add(column)
        if own in carried:
            inputs.add(own)
        found.append({carried[column] for column in inputs})
        for column in range(len(line) // 2 + 1):
            if line[2 * column] in "└┘┴":
                del carried[column]
        carried[own] = row
    return found


def sources_of(network):
    place = {node.name: index for index, node in enumerate(network.nodes)}
    return [tuple(place[name] for name in node.inputs) for node in network.nodes]


@each_sample
def test_rails_lead_from_each_layer_to_those_that_take_it(name):
    sources = sources_of(SAMPLES[name])
    rails = rails_of(sources, 50)
    assert traced(rails) == [set(taken) for taken in sources]


def test_rails_go_on_beside_further_lines_of_a_layer():
    lines = draw(SAMPLES["resnet8"], "text").text.splitlines()
    at = next(index for index, line in enumerate(lines) if "  4  conv2d_2" in line)
    assert lines[at].startswith("├─●")
    assert lines[at + 1].startswith("│ │   ")


def test_too_many_rails_are_none():
    assert rails_of([(), (0,), (0,), (0, 1, 2)], 2) is None
    assert rails_of([(), (0,), (0,), (0, 1, 2)], 3) == ["●", "├─●", "├─│─●", "●─┴─┘"]


def test_a_network_with_many_branches_says_by_number_what_it_takes():
    assert "from 1, 2, 3, 4, …" in " ".join(draw(SAMPLES["wide"], "text").text.split())
