"""``{python-run}``, ``{konv}`` and ``{computed}``."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from konv_site.languages import language_of
from konv_site.session import Output, Session

__all__ = ["setup"]

_KEY = "konv_site_session"


class PageError(SphinxError):
    """A page computes something that fails: the site is not built."""

    category = "A page that does not run"


def session_of(env: BuildEnvironment) -> Session:
    """The session of the page that is being read."""
    if _KEY not in env.temp_data:
        env.temp_data[_KEY] = Session(language_of(env.docname), env.docname)
    found: Session = env.temp_data[_KEY]
    return found


def _close_session(app: Sphinx, _doctree: nodes.document) -> None:
    if _KEY in app.env.temp_data:
        app.env.temp_data.pop(_KEY).close()


def computed_by(call: Callable[[], Any], env: BuildEnvironment, line: int) -> Any:
    """What a call gives; whatever it raises says on which line of which page."""
    try:
        return call()
    except Exception as error:
        told = "".join(traceback.format_exception(error, limit=-3))
        raise PageError(f"{env.docname}:{line}: {told}") from error


class _Block(SphinxDirective):
    """A block that computes."""

    def computed(self, call: Callable[[], Output]) -> Output:
        found: Output = computed_by(call, self.env, self.lineno)
        return found

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
        code, session = "\n".join(self.content), session_of(self.env)
        if "raises" in self.options:
            output = self.computed(lambda: session.error_of(code, self.options["raises"]))
        else:
            output = self.computed(lambda: session.run(code, alt=self.options.get("alt", "")))
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
        session, exit_code = session_of(self.env), 2 if "fails" in self.options else 0
        line = self.arguments[0]
        output = self.computed(lambda: session.command(line, exit_code=exit_code))
        return [self.literal(output.text, "console", "konv-command")]


class Computed(SphinxRole):
    """The value of an expression in the names of the page."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        session = session_of(self.env)
        text = computed_by(lambda: session.value(self.text), self.env, self.lineno)
        return [nodes.Text(text)], []


def setup(app: Sphinx) -> None:
    """Make them known; Mermaid's flowcharts are shown as the text they are."""
    app.add_directive("python-run", PythonRun)
    app.add_directive("konv", Command)
    app.add_role("computed", Computed())
    app.add_lexer("mermaid", TextLexer)
    app.connect("doctree-read", _close_session)
