"""The one way in: ``konv`` and ``python -m konv``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from konv.cli.commands import konv
from konv.cli.common import Common, system_language, take_common
from konv.cli.failures import fail
from konv.cli.terminal import Terminal, safe_streams
from konv.language import using_language

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after ``konv``; None: those of this process.

    Returns:
        The exit code: 0, or one of :mod:`konv.cli.failures`.

    Example:
        >>> main(["--version"])
        konv ...
        0
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    common = Common(json="--json" in arguments, language=system_language())
    safe_streams()
    with using_language(common.language):
        try:
            common, arguments = take_common(arguments, common)
        except Exception as error:
            return fail(error, common)
    with using_language(common.language):
        return _run(arguments, common)


def _run(arguments: list[str], common: Common) -> int:
    try:
        with konv.make_context("konv", arguments, obj=Terminal(json=common.json)) as context:
            konv.invoke(context)
        sys.stdout.flush()
    except BaseException as error:  # whatever it is: no person is shown a traceback
        return fail(error, common)
    return 0
