"""What every loss keeps, whichever it is."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from konv.errors import DataError, ParameterError
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    loss_config,
    loss_from_config,
)

KINDS = (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
SHARES = [[0, 1, 0, 0], [0.25, 0.25, 0.5, 0], [1, 0, 0, 0]]
LABELS = [1, 3, 0]
YES_OR_NO = [[0, 1, 1, 0], [0.25, 1, 0.5, 0], [1, 1, 1, 1]]
NUMBERS = [[0.5, -1, 2, 0], [3, 0.25, -0.5, 1], [0, 0, 0, 0]]

# loss, activation, targets for three pictures of four outputs
CASES = [
    (CategoricalCrossentropy(), "softmax", SHARES),
    (CategoricalCrossentropy(label_smoothing=0.1), "softmax", SHARES),
    (CategoricalCrossentropy(from_logits=True), "linear", SHARES),
    (CategoricalCrossentropy(from_logits=True, label_smoothing=0.3), "linear", SHARES),
    (SparseCategoricalCrossentropy(), "softmax", LABELS),
    (SparseCategoricalCrossentropy(from_logits=True), "linear", LABELS),
    (BinaryCrossentropy(), "sigmoid", YES_OR_NO),
    (BinaryCrossentropy(label_smoothing=0.2), "sigmoid", YES_OR_NO),
    (BinaryCrossentropy(from_logits=True), "linear", YES_OR_NO),
    (MeanSquaredError(), "linear", NUMBERS),
    (MeanSquaredError(), "relu", NUMBERS),
    (MeanSquaredError(), "sigmoid", NUMBERS),
    (MeanSquaredError(), "tanh", NUMBERS),
    (MeanSquaredError(), "softmax", NUMBERS),
]
every_case = pytest.mark.parametrize(
    ("loss", "name", "targets"), CASES, ids=[f"{loss!r} {name}" for loss, name, _t in CASES]
)


def logits(seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=(3, 4)).astype(dtype) * 2


@every_case
def test_gradient_is_that_of_finite_differences(loss, name, targets, activations):
    z = logits()
    targets = loss.prepare_targets(targets, (4,))
    _values, gradient = loss.value_and_gradient(z, targets, activations[name])
    step = 1e-6
    for index in np.ndindex(z.shape):
        difference = np.zeros_like(z)
        difference[index] = step
        up = loss.value_and_gradient(z + difference, targets, activations[name])[0]
        down = loss.value_and_gradient(z - difference, targets, activations[name])[0]
        slope = (up - down)[index[0]] / (2 * step)
        np.testing.assert_allclose(gradient[index], slope, rtol=1e-3, atol=1e-5)


@every_case
def test_values_are_the_same_from_z_and_from_the_outputs(loss, name, targets, activations):
    z = logits(seed=1)
    targets = loss.prepare_targets(targets, (4,))
    from_z = loss.value_and_gradient(z, targets, activations[name])[0]
    from_outputs = loss.value(activations[name].forward(z), targets)
    assert from_z.shape == (3,)
    np.testing.assert_allclose(from_outputs, from_z, rtol=1e-12)


@every_case
def test_a_picture_does_not_depend_on_the_rest_of_its_batch(loss, name, targets, activations):
    z = logits(seed=2)
    targets = loss.prepare_targets(targets, (4,))
    together = loss.value_and_gradient(z, targets, activations[name])
    for picture in range(3):
        alone = loss.value_and_gradient(
            z[picture : picture + 1], targets[picture : picture + 1], activations[name]
        )
        np.testing.assert_array_equal(alone[0], together[0][picture : picture + 1])
        np.testing.assert_array_equal(alone[1], together[1][picture : picture + 1])


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("targets_dtype", [np.float32, np.float64])
def test_arithmetic_is_that_of_the_dtype_of_z(
    loss, name, targets, dtype, targets_dtype, activations
):
    if not isinstance(loss, SparseCategoricalCrossentropy):
        targets = np.array(targets, targets_dtype)
    targets = loss.prepare_targets(targets, (4,))
    z = logits(dtype=dtype)
    values, gradient = loss.value_and_gradient(z, targets, activations[name])
    assert (values.dtype, gradient.dtype, gradient.shape) == (dtype, dtype, z.shape)
    assert loss.value(activations[name].forward(z), targets).dtype == dtype


@every_case
def test_float32_agrees_with_float64(loss, name, targets, activations):
    targets = loss.prepare_targets(targets, (4,))
    wide = loss.value_and_gradient(logits(seed=3), targets, activations[name])
    narrow = loss.value_and_gradient(logits(3, np.float32), targets, activations[name])
    for exact, rounded in zip(wide, narrow, strict=True):
        np.testing.assert_allclose(rounded, exact, rtol=1e-5, atol=1e-6)


@every_case
def test_arguments_are_not_changed(loss, name, targets, activations):
    z, targets = logits(), loss.prepare_targets(targets, (4,))
    z_before, targets_before = z.copy(), targets.copy()
    loss.value_and_gradient(z, targets, activations[name])
    loss.value(activations[name].forward(z), targets)
    np.testing.assert_array_equal(z, z_before)
    np.testing.assert_array_equal(targets, targets_before)


@every_case
def test_prepared_targets_stay_as_they_are(loss, name, targets, activations):
    once = loss.prepare_targets(targets, (4,))
    np.testing.assert_array_equal(loss.prepare_targets(once, (4,)), once)


@every_case
def test_targets_of_other_pictures_are_refused(loss, name, targets, activations):
    targets = loss.prepare_targets(targets, (4,))
    with pytest.raises(DataError, match="K503"):
        loss.value_and_gradient(logits(), targets[:1], activations[name])
    with pytest.raises(DataError, match="K503"):
        loss.value(activations[name].forward(logits()), targets[:1])


@every_case
def test_no_pictures_have_no_loss(loss, name, targets, activations):
    targets = loss.prepare_targets(targets, (4,))[:0]
    values, gradient = loss.value_and_gradient(np.zeros((0, 4)), targets, activations[name])
    assert (values.shape, gradient.shape) == ((0,), (0, 4))


@every_case
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_makes_no_warning_and_no_finite_loss(
    loss, name, targets, bad, activations
):
    z = logits()
    z[0] = bad
    targets = loss.prepare_targets(targets, (4,))
    values, gradient = loss.value_and_gradient(z, targets, activations[name])
    assert np.isfinite(values[1:]).all()
    assert np.isfinite(gradient[1:]).all()
    if np.isnan(bad):
        assert np.isnan(values[0])


finite_logits = arrays(
    np.float32, (3, 4), elements=st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
)
crossentropies = pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (CategoricalCrossentropy(from_logits=True), SHARES),
        (CategoricalCrossentropy(from_logits=True, label_smoothing=0.5), SHARES),
        (SparseCategoricalCrossentropy(from_logits=True), LABELS),
        (BinaryCrossentropy(from_logits=True), YES_OR_NO),
    ],
    ids=repr,
)


@crossentropies
@settings(deadline=None)
@given(z=finite_logits)
def test_a_crossentropy_of_any_logits_is_finite_and_not_negative(loss, targets, z, activations):
    targets = loss.prepare_targets(targets, (4,))
    values, gradient = loss.value_and_gradient(z, targets, activations["linear"])
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert (abs(gradient) <= 1).all()


@crossentropies
def test_with_or_without_logits_the_loss_of_z_is_the_same(loss, targets, activations):
    by_activation = type(loss)(
        **{name: value for name, value in loss.to_config().items() if name != "from_logits"}
    )
    targets = loss.prepare_targets(targets, (4,))
    with_logits = loss.value_and_gradient(logits(), targets, activations["linear"])
    without = by_activation.value_and_gradient(
        logits(), targets, activations[by_activation.probabilities_by]
    )
    for one, other in zip(with_logits, without, strict=True):
        np.testing.assert_array_equal(one, other)


FIELDS = [
    (kind, name, constraint) for kind in KINDS for name, constraint in kind.constraints().items()
]


@pytest.mark.parametrize(("kind", "name", "constraint"), FIELDS)
def test_every_field_refuses_what_it_cannot_hold(kind, name, constraint):
    for bad in constraint.bad_values():
        with pytest.raises(ParameterError, match="K201") as caught:
            kind(**{name: bad})
        assert caught.value.where == kind.__name__
        assert name in caught.value.fix


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_does_not_exist_is_refused(kind):
    with pytest.raises(ParameterError, match="K202"):
        kind(reduction="sum")


@pytest.mark.parametrize("loss", [loss for loss, _name, _targets in CASES], ids=repr)
def test_plain_data_gives_the_same_loss_again(loss):
    assert loss_from_config(json.loads(json.dumps(loss_config(loss)))) == loss
