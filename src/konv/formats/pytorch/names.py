"""Names of layers as names of Python: what a submodule, a variable or a class can be called."""

from __future__ import annotations

import keyword
import re
import unicodedata

__all__ = ["ATTRIBUTES", "VARIABLES", "Names", "class_name"]

# What a module of PyTorch has already: a submodule of that name would hide it, or be refused.
ATTRIBUTES = frozenset(
    (
        "T_destination",
        "add_module",
        "append",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extend",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "insert",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "pop",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    )
)
# What a line of ``forward`` means something else by.
VARIABLES = frozenset({"self", "x", "torch", "nn", "F", "average_pool", "rectifier"})


class Names:
    """Identifiers that are handed out once each.

    Example:
        >>> names = Names(VARIABLES)
        >>> [names.take(name) for name in ("conv2d_1", "x", "3×3", "class", "conv2d_1", "합성곱")]
        ['conv2d_1', 'layer_x', 'layer_3_3', 'layer_class', 'conv2d_1_2', '합성곱']
    """

    def __init__(self, reserved: frozenset[str]) -> None:
        self._reserved = reserved
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """``name``, or what is nearest to it and an identifier that nobody has."""
        stem = identifier(name)
        if stem in self._reserved or keyword.iskeyword(stem) or stem.startswith("_"):
            stem = f"layer_{stem.lstrip('_')}"
        found, number = stem, 1
        while found in self._taken:
            number += 1
            found = f"{stem}_{number}"
        self._taken.add(found)
        return found


def identifier(text: str) -> str:
    """The text with "_" for every sign that an identifier cannot hold."""
    # Python reads identifiers in this form; so the name of the module is the one of the text.
    found = re.sub(r"\W", "_", unicodedata.normalize("NFKC", text))
    return found if found.isidentifier() else f"layer_{re.sub('[^0-9a-zA-Z_]', '_', found)}"


def class_name(text: str) -> str:
    """What a class for a network of that name is called.

    Example:
        >>> class_name("vgg-mini"), class_name("7 segments"), class_name("손글씨")
        ('VggMini', 'Network7Segments', '손글씨')
    """
    words = re.split(r"[\W_]+", unicodedata.normalize("NFKC", text))
    found = "".join(word[:1].upper() + word[1:] for word in words)
    if not found.isidentifier() or keyword.iskeyword(found):
        found = "Network" + re.sub("[^0-9a-zA-Z]", "", found)
    return found
