"""What the kernels after Winograd have in common: sums, and what these cost."""

from __future__ import annotations

from abc import abstractmethod

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.winograd_cost import sums_cycles, weights_cycles
from konv.engines.compiled.kernels.winograd_map import TiledMap
from konv.engines.compiled.kernels.winograd_sums import WinogradSums
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["WinogradKernel"]


@record
class WinogradKernel(Kernel):
    """Sums over windows of 3×3 with transformed weights."""

    @property
    @abstractmethod
    def map(self) -> TiledMap:
        """The map of sums."""

    @property
    @abstractmethod
    def products(self) -> int:
        """How many there are for each point of a tile."""

    @abstractmethod
    def sums(self, target: Target) -> WinogradSums:
        """What is summed."""

    @property
    def operations(self) -> int:
        return self.map.tiles * self.map.points * self.products

    def scratch_bytes(self, target: Target) -> int:
        """What a call needs for itself."""
        return 4 * self.sums(target).scratch_numbers

    def cycles(self, target: Target) -> float:
        """About how many cycles the sums of a picture take, if it is one of many."""
        return sums_cycles(self.sums(target), target)

    def pictures(self, target: Target) -> int:
        return self.sums(target).pictures

    def weights_cycles(self, target: Target) -> float:
        """About how many cycles it takes to transform the weights."""
        return weights_cycles(self.sums(target), target)
