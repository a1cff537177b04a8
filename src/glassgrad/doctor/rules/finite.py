"""The rule about a NaN or an infinity: where it was born, and whether it came suddenly.

Read next: `units.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from glassgrad import ops
from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding
from glassgrad.doctor.rule import rule
from glassgrad.doctor.setup import Setup
from glassgrad.doctor.words import counted
from glassgrad.errors import DataError, Diverged
from glassgrad.nn import Sequential


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
    grew = case.is_rising or case.runs_away
    change = _change(case, case.setup, op, layer, grew)
    born = (
        f"born in {op}{f' of layer {layer}' if layer else ', outside of the layers'}"
        if op
        else "found"
    )
    yield Finding(
        "not finite",
        f"a number that is not finite was {born} after {counted(len(case.steps), 'update')}: "
        f"{case.error.found}",
        _REMEDY[change.setting],
        change,
        {"updates": len(case.steps), "last loss": case.loss},
        plots.losses(case) if grew and len(case.losses) > 1 else plots.finite(case.looks[-1]),
        layer=layer,
        consequence=grew,
    )


def _change(case: Case, setup: Setup, op: str, layer: str, grew: bool) -> Change:
    """Take away what made it: the op at the end, the loss, a long gradient, or else a high rate."""
    lr = case.steps[-1].lr if case.steps else setup.optimizer.lr
    names = [path for path, _ in setup.model.named_modules() if path]
    if grew or not op:
        return Change("lr", lr, lr / 10)
    if (
        isinstance(setup.model, Sequential)
        and layer
        and layer.split(".")[0] == names[-1].split(".")[0]
    ):
        return Change("last_layer", op, "none")
    if case.classes and not layer and setup.loss is not ops.cross_entropy:
        return Change("loss", "as given", "cross_entropy")
    return Change("clip", "none", 1.0) if setup.clip == math.inf else Change("lr", lr, lr / 10)


_REMEDY = {
    "lr": "Lower the learning rate to a tenth.",
    "last_layer": "Let the network end before this layer, or keep its input away from where it ends.",
    "loss": "Take ops.cross_entropy on scores: it never takes the logarithm of a 0.",
    "clip": "Keep the argument away from where the function ends, or clip the gradient.",
}
