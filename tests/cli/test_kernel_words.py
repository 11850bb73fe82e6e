"""What kernels are called: each has a word, in both languages, that fits its column."""

import importlib
import inspect
import pkgutil
from dataclasses import replace

import pytest

from konv.cli.kernel_words import KERNEL_WORDS, kernel_text, tile_text
from konv.engines.compiled import kernels
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.plan.description import CallDescription, TileDescription
from konv.language import translate, using_language
from konv.language.tables import places

# Of a kernel that runs another one, that is named.
UNNAMED = {f"{kernels.__name__}.{name}" for name in ("if_finite", "banding")}


def all_kernels():
    names = [module.name for module in pkgutil.iter_modules(kernels.__path__)]
    modules = [importlib.import_module(f"{kernels.__name__}.{name}") for name in names]
    found = {kind for module in modules for _n, kind in inspect.getmembers(module, inspect.isclass)}
    return {
        kind.__name__
        for kind in found
        if issubclass(kind, Kernel)
        and not inspect.isabstract(kind)
        and kind.__module__ not in UNNAMED
    }


def call(kernel, **settings):
    plain = CallDescription((), kernel, False, False, 0, 1.0, False)
    return replace(plain, **settings)


def test_every_kernel_has_a_word_and_no_word_is_left_over():
    assert set(KERNEL_WORDS) == all_kernels()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_word_fits_its_column(language):
    with using_language(language):
        assert max(places(translate(word)) for word in KERNEL_WORDS.values()) <= 28
        whole = kernel_text(call("Convolution", rectified=True, pooled=True))
    assert places(whole) <= 28


def test_what_is_done_to_sums_in_registers_is_said():
    assert kernel_text(call("Convolution")) == "convolution"
    assert kernel_text(call("Convolution", rectified=True)) == "convolution, ReLU"
    assert kernel_text(call("Dense", rectified=True)) == "dense, by lanes, ReLU"
    # what is applied there is the layer before
    assert kernel_text(call("DenseInputGradient", rectified=True)) == "input gradient, by lanes"


def test_a_tile_is_told_with_what_is_special_about_it():
    tile = TileDescription(1, 2, 3, 24, 2, 16, 3, 1, 1)
    assert tile_text(tile) == (
        "direct: 24 pixels × 2 vectors of 16 in registers; 3 × 2 vectors of channels"
    )
    special = tile_text(replace(tile, pictures=4, written_out=5, parts=6))
    assert special.endswith(
        "; 4 pictures at once; 5 columns of the window at once; input channels in 6 parts"
    )
