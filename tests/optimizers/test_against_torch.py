import numpy as np
import pytest

from konv.optimizers import SGD, Adam, AdamW, CosineDecay, StepDecay

pytestmark = pytest.mark.oracle
STEPS = 20


# torch decays weights of SGD and Adam through the gradient, so only AdamW is compared with decay;
# its ε is added at another place, so it is made too small to matter.
@pytest.mark.parametrize(
    ("optimizer", "torch_name", "fields"),
    [
        (SGD(), "SGD", {}),
        (SGD(momentum=0.9), "SGD", {"momentum": 0.9}),
        (SGD(momentum=0.9, nesterov=True), "SGD", {"momentum": 0.9, "nesterov": True}),
        (Adam(epsilon=1e-20), "Adam", {"eps": 1e-20}),
        (
            Adam(beta_1=0.5, beta_2=0.9, epsilon=1e-20),
            "Adam",
            {"betas": (0.5, 0.9), "eps": 1e-20},
        ),
        (AdamW(weight_decay=0.1, epsilon=1e-20), "AdamW", {"weight_decay": 0.1, "eps": 1e-20}),
    ],
    ids=repr,
)
def test_twenty_steps_are_torchs(optimizer, torch_name, fields):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(3)
    start = random.normal(size=(4, 5))
    parameter = torch.nn.Parameter(torch.tensor(start))
    torchs = getattr(torch.optim, torch_name)([parameter], lr=0.05, **fields)
    weights, slots = {"w": start.copy()}, optimizer.new_slots({"w": start})
    for iteration in range(1, STEPS + 1):
        gradient = random.normal(size=(4, 5))
        parameter.grad = torch.tensor(gradient)
        torchs.step()
        optimizer.apply(weights, {"w": gradient}, slots, learning_rate=0.05, iteration=iteration)
        np.testing.assert_allclose(weights["w"], parameter.detach().numpy(), rtol=1e-12)


def test_clipping_to_a_global_norm_is_torchs():
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(4)
    gradients = {"a": random.normal(size=(3, 4)), "b": random.normal(size=7)}
    parameters = [torch.nn.Parameter(torch.zeros(g.shape)) for g in gradients.values()]
    for parameter, gradient in zip(parameters, gradients.values(), strict=True):
        parameter.grad = torch.tensor(gradient, dtype=torch.float32)
    torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    clipped = SGD(global_clipnorm=0.5).clip(gradients)
    for parameter, gradient in zip(parameters, clipped.values(), strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    ("schedule", "torch_name", "fields"),
    [
        (CosineDecay(0.3), "CosineAnnealingLR", {"T_max": 40}),
        (
            CosineDecay(0.3, final_fraction=0.1),
            "CosineAnnealingLR",
            {"T_max": 40, "eta_min": 0.03},
        ),
        (StepDecay(0.3), "MultiStepLR", {"milestones": [20, 30], "gamma": 0.1}),
    ],
    ids=repr,
)
def test_a_whole_training_of_rates_is_torchs(schedule, torch_name, fields):
    torch = pytest.importorskip("torch")
    torchs = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler = getattr(torch.optim.lr_scheduler, torch_name)(torchs, **fields)
    for iteration in range(1, 41):
        assert schedule.rate(iteration, 40) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9)
        torchs.step()
        scheduler.step()
