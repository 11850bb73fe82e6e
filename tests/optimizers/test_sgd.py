import numpy as np
import pytest

from konv.errors import ParameterError
from konv.optimizers import SGD


def after(optimizer, gradients, rates=None, start=1.0):
    """Weight and momentum after these gradients, the rate being 0.5 if not given."""
    weight, slots = np.array([float(start)]), {name: np.zeros(1) for name in optimizer.slot_names}
    for iteration, gradient in enumerate(gradients, start=1):
        rate = rates[iteration - 1] if rates else 0.5
        optimizer.update(
            weight, np.array([float(gradient)]), slots, learning_rate=rate, iteration=iteration
        )
    return weight[0], *(slot[0] for slot in slots.values())


def test_plain_steps_by_hand():
    # 1 − 0.5 · 2 − 0.5 · (−1) = 0.5
    assert after(SGD(), [2, -1]) == (0.5,)


def test_momentum_by_hand():
    # m = −1, w = 0; then m = 0.5 · (−1) − 0.5 · (−1) = 0, w = 0; then m = −2, w = −2
    assert after(SGD(momentum=0.5), [2]) == (0, -1)
    assert after(SGD(momentum=0.5), [2, -1]) == (0, 0)
    assert after(SGD(momentum=0.5), [2, -1, 4]) == (-2, -2)


def test_nesterov_by_hand():
    # m = −1, w = 1 + (0.5 · (−1) − 1) = −0.5; then m = 0, w = −0.5 + (0 + 0.5) = 0
    assert after(SGD(momentum=0.5, nesterov=True), [2]) == (-0.5, -1)
    assert after(SGD(momentum=0.5, nesterov=True), [2, -1]) == (0, 0)


def test_a_rate_that_changes_keeps_the_momentum_of_former_rates():
    # m = −2, w = −1; then m = 0.5 · (−2) − 0.25 · 4 = −2, w = −3
    assert after(SGD(momentum=0.5), [2, 4], rates=[1, 0.25]) == (-3, -2)


def test_decay_comes_before_the_update_and_does_not_enter_the_momentum():
    # w = 4 − 4 · 0.25 · 0.5 = 3.5, then m = −1, w = 2.5
    assert after(SGD(momentum=0.5, weight_decay=0.25), [2], start=4) == (2.5, -1)


def test_without_momentum_nothing_is_remembered():
    assert SGD().slot_names == ()
    assert SGD(momentum=0.9).slot_names == ("momentum",)
    assert SGD().new_slots({"w": np.zeros(3)}) == {}


def test_nesterov_needs_momentum():
    with pytest.raises(ParameterError, match="K205") as caught:
        SGD(nesterov=True)
    assert "momentum=0.9" in caught.value.fix
