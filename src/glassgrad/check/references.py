"""What a student's class or function should be, told by its name, and inputs to try it on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.errors import GlassgradError, SettingError

Array = NDArray[Any]
Reference = Callable[..., Any]
_LABELS = "labels=6:4"

REFERENCES: dict[str, tuple[tuple[Reference, str], ...]] = {
    **{
        name: ((getattr(ops, name), "x=5x4"),)
        for name in ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu")
    },
    **{name: ((getattr(ops, name), "x=5x4"),) for name in ("softmax", "log_softmax", "exp", "sin")},
    "linear": (
        (lambda x, w, b: x @ w + b, "x=6x4,w=4x3,b=3"),
        (ops.linear, "x=6x4,w=3x4,b=3"),
        (lambda x, w, b: w @ x + b, "x=4x6,w=3x4,b=3x1"),
    ),
    "matmul": ((ops.matmul, "a=6x4,b=4x3"),),
    "multiply": ((ops.multiply, "a=6x4,b=6x4"),),
    "mse_loss": ((ops.mse_loss, "x=6x3,t=6x3"),),
    "cross_entropy": ((ops.cross_entropy, f"x=6x4,{_LABELS}"),),
    "conv2d": ((ops.conv2d, "x=2x3x6x6,w=4x3x3x3,b=4"),),
    "max_pool2d": ((lambda x: ops.max_pool2d(x, 2), "x=2x3x6x6"),),
    "avg_pool2d": ((lambda x: ops.avg_pool2d(x, 2), "x=2x3x6x6"),),
    "batch_norm": ((ops.batch_norm, "x=7x5,w=5,b=5"),),
    "layer_norm": ((ops.layer_norm, "x=7x5,w=5,b=5"),),
}
"""By name: functions and shapes for their inputs; where layouts differ, several."""

_ALSO = {
    "linear": ("affine", "dense", "fullyconnected", "fc"),
    "mse_loss": ("mse", "squaredloss", "squarederror", "meansquarederror"),
    "cross_entropy": ("crossentropyloss", "softmaxloss", "softmaxcrossentropy"),
    "conv2d": ("conv", "convolution"),
    "max_pool2d": ("maxpool", "maxpooling"),
    "avg_pool2d": ("avgpool", "averagepool", "meanpool"),
    "batch_norm": ("batchnorm1d", "batchnormalization"),
    "exp": ("exponential",),
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("backward").removesuffix("layer")


def find(name: str) -> tuple[tuple[Reference, str], ...]:
    """The references that a name stands for.

    Raises:
        SettingError: a name that stands for none.
    """
    wanted = _plain(name)
    for own, found in REFERENCES.items():
        if wanted in (_plain(own), *_ALSO.get(own, ())):
            return found
    raise SettingError(
        f"there is no reference for {name!r}: name one of {', '.join(REFERENCES)}, or FILE.py:f, a "
        "function of tensors."
    )


def reference_for(
    theirs: Any, name: str, asked: Any, shapes: str, seed: int
) -> tuple[Reference, dict[str, Any]]:
    """A reference and inputs; of several layouts, the one that the student's forward computes."""
    if callable(asked):
        return asked, inputs_of(asked, shapes, seed)
    choices = find(asked or name)
    made = [(f, inputs_of(f, shapes or s, seed)) for f, s in choices]
    for reference, xs in made[1:] and made:
        if _fits(theirs, reference, xs):
            return reference, xs
    return made[0]


def _fits(theirs: Any, reference: Reference, xs: dict[str, Any]) -> bool:
    from glassgrad import check

    try:
        verdict = check.backward(theirs, reference, *xs.values(), names=list(xs))
    except (GlassgradError, ValueError, TypeError, AttributeError):
        return False
    if verdict.forward_right is not None:
        return verdict.forward_right
    return any(a.right for a in verdict.arguments)


def inputs_of(f: Reference, shapes: str, seed: int) -> dict[str, Any]:
    """Random inputs by name: `x=5x4` real numbers, `labels=5:3` whole numbers below 3, `c=0.5` a number."""
    rng = np.random.default_rng(seed)
    if not shapes:
        names = list(inspect.signature(getattr(f, "forward", f)).parameters)
        shapes = ",".join(f"{name}=4x4" for name in names)
    found: dict[str, Any] = {}
    for part in shapes.split(","):
        name, _, spec = part.partition("=")
        found[name.strip()] = _input(spec.strip(), part, rng)
    return found


def _input(spec: str, part: str, rng: np.random.Generator) -> Any:
    if whole := re.fullmatch(r"(\d+(?:x\d+)*):(\d+)", spec):
        return rng.integers(0, int(whole[2]), _shape(whole[1]))
    if re.fullmatch(r"\d+(x\d+)*", spec):
        return rng.normal(size=_shape(spec))
    try:
        return np.array(float(spec))
    except ValueError as error:
        raise SettingError(
            f"shapes are written x=5x4 for real numbers, labels=5:3 for whole ones; got {part!r}."
        ) from error


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.split("x"))
