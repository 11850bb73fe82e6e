import pytest

from konv.errors import ParameterError
from konv.optimizers import (
    SGD,
    Constant,
    CosineDecay,
    OneCycle,
    StepDecay,
    Warmup,
    get_schedule,
    schedule_by_name,
    schedule_config,
    schedule_from_config,
)


def test_a_number_is_a_schedule_that_never_changes():
    assert get_schedule(0.1) == Constant(0.1)
    assert get_schedule(1) == Constant(1.0)


def test_a_schedule_is_returned_as_it_is():
    schedule = CosineDecay(0.1)
    assert get_schedule(schedule) is schedule


@pytest.mark.parametrize("bad", [0, -1, None, "cosine", float("inf"), CosineDecay])
def test_what_is_no_rate_is_refused(bad):
    with pytest.raises(ParameterError, match="K201"):
        get_schedule(bad)
    with pytest.raises(ParameterError, match="K201") as caught:
        SGD(bad)
    assert "or a schedule such as CosineDecay(0.1)" in caught.value.fix


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("constant", Constant(0.25)),
        ("step", StepDecay(0.25, factor=0.1, at=(0.5, 0.75))),
        ("cosine", CosineDecay(0.25, final_fraction=0)),
        ("one-cycle", OneCycle(0.25)),
        ("warm-up", Warmup(0.25, fraction=0.05)),
    ],
)
def test_the_command_lines_names(name, schedule):
    assert schedule_by_name(name, 0.25) == schedule


def test_a_wrong_name_gives_the_nearest_right_one():
    with pytest.raises(ParameterError, match="K201") as caught:
        schedule_by_name("onecycle", 0.1)
    assert 'did you mean "one-cycle"?' in caught.value.fix
    with pytest.raises(ParameterError, match="K201"):
        schedule_by_name("cosine", 0)


def test_a_schedule_in_a_schedule_is_plain_data_with_its_kind():
    schedule = Warmup(OneCycle(0.1, peak_at=0.5), fraction=0.1)
    config = schedule_config(schedule)
    assert config == {
        "kind": "Warmup",
        "then": {"kind": "OneCycle", "learning_rate": 0.1, "peak_at": 0.5},
        "fraction": 0.1,
    }
    assert schedule_from_config(config) == schedule


def test_a_rate_may_be_given_as_plain_data():
    assert SGD({"kind": "CosineDecay", "learning_rate": 0.1}) == SGD(CosineDecay(0.1))


def nested(depth):
    config = {"kind": "Constant", "learning_rate": 0.1}
    for _level in range(depth):
        config = {"kind": "Warmup", "then": config}
    return config


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({}, "K201"),
        ({"kind": "os.system", "learning_rate": 0.1}, "K201"),
        ({"kind": {"kind": "Constant"}, "learning_rate": 0.1}, "K201"),
        ({"kind": "CosineDecay"}, "K203"),
        ({"kind": "CosineDecay", "learning_rate": 0.1, "command": "x"}, "K202"),
        ({"kind": "CosineDecay", "learning_rate": "0.1"}, "K201"),
        ({"kind": "Warmup", "then": {"kind": "CosineDecay", "learning_rate": -1}}, "K201"),
        (nested(2), "K201"),
        (nested(200), "K201"),
    ],
    ids=lambda value: str(value)[:40] if len(str(type(value))) < 14 else "nested",
)
def test_plain_data_that_cannot_be_is_refused(config, code):
    with pytest.raises(ParameterError, match=code):
        schedule_from_config(config)
    with pytest.raises(ParameterError, match=code):
        SGD(config)
