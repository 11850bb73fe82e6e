"""Where pytest looks for examples: not in files that are written in a package that is not here."""

from importlib.util import find_spec

_IN_PYTORCH = (
    "src/konv/formats/pytorch/network_module.py",
    "src/konv/formats/pytorch/reading/own.py",
    "src/konv/formats/pytorch/reading/tracing.py",
    "tests/formats/pytorch/written_modules.py",
)
collect_ignore = [] if find_spec("torch") else [*_IN_PYTORCH]
