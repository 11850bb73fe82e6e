"""What may stand in every command line, before or after the name of the command."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.language import LANGUAGES, marked
from konv.language import translate as _
from konv.parameters import check_value

__all__ = ["COMMON_OPTIONS", "Common", "system_language", "take_common"]

# What stands in the help of every command.
COMMON_OPTIONS = (
    ("--json", marked("print one JSON object and nothing else")),
    ("--lang ko|en", marked("Korean or English; without it, as the system says")),
    ("--traceback", marked("show where in konv an error came from")),
    ("--help", marked("show this")),
)
# Those the system itself looks at, the strongest first.
_LANGUAGE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@dataclass(frozen=True)
class Common:
    """The choices of a person that every command heeds."""

    json: bool = False
    language: str = "en"
    traceback: bool = False


def system_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language that the person has told the system.

    Example:
        >>> system_language({"LANG": "ko_KR.UTF-8"}), system_language({"LC_ALL": "C", "LANG": "ko"})
        ('ko', 'en')
    """
    chosen = next((value for name in _LANGUAGE_VARIABLES if (value := environment.get(name))), "")
    return "ko" if chosen.lower().startswith("ko") else "en"


def take_common(arguments: Sequence[str], common: Common) -> tuple[Common, list[str]]:
    """(what is said about every command, the other arguments). Behind ``--`` nothing is taken.

    Raises:
        ParameterError: K201, K901: ``--lang`` without a language that konv speaks.

    Example:
        >>> take_common(["train", "--lang", "ko", "photos", "--json"], Common())
        (Common(json=True, language='ko', traceback=False), ['train', 'photos'])
    """
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            return common, [*rest, argument, *waiting]
        if argument == "--json":
            common = replace(common, json=True)
        elif argument == "--traceback":
            common = replace(common, traceback=True)
        elif argument == "--lang":
            common = replace(common, language=_language(waiting.pop(0) if waiting else None))
        elif argument.startswith("--lang="):
            common = replace(common, language=_language(argument.removeprefix("--lang=")))
        else:
            rest.append(argument)
    return common, rest


def _language(word: str | None) -> str:
    if word is None:
        raise ParameterError(
            _("{option} needs a value", option="--lang"),
            code="K901",
            where="konv",
            fix="--lang ko, --lang en",
        )
    language: str = check_value("--lang", word, Choice(LANGUAGES), where="konv")
    return language
