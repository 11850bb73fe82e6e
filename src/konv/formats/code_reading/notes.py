"""What changed between the Keras of a listing and today's: said once the network is known."""

from __future__ import annotations

from konv.formats.code_reading.renaming import MODULES
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.training import note_methods
from konv.formats.code_reading.versions import Dialect
from konv.language import translate as _
from konv.layers import Conv2D
from konv.network.graph import Network

__all__ = ["note_what_changed"]

_SHOWN_BLOCKS = 8


def note_what_changed(run: Run, dialect: Dialect, network: Network) -> None:
    """Note the version, the modules that went, and what Theano computed differently."""
    run.notes.insert(0, (0, dialect.reason(run)))
    if run.listing.blocks:
        shown = ", ".join(map(_span, run.listing.blocks[:_SHOWN_BLOCKS]))
        run.note(0, _("read as code: lines {lines}; the rest is text", lines=shown))
    _note_modules(run)
    note_methods(run, network.output_shape)
    if dialect.version == 1 and _on_theano(run):
        run.note(
            0,
            _(
                "on Theano, Keras 1 turned every kernel by 180 degrees: new weights do not show "
                "it, trained ones would have to be turned"
            ),
        )
        _note_even_kernels(run, network)


def _span(block: tuple[int, int]) -> str:
    first, last = block
    return f"{first}" if first == last else f"{first}-{last}"


def _note_modules(run: Run) -> None:
    """The modules that went: at their imports, or at their uses if they are reached otherwise."""
    noted: set[str] = set()
    for entries in (run.found.imports, run.found.used):
        found = [(module, now, line) for path, line in entries for module, now in _gone(path)]
        for module, now, line in found:
            if module not in noted:
                run.note(line, _("{old} is gone: {new}", old=module, new=_(now)))
        noted |= {module for module, _now, _line in found}


def _gone(path: str) -> list[tuple[str, str]]:
    plain = path.removeprefix("tensorflow.")
    return [
        (module, now)
        for module, now in MODULES
        if plain == module or plain.startswith(f"{module}.")
    ][:1]


def _on_theano(run: Run) -> bool:
    """Whether the code names Theano, or has its order of axes."""
    named = any(path.split(".")[0] == "theano" for path, _line in run.found.imports)
    return named or run.found.turned


def _note_even_kernels(run: Run, network: Network) -> None:
    for node in network.nodes:
        layer = node.layer
        if not isinstance(layer, Conv2D) or layer.padding != "same":
            continue
        if any(size % 2 == 0 for size in layer.kernel_size):
            run.note(
                0,
                _(
                    'with an even kernel, Theano put the odd zero of border_mode="same" at '
                    "the top and left; here it is at the bottom and right"
                ),
            )
            return
