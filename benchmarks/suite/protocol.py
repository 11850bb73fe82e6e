"""What the session and its workers say to each other: one JSON object per line.

=============  ==================================================  ===============================
request        says                                                answer
=============  ==================================================  ===============================
``describe``                                                       versions
``load``       folder, task ("train", "infer")                     configurations
``further``    best                                                configurations, slow to prepare
``prepare``    configuration                                       prepare_s, first_s
``check``      configuration                                       groups (lists of numbers)
``burst``      configuration, calls, warm_up                       seconds
``memory``                                                         peak_bytes
``learn``      folder, configuration                               see ``recipe``
``drop``
``quit``
=============  ==================================================  ===============================

An answer has ``"error"`` instead if the request could not be met; the worker goes on.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["Message", "as_line", "from_line"]

Message = dict[str, Any]


def as_line(message: Message) -> str:
    """A message as one line, its end included."""
    return json.dumps(message, separators=(",", ":"), allow_nan=True) + "\n"


def from_line(line: str) -> Message:
    """The message that a line holds.

    Raises:
        ValueError: it holds none.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"not a message: {line[:80]!r}")
    return message
