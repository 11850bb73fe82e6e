"""The reference: every public name by its docstring, every command by its help.

Nothing is listed by hand. The build fails if a public name stands on no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import konv
from konv.cli.commands import konv as all_commands
from konv.errors import KonvError
from konv.parameters import Checked
from konv_site.running import computed
from konv_site.session import Output

__all__ = ["setup"]

_LOG = logging.getLogger(__name__)

_PLACE = re.compile(r"^<!-- the public names of konv\.(?P<room>[\w.]+) -->$", re.MULTILINE)
_ARRAY = re.compile(r"ndarray\[Any, dtype\[\w+\]\]")
_MARKUP = re.compile(r"\||(?<=\[N, )\*")


def _directive(name: str) -> str:
    """How autodoc is told to describe a public name."""
    value = getattr(konv, name)
    if not isinstance(value, type):
        return f".. autofunction:: konv.{name}"
    options = ["   :members:"]
    if issubclass(value, KonvError):
        options.append("   :show-inheritance:")
    if not issubclass(value, Checked):  # what all layers inherit would stand there twenty times
        options.append(f"   :inherited-members: {', '.join(_described_elsewhere(value))}")
    return "\n".join([f".. autoclass:: konv.{name}", *options])


def _described_elsewhere(kind: type) -> list[str]:
    """The bases whose members are not repeated: public ones, theirs, and Python's."""
    known = (
        base
        for base in kind.__mro__[1:]
        if not base.__module__.startswith("konv.") or base.__name__ in konv.__all__
    )
    return list(dict.fromkeys(name.__name__ for base in known for name in base.__mro__))


def _names_of(room: str) -> str:
    """One section for each name that a room offers."""
    blocks = (
        f"## {name}\n\n```{{eval-rst}}\n{_directive(name)}\n```" for name in konv._ROOMS[room]
    )
    return "\n\n".join(blocks)


def _list_names(_app: Sphinx, _docname: str, source: list[str]) -> None:
    source[0] = _PLACE.sub(lambda found: _names_of(found["room"]), source[0])


def _escape(*arguments: Any) -> None:
    """Docstrings are written to be read as they are: |x| and [N, *shape] mean themselves."""
    lines = arguments[-1]
    lines[:] = [
        line if line.lstrip().startswith((">>>", "...")) else _MARKUP.sub(r"\\\g<0>", line)
        for line in lines
    ]


def _shorten(*arguments: Any) -> tuple[str | None, str | None]:
    """Arrays of any kind are written as what they are called: ndarray."""
    return tuple(text and _ARRAY.sub("ndarray", text) for text in arguments[-2:])


def _leave_out(*arguments: Any) -> bool | None:
    """What scikit-learn puts into an estimator is described by scikit-learn."""
    module = getattr(arguments[3], "__module__", None) or ""
    return True if module.startswith("sklearn.") else None


def _check_names(_app: Sphinx, env: BuildEnvironment) -> None:
    """Every public name has its place."""
    described = env.domaindata["py"]["objects"]
    missing = [name for name in konv._ROOM_OF if f"konv.{name}" not in described]
    if missing:
        _LOG.error("no page of docs/reference describes %s", ", ".join(missing))


def _commands(group: click.Group, words: str = "") -> Iterator[str]:
    """The words of every command: "size", "data", "data check"."""
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        yield f"{words}{name}"
        if isinstance(found, click.Group):
            yield from _commands(found, f"{words}{name} ")


class Commands(SphinxDirective):
    """A section for each command, with what its ``--help`` prints in the language of the page."""

    def run(self) -> list[nodes.Node]:
        return [self._section(words) for words in _commands(all_commands)]

    def _section(self, words: str) -> nodes.section:
        line = f"{words} --help"
        output = computed(self.env, self.lineno, lambda session: session.command(line), Output())
        section = nodes.section(ids=[nodes.make_id(f"konv {words}")])
        section += nodes.title(words, f"konv {words}")
        section += nodes.literal_block(output.text, output.text, language="console")
        return section


def setup(app: Sphinx) -> None:
    """Fill the places before a page is read, and look at the end whether all names are there."""
    app.add_directive("konv-commands", Commands)
    app.connect("source-read", _list_names)
    app.connect("autodoc-process-docstring", _escape)
    app.connect("autodoc-process-signature", _shorten)
    app.connect("autodoc-skip-member", _leave_out)
    app.connect("env-check-consistency", _check_names)
