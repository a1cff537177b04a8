"""Rules about the length of the steps: batches that are too small, a rate too high, a rate too low.

All three look ahead along the optimizer's next step, computed with many examples: a rate that is too high
overshoots even then, and a batch that is too small is told from it by that.  Read next: `fitting.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding
from glassgrad.doctor.look import EXAMPLES, FACTORS, WHOLE, Look
from glassgrad.doctor.rule import rule
from glassgrad.doctor.words import counted, number

SMALL = 8
"""A batch of so many examples may be too small."""
WORTH = 0.2
"""What longer steps must promise over a run of the same length, as a share of the loss."""
IDLE = 0.1
"""Weights that moved by less than that, as a share of their length, have hardly begun to learn."""
NOISY = 4.0
"""Squared gradient of a batch over that of many examples, from which on most of a step is noise."""
SHORTER = tuple(range(WHOLE - 1, -1, -1))
"""Places of a tenth, a hundredth, a thousandth of the step among `FACTORS`."""
LONGER = tuple(range(WHOLE + 1, len(FACTORS)))


def overshoots(look: Look) -> bool:
    """The loss is higher after the step, though a tenth of the step lowers it or does less harm."""
    after = look.ahead[WHOLE]
    return (
        math.isfinite(look.loss)
        and not after <= look.loss * 1.001
        and not look.ahead[WHOLE - 1] > after
    )


def fall(look: Look, factor: int) -> float:
    """How much the loss falls at a multiple of the step, relative to where it stands."""
    after = look.ahead[factor]
    return (look.loss - after) / abs(look.loss) if math.isfinite(after) and look.loss else -math.inf


def _overshooting(case: Case) -> float:
    """Share of looks after the first from which the step leads up."""
    looks = case.looks[1:] or case.looks
    return sum(map(overshoots, looks)) / len(looks) if looks else 0.0


@rule("learning rate too high")
def high(case: Case) -> Iterator[Finding]:
    """The network lags, and its loss ran away, or it does not fall and at most looks the next step, with
    many examples, leads up where a shorter one leads down.

    Source: Smith 2017, Cyclical learning rates, arXiv:1506.01186; LeCun et al. 1998, Efficient BackProp,
    section 4.6 (the largest rate is 2 over the greatest eigenvalue of the Hessian).
    """
    if case.setup is None or not case.lags:
        return
    share, swings = _overshooting(case), _swings(case)
    grown = case.is_rising or (case.error is not None and case.runs_away)
    high_up = share >= 0.5 or (swings > 0.35 and share > 0.3)
    if not grown and (not high_up or case.is_falling):
        return  # a run that gets on in spite of an overshooting step has a good rate
    lr = case.steps[-1].lr if case.steps else case.setup.optimizer.lr
    worst, less = max(case.looks, key=_rise), _lower(case, lr)
    yield Finding(
        "learning rate too high",
        f"{_step_up(worst, lr)}; {share:.0%} of the looks are so. The loss rose to "
        f"{number(_most(case))} and ended at {number(case.loss)}.",
        f"Lower the learning rate, to {less:.3g}.",
        Change("lr", lr, less),
        {"overshooting": share, "greatest loss": _most(case), "swings": swings, "lr": lr},
        plots.ahead(worst),
    )


def _step_up(look: Look, lr: float) -> str:
    """Where a step leads, in words."""
    place = next((i for i in SHORTER if look.ahead[i] <= look.loss), 0)
    there, less = number(look.ahead[WHOLE]), number(look.ahead[place])
    step = (
        f"a step with the rate {lr:g}, after {counted(look.step, 'update')}, leads from a loss of"
    )
    if look.ahead[WHOLE] <= look.loss:
        return f"{step} {number(look.loss)} to {there}"
    return f"{step} {number(look.loss)} up to {there}, {FACTORS[place]:g} of it to {less}"


def _lower(case: Case, lr: float) -> float:
    """The largest power of ten below this rate whose step led down at the beginning and at most looks."""
    looks = [k for k in case.looks if math.isfinite(k.loss)]
    for place in SHORTER:
        down = [_leads_down(k, place) for k in looks]
        if down and down[0] and sum(down) > len(down) / 2:
            return lr * FACTORS[place]
    return min(lr * FACTORS[0], 0.01)


def _leads_down(look: Look, place: int) -> bool:
    """Whether a shorter step does; known without trying if a longer one does."""
    return any(look.ahead[i] <= look.loss for i in range(place, WHOLE + 1))


def _rise(look: Look) -> float:
    up = look.ahead[WHOLE] - look.loss
    return up if math.isfinite(up) else -math.inf


def _most(case: Case) -> float:
    return float(case.losses.max()) if len(case.losses) else math.nan


def _swings(case: Case) -> float:
    """Deviation of the loss from step to step in the last part of the run, relative to its mean."""
    tail = case.losses[case.tail]
    return float(np.std(tail) / max(abs(tail.mean()), 1e-12)) if len(tail) > 2 else 0.0


@rule("batch too small")
def batch(case: Case) -> Iterator[Finding]:
    r"""Batches of at most eight examples whose gradient is mostly noise: $|g_B|^2$ of the batches is many
    times $|g|^2$ of 64 examples, or the loss runs away where a step with 64 examples leads down.

    Source: McCandlish et al. 2018, An empirical model of large-batch training, arXiv:1812.06162.
    """
    if case.setup is None or not case.lags or case.setup.loader.batch_size > SMALL or case.error:
        return
    size, noise, share = case.setup.loader.batch_size, case.noise, _overshooting(case)
    astray = (noise > NOISY and share <= 0.7) or (case.is_rising and share < 0.3)
    if not astray or size >= len(case.setup.loader.ds.y) or _too_slow(case):
        return
    yield Finding(
        "batch too small",
        f"with {counted(size, 'example')} per batch the squared gradient of a batch is {noise:.3g} times "
        f"that of {EXAMPLES} examples: much of each step is noise, and the loss swings "
        f"by {_swings(case):.0%}.",
        f"Take batches of {max(8 * size, 32)} and more, or a rate that is as many times lower.",
        Change("batch_size", size, max(8 * size, 32)),
        {"batch size": size, "noise": noise, "swings": _swings(case)},
        plots.losses(case, case.blind_loss if math.isfinite(case.blind_loss) else None, "guessing"),
    )


@rule("learning rate too low")
def low(case: Case) -> Iterator[Finding]:
    """The network lags though its loss falls; at most looks, and at the last, ten or a hundred times the
    step lowers the loss several times as much, and the weights have hardly moved or the loss still falls.

    Source: Smith 2017, Cyclical learning rates, arXiv:1506.01186 (the range test).
    """
    if case.setup is None or not case.lags or case.error is not None or not case.looks:
        return
    if not _too_slow(case):
        return
    lr, look = case.steps[-1].lr, case.looks[-1]
    best = max(LONGER, key=lambda place: fall(look, place))
    times = FACTORS[best] * _further(fall(look, best))
    yield Finding(
        "learning rate too low",
        f"a step with the rate {lr:g} lowers the loss by {fall(look, WHOLE):.2%} after "
        f"{counted(look.step, 'update')}, one {FACTORS[best]:g} times as long by {fall(look, best):.2%}; "
        f"the loss came from {number(case.looks[0].loss)} to {number(look.loss)} only.",
        f"Raise the learning rate, to {times * lr:.3g}.",
        Change("lr", lr, times * lr),
        {"fall": fall(look, WHOLE), "fall of a longer step": fall(look, best), "lr": lr},
        plots.ahead(look),
    )


def _further(fall: float) -> float:
    """A power of ten that brings a small fall of the loss to about 5 % per step."""
    return 10.0 ** max(0, min(3, round(math.log10(0.05 / max(fall, 1e-9)))))


def _too_slow(case: Case) -> bool:
    """Longer steps would do much better at most looks and at the last, and add up to something."""
    eager = [_eager(k) for k in case.looks]
    last = max(fall(case.looks[-1], place) for place in LONGER[:2])
    idle = case.looks[-1].moved < IDLE or (case.is_falling and last * len(case.steps) > WORTH)
    return eager[-1] and sum(eager) > len(eager) / 2 and idle


def _eager(look: Look) -> bool:
    """Whether ten times the step does five times as much, or a hundred times the step twenty times."""
    least, step, (ten, hundred, _) = 1e-5, fall(look, WHOLE), LONGER
    return fall(look, ten) > max(5 * step, least) or fall(look, hundred) > max(20 * step, least)
