"""Plans: what run.json says is what it is read back as, and pixels are standardised exactly."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from konv.cli.planning import standardized
from konv.cli.run_plan import DataPlan, RunPlan, TrainingOptions
from konv.data import Preprocessing
from konv.data.options import LoadOptions
from konv.errors import FormatError
from konv.network import named_network
from konv.optimizers import SGD, CosineDecay
from konv.training.augmentation import Rotate, Shift

PLAN = RunPlan(
    data=DataPlan("/photos", LoadOptions(size=(8, 8), limit=5, seed=2), "abc"),
    network=named_network("resnet8").network,
    preprocessing=Preprocessing(32, 32, 3, mean=(0.1, 0.2, 0.3), std=(1.0, 0.5, 0.25)),
    optimizer=SGD(CosineDecay(0.1), momentum=0.9),
    augmentations=(Shift(0.2), Rotate(15)),
    training=TrainingOptions(epochs=7, patience=3, class_weight="balanced"),
)


def test_a_plan_is_read_back_from_json_as_it_was():
    text = json.dumps(PLAN.to_config())
    assert RunPlan.from_config(json.loads(text), "run.json") == PLAN


def test_the_place_of_the_pictures_is_not_what_makes_a_run():
    moved = RunPlan.from_config(
        {**PLAN.to_config(), "data": {**PLAN.to_config()["data"], "source": "/elsewhere"}}, ""
    )
    assert moved.identity == PLAN.identity
    assert moved != PLAN


@pytest.mark.parametrize("part", ["data", "network", "preprocessing", "optimizer", "training"])
@pytest.mark.parametrize("value", [None, 3, "text", [], {"no": "field"}, [[]]])
def test_a_damaged_plan_is_an_error_of_the_file(part, value):
    with pytest.raises(FormatError) as caught:
        RunPlan.from_config({**PLAN.to_config(), part: value}, "run.json")
    assert "run.json" in caught.value.where


@pytest.mark.parametrize("part", list(PLAN.to_config()))
def test_a_plan_without_a_part_is_an_error_of_the_file(part):
    config = PLAN.to_config()
    del config[part]
    with pytest.raises(FormatError, match=part):
        RunPlan.from_config(config, "run.json")


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(*(st.integers(1, 5) for _axis in range(3)), st.sampled_from([1, 3])),
    )
)
def test_standardised_pixels_are_those_of_numpy(images):
    height, width, channels = images.shape[1:]
    known = standardized(Preprocessing(height, width, channels), images)
    pixels = images.astype(np.float64) / 255
    assert known.mean == pytest.approx(pixels.mean(axis=(0, 1, 2)), abs=1e-12)
    deviations = pixels.std(axis=(0, 1, 2))
    constant = (images == images[:1, :1, :1]).all(axis=(0, 1, 2))
    assert known.std == pytest.approx(np.where(constant, 1, deviations), abs=1e-9)


def test_many_pictures_are_summed_in_pieces():
    images = np.zeros((2050, 1, 1, 1), np.uint8)
    images[2049] = 255
    assert standardized(Preprocessing(1, 1, 1), images).mean == pytest.approx((1 / 2050,))
