"""The plan of an update: every element of every weight once, in blocks."""

from konv.engines.compiled.kernels.updates import AdamUpdate, SGDUpdate
from konv.engines.compiled.plan.structure import Storage
from konv.engines.compiled.plan.updating import SETTINGS, update_plan, update_slot


def adam_slots(name):
    return (
        SETTINGS,
        *(update_slot(array, name) for array in ("gradient", "weight", "m", "v")),
    )


def test_large_weights_are_divided_and_small_ones_are_tasks_of_one_phase():
    kernel = AdamUpdate(decay=False, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    plan = update_plan(kernel, {"a": 5, "b": 100_000, "c": 700})
    large, small = plan.phases
    assert [(call.kernel, call.slots) for call in large.calls] == [(kernel, adam_slots("b"))]
    assert (large.name, large.items) == ("update of b", 100_000)
    assert 1000 < large.block < 100_000
    assert [(call.kernel, call.slots) for call in small.calls] == [
        (kernel, adam_slots(name)) for name in "ac"
    ]
    assert (small.name, small.items, small.parts) == ("update of a, c", 2, (5, 700))


def test_all_arrays_are_the_callers():
    plan = update_plan(SGDUpdate(decay=True), {"a": 5})
    sizes = {slot.name: slot.bytes for slot in plan.slots}
    assert sizes == {SETTINGS: 8, "gradient of a": 20, "weight of a": 20}
    assert all(slot.argument and slot.storage is Storage.SHARED for slot in plan.slots)


def test_all_weights_share_one_kernel():
    plan = update_plan(SGDUpdate(decay=False), dict.fromkeys("abcdef", 10))
    assert len(plan.kernels) == 1
