"""What a student's class or function should be, told by its name, and inputs to try it on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.check.backward.backward import backward
from glassgrad.errors import SettingError

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
    "l1_loss": ((ops.l1_loss, "x=6x3,t=6x3"),),
    "cross_entropy": ((ops.cross_entropy, f"x=6x4,{_LABELS}"),),
    "nll_loss": ((ops.nll_loss, f"x=6x4,{_LABELS}"),),
    "log_loss": ((ops.log_loss, f"p=6x4:0..1,{_LABELS}"),),
    "binary_cross_entropy": ((ops.binary_cross_entropy, "p=6:0..1,t=6:2"),),
    "binary_cross_entropy_with_logits": ((ops.binary_cross_entropy_with_logits, "x=6,t=6:2"),),
    "kl_div": ((ops.kl_div, "log_q=6x4,p=6x4:0..1"),),
    "hinge_loss": ((ops.hinge_loss, "x=6,t=6:-1|1"),),
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
    "l1_loss": ("l1", "absoluteerror", "meanabsoluteerror", "mae"),
    "cross_entropy": ("crossentropyloss", "softmaxloss", "softmaxcrossentropy"),
    "nll_loss": ("nll", "negativeloglikelihood"),
    "binary_cross_entropy": ("bce", "bceloss", "binarycrossentropyloss"),
    "binary_cross_entropy_with_logits": ("bcewithlogits", "bcewithlogitsloss"),
    "kl_div": ("kl", "kldivergence", "kldivloss"),
    "hinge_loss": ("hinge",),
    "conv2d": ("conv", "convolution"),
    "max_pool2d": ("maxpool", "maxpooling"),
    "avg_pool2d": ("avgpool", "averagepool", "meanpool"),
    "batch_norm": ("batchnorm1d", "batchnormalization"),
    "layer_norm": ("layernormalization",),
    "exp": ("exponential",),
}
_AROUND = ("my", "student", "backward", "gradient", "grad", "layer", "activation", "function", "d")


def _plain(name: str) -> str:
    """Letters and digits without what is put around a name: `MyReLU2_backward` is relu."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    before = ""
    while word != before:
        before = word
        for extra in _AROUND:
            word = word.removesuffix(extra) if len(extra) > 1 else word
            word = word.removeprefix(extra) if len(word) > len(extra) + 2 else word
    return word


def find(name: str) -> tuple[str, tuple[tuple[Reference, str], ...]]:
    """The function that a name stands for, and the references for it.

    Raises:
        SettingError: a name that stands for none.
    """
    ways = (name, name.rstrip("0123456789_"))
    wanted = {re.sub(r"[^a-z0-9]", "", way.lower()) for way in ways} | {_plain(way) for way in ways}
    for own, found in REFERENCES.items():
        if wanted & {own.replace("_", ""), *_ALSO.get(own, ())}:
            return own, found
    raise SettingError(
        f"there is no reference for {name!r}: give --reference, one of {', '.join(REFERENCES)}, or "
        "FILE.py:f, a function of tensors."
    )


def reference_for(
    theirs: Any, name: str, asked: Any, shapes: str, seed: int
) -> tuple[str, Reference, dict[str, Any]]:
    """A reference with its name, and inputs; of several layouts, the one that their forward computes."""
    if callable(asked):
        return getattr(asked, "__name__", str(asked)), asked, inputs_of(asked, shapes, seed)
    label, choices = find(asked or name)
    made = [(f, inputs_of(f, shapes or s, seed)) for f, s in choices]
    for reference, xs in made[1:] and made:
        if _fits(theirs, reference, xs):
            return label, reference, xs
    return label, *made[0]


def _fits(theirs: Any, reference: Reference, xs: dict[str, Any]) -> bool:
    try:
        verdict = backward(theirs, reference, *xs.values(), names=list(xs))
    except Exception:  # whatever it is, the check itself will raise it again and tell it
        return False
    if verdict.forward_right is not None:
        return verdict.forward_right
    return any(a.right for a in verdict.arguments)


def inputs_of(f: Reference, shapes: str, seed: int) -> dict[str, Any]:
    """Random inputs by name.

    `x=5x4` are real numbers, `labels=5:3` whole ones below 3, `p=5x4:0..1` numbers in between,
    `t=5:-1|1` one of several, `c=0.5` is a number itself.
    """
    rng = np.random.default_rng(seed)
    wanted = _required(f)
    shapes = shapes or ",".join(f"{name}=4x4" for name in wanted)
    found: dict[str, Any] = {}
    for part in shapes.split(","):
        name, _, spec = part.partition("=")
        found[name.strip()] = _input(spec.strip(), part, rng)
    if len(found) < len(wanted):
        takes, missing = ", ".join(wanted), wanted[len(found) :]
        raise SettingError(
            f"{takes} are its inputs: give --shapes for {', '.join(missing)} as well."
        )
    return found


def _required(f: Reference) -> list[str]:
    """The inputs that a function cannot do without."""
    try:
        parameters = inspect.signature(getattr(f, "forward", f)).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in positional and p.default is p.empty]


def _input(spec: str, part: str, rng: np.random.Generator) -> Any:
    shape, _, kind = spec.partition(":")
    if re.fullmatch(r"\d+(x\d+)*", shape):
        values = _values(kind, _shape(shape), rng)
        if values is not None:
            return values
    try:
        return np.array(float(spec))
    except ValueError as error:
        raise SettingError(
            "shapes are written x=5x4 for real numbers, labels=5:3 for whole ones below 3, p=5x4:0..1 for "
            f"numbers in between, t=5:-1|1 for one of several, c=0.5 for a number; got {part!r}."
        ) from error


def _values(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Random numbers of a kind; None if no such kind is known."""
    if not kind:
        return rng.normal(size=shape)
    if re.fullmatch(r"[1-9]\d*", kind):
        return rng.integers(0, int(kind), shape)
    numbers = r"-?\d+(?:\.\d+)?"
    if re.fullmatch(rf"{numbers}\.\.{numbers}", kind):
        low, high = map(float, kind.split(".."))
        return low + (high - low) * rng.uniform(0.05, 0.95, shape)
    if re.fullmatch(r"-?\d+(\|-?\d+)+", kind):
        return rng.choice([int(v) for v in kind.split("|")], shape)
    return None


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.split("x"))
