"""The processors that object files can be written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from konv.language import marked

__all__ = ["PLATFORMS", "Platform"]


@dataclass(frozen=True)
class Platform:
    """A processor with its conventions.

    Args:
        triple, cpu: LLVM's names. The triple has all four parts: of a shorter one LLVM does not
            know that it is for an ABI, and calls other functions.
        description: marked.
        container: "elf32", "elf64" or "wasm": what an object file is.
        machine: the number of the processor in an ELF file.
        position_free: whether code must run wherever it is loaded, as programs of today are.
        small: whether size matters more than speed.
    """

    triple: str
    cpu: str
    description: str
    container: str
    machine: int = 0
    position_free: bool = False
    small: bool = False


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        "x86_64": Platform(
            *("x86_64-unknown-linux-gnu", "x86-64"),
            marked("Linux on any x86-64 processor"),
            "elf64",
            machine=62,
            position_free=True,
        ),
        "aarch64-linux-gnu": Platform(
            *("aarch64-unknown-linux-gnu", "generic"),
            marked("Linux on 64-bit ARM, such as a Raspberry Pi"),
            "elf64",
            machine=183,
            position_free=True,
        ),
        "thumbv7em-none-eabi": Platform(
            *("thumbv7em-unknown-none-eabi", "generic"),
            marked("bare metal on Cortex-M4 and M7, with floats in software"),
            "elf32",
            machine=40,
            small=True,
        ),
        "thumbv7em-none-eabihf": Platform(
            *("thumbv7em-unknown-none-eabihf", "cortex-m4"),
            marked("bare metal on Cortex-M4F and M7, with floats in hardware"),
            "elf32",
            machine=40,
            small=True,
        ),
        "wasm32": Platform(
            *("wasm32-unknown-unknown", "generic"),
            marked("WebAssembly"),
            "wasm",
        ),
    }
)
