"""The plan of an update: every element of every weight once, in blocks."""

from konv.engines.compiled.kernels.updates import AdamUpdate, SGDUpdate
from konv.engines.compiled.plan.structure import Storage
from konv.engines.compiled.plan.updating import SETTINGS, update_plan, update_slot


def test_every_weight_has_a_phase_and_its_arrays():
    kernel = AdamUpdate(decay=False, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    plan = update_plan(kernel, {"a": 5, "b": 100_000})
    assert [(phase.name, phase.items) for phase in plan.phases] == [
        ("update of a", 5),
        ("update of b", 100_000),
    ]
    for name, phase in zip("ab", plan.phases, strict=True):
        (call,) = phase.calls
        assert call.kernel == kernel
        arrays = [update_slot(array, name) for array in ("gradient", "weight", "m", "v")]
        assert call.slots == (SETTINGS, *arrays)
        assert 1000 < phase.block < 100_000


def test_all_arrays_are_the_callers():
    plan = update_plan(SGDUpdate(decay=True), {"a": 5})
    sizes = {slot.name: slot.bytes for slot in plan.slots}
    assert sizes == {SETTINGS: 8, "gradient of a": 20, "weight of a": 20}
    assert all(slot.argument and slot.storage is Storage.SHARED for slot in plan.slots)


def test_all_weights_share_one_kernel():
    plan = update_plan(SGDUpdate(decay=False), dict.fromkeys("abcdef", 10))
    assert len(plan.kernels) == 1
