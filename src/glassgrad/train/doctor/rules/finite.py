"""The rule about a NaN or an infinity: where it was born, and whether it came suddenly.

Read next: `units.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from glassgrad.errors import DataError, Diverged
from glassgrad.train.doctor import plots
from glassgrad.train.doctor.case import Case
from glassgrad.train.doctor.change import Change
from glassgrad.train.doctor.finding import Finding
from glassgrad.train.doctor.rule import rule


@rule("not finite")
def not_finite(case: Case) -> Iterator[Finding]:
    """The run ended in a NaN or an infinity; the op and the layer that it was born in are those that
    `train/diverged.py` found in the graph.  If the loss had grown for a while before, the rate is to
    blame first and this is its consequence.

    Source: the forward order is that of the graph; PyTorch's anomaly mode looks backwards and misses a
    loss that is NaN (pytorch/pytorch#160016).
    """
    if not isinstance(case.error, Diverged | DataError) or case.setup is None:
        return
    op, layer = getattr(case.error, "op", ""), getattr(case.error, "layer", "")
    lr = case.steps[-1].lr if case.steps else case.setup.optimizer.lr
    entropy = case.setup.loss.__name__ if hasattr(case.setup.loss, "__name__") else "as given"
    grew = case.is_rising or case.runs_away
    change = Change("lr", lr, lr / 10)
    if case.classes and entropy != "cross_entropy" and not layer:
        change = Change("loss", entropy, "cross_entropy")
    elif not grew and case.setup.clip == float("inf") and op:
        change = Change("clip", "none", 1.0)
    born = (
        f"born in {op}{f' of layer {layer}' if layer else ', outside of the layers'}"
        if op
        else "found"
    )
    yield Finding(
        "not finite",
        f"a number that is not finite was {born} after {len(case.steps)} updates: {case.error}",
        _REMEDY[change.setting],
        change,
        {"updates": len(case.steps), "last loss": case.loss},
        plots.losses(case),
        layer=layer,
        consequence=grew,
    )


_REMEDY = {
    "lr": "Lower the learning rate to a tenth.",
    "loss": "Take ops.cross_entropy on scores: it never takes the logarithm of a 0.",
    "clip": "Keep the argument away from where the function ends, or clip the gradient.",
}
