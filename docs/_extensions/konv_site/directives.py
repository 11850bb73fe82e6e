"""``{python-run}``, ``{konv}`` and ``{computed}``."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from konv_site.running import computed
from konv_site.session import Output, Session

__all__ = ["setup"]


class _Block(SphinxDirective):
    """A block that computes."""

    def computed(self, call: Callable[[Session], Output]) -> Output:
        return computed(self.env, self.lineno, call, Output())

    def literal(self, text: str, language: str, *classes: str) -> nodes.literal_block:
        block = nodes.literal_block(text, text, language=language, classes=list(classes))
        self.set_source_info(block)
        return block

    def shown(self, output: Output) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        if output.text:
            found.append(self.literal(output.text, "text", "konv-output"))
        if output.html:
            found.append(nodes.raw(output.html, output.html, format="html"))
        return found


class PythonRun(_Block):
    """Run the Python in it; show the code and what comes of it.

    ``:hide-code:`` shows only what comes of it, ``:hidden:`` nothing at all (for assertions),
    ``:raises: K104`` shows the error that must come, ``:alt:`` is the text of a figure.
    """

    has_content = True
    option_spec: ClassVar = {
        "hide-code": directives.flag,
        "hidden": directives.flag,
        "raises": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        code, expected = "\n".join(self.content), self.options.get("raises")
        if expected:
            output = self.computed(lambda session: session.error_of(code, expected))
        else:
            alt = self.options.get("alt", "")
            output = self.computed(lambda session: session.run(code, alt=alt))
        if "hidden" in self.options:
            return []
        hidden = "hide-code" in self.options
        return [*([] if hidden else [self.literal(code, "python")]), *self.shown(output)]


class Command(_Block):
    """Run a command of konv; show it with what it prints. ``:fails:``: it must refuse."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"fails": directives.flag}

    def run(self) -> list[nodes.Node]:
        line, exit_code = self.arguments[0], 2 if "fails" in self.options else 0
        output = self.computed(lambda session: session.command(line, exit_code=exit_code))
        return [self.literal(output.text, "console", "konv-command")]


class Computed(SphinxRole):
    """The value of an expression in the names of the page."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        text = computed(self.env, self.lineno, lambda session: session.value(self.text), "")
        return [nodes.Text(text)], []


def setup(app: Sphinx) -> None:
    """Make them known; Mermaid's flowcharts are shown as the text they are."""
    app.add_directive("python-run", PythonRun)
    app.add_directive("konv", Command)
    app.add_role("computed", Computed())
    app.add_lexer("mermaid", TextLexer)
