"""Where arrays lie that are needed between calls: at the same place, if not at the same time.

The largest is placed first, each at the lowest place that is free for as long as it is needed:
"greedy by size" of Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
2020. The compiled engine does the same with whole batches and threads (``engines/compiled/plan``).
"""

from __future__ import annotations

from collections.abc import Sequence

from konv.formats.c.inference import Call, Place

__all__ = ["placed"]


def placed(calls: Sequence[Call]) -> int:
    """Give every array in the memory its place.

    Returns:
        How many numbers the memory holds.
    """
    needed: dict[Place, tuple[int, int]] = {}
    for time, call in enumerate(calls):
        for place in call.places:
            if not place.name:
                needed[place] = (needed.get(place, (time, time))[0], time)
    done: list[Place] = []
    for place in sorted(needed, key=lambda place: -place.size):
        first, last = needed[place]
        place.offset = 0
        for other in sorted(done, key=lambda other: other.offset):
            if place.offset + place.size <= other.offset:
                break
            if needed[other][0] <= last and first <= needed[other][1]:
                place.offset = max(place.offset, other.offset + other.size)
        done.append(place)
    return max((place.offset + place.size for place in done), default=0)
