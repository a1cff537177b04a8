"""Schedules against PyTorch's curves; whatever cannot be a schedule is refused."""

import math

import pytest

from glassgrad import optim
from glassgrad.errors import SettingError

TOTAL = 30


def lr_of(torch, make, metrics=None):
    """The rates of PyTorch's scheduler, as factors on the base rate."""
    base = 0.25
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make(torch.optim.lr_scheduler, optimizer, base)
    for t in range(TOTAL):
        yield optimizer.param_groups[0]["lr"] / base
        optimizer.step()
        scheduler.step(*([] if metrics is None else [metrics[t]]))


def sequential(s, o):
    parts = [s.LinearLR(o, 0.1, total_iters=6), s.CosineAnnealingLR(o, TOTAL - 6)]
    return s.SequentialLR(o, parts, [6])


CURVES = {
    "step": (optim.StepLR(7, 0.5), lambda s, o, _: s.StepLR(o, 7, 0.5)),
    "multistep": (optim.MultiStepLR((3, 20), 0.3), lambda s, o, _: s.MultiStepLR(o, [3, 20], 0.3)),
    "exponential": (optim.ExponentialLR(0.9), lambda s, o, _: s.ExponentialLR(o, 0.9)),
    "cosine": (
        optim.CosineAnnealingLR(0.1),
        lambda s, o, base: s.CosineAnnealingLR(o, TOTAL, 0.1 * base),
    ),
    "linear": (optim.LinearLR(0.2, 0.8, 9), lambda s, o, _: s.LinearLR(o, 0.2, 0.8, 9)),
    "warm-up": (
        optim.SequentialLR((optim.LinearLR(0.1, 1, 6), optim.CosineAnnealingLR()), (6,)),
        lambda s, o, _: sequential(s, o),
    ),
    "one cycle": (
        optim.OneCycleLR(),
        lambda s, o, base: s.OneCycleLR(o, base, TOTAL, cycle_momentum=False),
    ),
    "one straight cycle": (
        optim.OneCycleLR(0.5, "linear", 10, 100),
        lambda s, o, base: s.OneCycleLR(
            o,
            base,
            TOTAL,
            pct_start=0.5,
            anneal_strategy="linear",
            cycle_momentum=False,
            div_factor=10,
            final_div_factor=100,
        ),
    ),
}


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # PyTorch warns of itself
@pytest.mark.parametrize("name", CURVES)
def test_the_curve_is_pytorchs(name):
    torch = pytest.importorskip("torch")
    ours, make = CURVES[name]
    assert [ours(t, TOTAL) for t in range(TOTAL)] == pytest.approx(list(lr_of(torch, make)))


@pytest.mark.oracle
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_the_plateau_is_pytorchs(mode, cooldown):
    torch = pytest.importorskip("torch")
    sign = 1 if mode == "min" else -1
    metrics = [2 + sign * (math.exp(-t / 3) + 0.1 * (t % 4 == 1)) for t in range(TOTAL)]
    settings = {"mode": mode, "factor": 0.5, "patience": 2, "cooldown": cooldown, "threshold": 1e-2}
    ours = optim.ReduceLROnPlateau(min_lr=0.1, **settings)
    theirs = lr_of(
        torch, lambda s, o, base: s.ReduceLROnPlateau(o, min_lr=0.1 * base, **settings), metrics
    )
    assert [ours(metrics[:t]) for t in range(TOTAL)] == pytest.approx(list(theirs))


def test_short_runs_have_a_rate_too():
    for total in (1, 2, 3):
        for schedule, _ in CURVES.values():
            assert all(0 <= schedule(t, total) <= 1 for t in range(total))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: optim.StepLR(0), "step_size of 1 or more, got 0"),
        (lambda: optim.StepLR(5, gamma=0.0), "gamma above 0"),
        (lambda: optim.MultiStepLR((5, 3)), "milestones that increase"),
        (lambda: optim.ExponentialLR(-1.0), "gamma above 0"),
        (lambda: optim.CosineAnnealingLR(2.0), "eta_min in 0 … 1"),
        (lambda: optim.LinearLR(total_iters=0), "total_iters of 1 or more"),
        (lambda: optim.LinearLR(start_factor=-1.0), "factors of 0 or more"),
        (lambda: optim.SequentialLR((optim.StepLR(1),), (5,)), "one milestone between"),
        (lambda: optim.OneCycleLR(pct_start=1.5), "pct_start in 0 … 1"),
        (lambda: optim.OneCycleLR(anneal_strategy="sine"), "anneal_strategy 'cos' or 'linear'"),
        (lambda: optim.OneCycleLR(div_factor=0), "divisors above 0"),
        (lambda: optim.ReduceLROnPlateau("least"), "mode 'min' or 'max'"),
        (lambda: optim.ReduceLROnPlateau(factor=1.0), "factor between 0 and 1"),
        (lambda: optim.ReduceLROnPlateau(patience=-1), "patience and cooldown"),
    ],
)
def test_what_is_no_schedule_is_refused(make, text):
    with pytest.raises(SettingError, match=text):
        make()
