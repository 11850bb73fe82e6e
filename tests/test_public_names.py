"""The face of the package: every name works, none is forgotten, and importing it costs nothing."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import konv


@pytest.mark.parametrize("name", konv.__all__)
def test_every_public_name_is_there(name):
    assert getattr(konv, name) is not None
    assert name in dir(konv)


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'Convolution'"):
        konv.Convolution  # noqa: B018


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(konv.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (node.module.removeprefix("konv."), alias.name)
        for node in block.body
        for alias in node.names
    }
    offered = {(room, name) for room, names in konv._ROOMS.items() for name in names}
    assert seen == offered


@pytest.mark.parametrize("room", [*konv._ROOMS, "files", "formats", "cli"])
def test_every_name_in_all_exists(room):
    module = importlib.import_module(f"konv.{room}")
    missing = [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
    assert missing == []


def test_importing_the_package_imports_nothing_heavy():
    code = "import konv, sys; print(sorted({m.split('.')[0] for m in sys.modules}))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(ast.literal_eval(printed))
    heavy = {"numpy", "sklearn", "scipy", "PIL", "matplotlib", "rich", "click", "safetensors"}
    assert loaded & heavy == set()


def test_every_layer_has_a_public_name():
    from konv.layers import LAYERS

    assert set(LAYERS) <= set(konv.__all__)


def test_public_things_explain_themselves():
    silent = [
        name
        for name in konv.__all__
        if name != "__version__" and not (getattr(konv, name).__doc__ or "").strip()
    ]
    assert silent == []


def test_everything_with_checked_fields_shows_only_what_differs_from_its_defaults():
    from konv.parameters import Checked

    for room in konv._ROOMS:
        importlib.import_module(f"konv.{room}")
    waiting, wrong = [Checked], []
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.startswith("konv.") and kind.__repr__ is not Checked.__repr__:
            wrong.append(kind.__qualname__)
    assert wrong == []
