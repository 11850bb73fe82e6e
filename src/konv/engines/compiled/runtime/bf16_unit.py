"""Whether this process may multiply bfloat16.

Linux lets a process use the tiles of AMX only when it has asked for them: what is saved of a thread
that does is some kilobytes larger. Having asked counts for all threads, and for processes that are
forked later.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

from konv.engines.compiled.target import Target
from konv.errors import EngineError
from konv.language import translate as _

__all__ = ["with_bf16"]

# arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA), as <asm/prctl.h> numbers them.
_ARCH_PRCTL, _REQUEST, _TILE_DATA = 158, 0x1023, 18


def with_bf16(target: Target) -> Target:
    """The target, when the process may use what it has for bfloat16.

    Raises:
        EngineError: K706, it has nothing for it, or the system refuses it.
    """
    if not target.bf16:
        raise EngineError(
            _("the instruction set {name} has no products of bfloat16", name=target.name),
            code="K706",
            details=[(_("needed"), _("AMX-BF16 or AVX512-BF16, on x86-64"))],
            fix=_('precision="float32"'),
        )
    if target.bf16 == "tiles" and not target.triple and (reason := _refusal()):
        raise EngineError(
            _("the system does not let this process use AMX"),
            code="K706",
            details=[(_("reason"), reason)],
            fix=_('precision="float32", or Linux from version 5.16 on'),
        )
    return target


@cache
def _refusal() -> str:
    """Why the tiles may not be used; "" if they may."""
    if not sys.platform.startswith("linux"):
        return _("konv can ask for it on Linux only")
    system = ctypes.CDLL(None, use_errno=True)
    if system.syscall(_ARCH_PRCTL, _REQUEST, _TILE_DATA) == 0:
        return ""
    return os.strerror(ctypes.get_errno())
