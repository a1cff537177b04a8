"""Mistakes that belong to one family of functions: cross-entropy, pooling, convolution.

Read next: `known.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import (
    Array,
    Guess,
    mistake,
    only,
    perturbed,
    steps,
    with_op,
)
from glassgrad.check.backward.perturb import Graph, Step
from glassgrad.errors import GlassgradError
from glassgrad.graph import grad
from glassgrad.tensor import Tensor


def _classifiers(case: Case) -> Iterator[tuple[Graph, Step, Array, Array, Array]]:
    """Steps from logits to a cross-entropy: (graph, step, probabilities, targets, g per row)."""
    for graph, step in steps(case):
        if isinstance(step.op, ops.SoftmaxCrossEntropy):
            x, labels = step.xs
            p = ops.softmax(x)
            t = np.eye(x.shape[1])[labels] if labels.ndim == 1 else labels
            yield graph, step, p, t, step.g[:, None]
        elif isinstance(step.op, ops.SigmoidCrossEntropy):
            yield graph, step, ops.sigmoid(step.xs[0]), step.xs[1], step.g


@mistake("target", "The target is not subtracted from the probabilities, or only it is left.")
def target(case: Case) -> Iterator[Guess]:
    for graph, step, p, t, g in _classifiers(case):
        for wrong, said in (
            (g * p, "the target is not subtracted from the probabilities"),
            (-g * t, "only the target is left, the probabilities are missing"),
            (g * (p + t), "the target is added where it must be subtracted"),
            (
                -g * t / p,
                "it stops at the probabilities (−t/p); their derivative by the logits is missing",
            ),
            (g * (step.xs[0] - t), "the logits are used where their softmax or sigmoid belongs"),
            (g * t * (p - t), "only the row's own class is corrected; the others get p as well"),
        ):
            yield from perturbed(graph, step, only(step, 0, wrong), f"{step.label}: {said}.")


@mistake(
    "derivative twice", "y − t already contains the softmax's derivative; it is applied again."
)
def softmax_twice(case: Case) -> Iterator[Guess]:
    for graph, step, p, t, g in _classifiers(case):
        error = g * (p - t)
        full = p * (error - (error * p).sum(-1, keepdims=True))
        said = f"{step.label}: p − t contains the derivative of softmax or sigmoid, which is applied again."
        for wrong in (full, error * p * (1 - p)):
            yield from perturbed(graph, step, only(step, 0, wrong), said)


@mistake("axis", "Softmax along the batch instead of the classes.")
def softmax_axis(case: Case) -> Iterator[Guess]:
    for graph, step, _, t, g in _classifiers(case):
        if isinstance(step.op, ops.SoftmaxCrossEntropy):
            x = step.xs[0]
            e = np.exp(x - x.max(1, keepdims=True))
            said = f"{step.label}: softmax runs over the batch (axis 0), not over the classes (axis 1)."
            for p in (ops.softmax(x, axis=0), e / e.sum(0)):
                yield from perturbed(graph, step, only(step, 0, g * (p - t)), said)


@mistake("mask", "Pooling: the gradient goes to other elements of the window than the winner.")
def window(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        if not isinstance(step.op, ops.MaxPool2d | ops.AvgPool2d):
            continue
        x, area = step.xs[0], float(np.prod(step.op.kernel))
        ramp = np.arange(x.size, dtype=float).reshape(x.shape)
        goes = {
            "goes to every element of a window": _pooled(ops.avg_pool2d, step, x, area),
            "is shared among all elements of a window": _pooled(ops.avg_pool2d, step, x, 1.0),
            "goes to the largest element of a window only": _pooled(ops.max_pool2d, step, x, 1.0),
            "goes to the smallest element of a window": _pooled(ops.max_pool2d, step, -x, 1.0),
            "goes to the first element of a window only": _pooled(ops.max_pool2d, step, -ramp, 1.0),
            "goes to the last element of a window only": _pooled(ops.max_pool2d, step, ramp, 1.0),
        }
        for said, wrong in goes.items():
            if wrong is not None:
                yield from perturbed(graph, step, [wrong], f"{step.label}: the gradient {said}.")
                yield from perturbed(
                    graph, step, [wrong / area], f"{step.label}: the gradient {said}."
                )


def _pooled(pool: Any, step: Step, x: Array, times: float) -> Array | None:
    """What another pooling would have sent back."""
    leaf = Tensor(x)
    try:
        y = pool(leaf, step.op.kernel, stride=step.op.stride, padding=step.op.padding)
        return times * np.asarray(grad(y, leaf, step.g))
    except GlassgradError:
        return None


@mistake("off by one", "Convolution: the last or first row or column of the kernel is left out.")
def taps(case: Case) -> Iterator[Guess]:
    for graph, step in _convolutions(case):
        x, w = step.xs[:2]
        for axis, at in product((2, 3), (-1, 0)):
            kept = np.ones(w.shape)
            np.moveaxis(kept, axis, 0)[at] = 0
            sent = step.rule(step.g, step.y, x, w * kept, *step.xs[2:])
            right = step.right[1]
            if sent is None or right is None:
                continue
            where = f"the {'last' if at else 'first'} {'row' if axis == 2 else 'column'}"
            said = f"{step.label}: {where} of the kernel is left out of the loop."
            yield from perturbed(graph, step, [sent[0], right * kept, *step.right[2:]], said)
            yield from perturbed(graph, step, only(step, 0, sent[0]), said)
            yield from perturbed(graph, step, only(step, 1, right * kept), said)


@mistake("path missing", "Convolution: overlapping windows are written with = in place of +=.")
def windows_overwritten(case: Case) -> Iterator[Guess]:
    for graph, step in _convolutions(case):
        op: Any = step.op
        (ph, pw), (sh, sw), (dh, dw) = op.padding, op.stride, op.dilation
        x, w = step.xs[:2]
        if op.groups != 1:
            continue
        wide = np.zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw))
        h, v = step.g.shape[2:]
        for i, j in np.ndindex(*w.shape[2:]):
            rows, columns = slice(dh * i, dh * i + sh * h, sh), slice(dw * j, dw * j + sw * v, sw)
            wide[:, :, rows, columns] = np.einsum("nkhv,kc->nchv", step.g, w[:, :, i, j])
        wrong = wide[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
        said = (
            f"{step.label}: where windows overlap, dx is written with =; it must be added with +=."
        )
        yield from perturbed(graph, step, only(step, 0, wrong), said)


@mistake(
    "flipped", "Convolution: the kernel is turned round where it must not be, or not where it must."
)
def kernel_flipped(case: Case) -> Iterator[Guess]:
    for graph, step in _convolutions(case):
        x, w = step.xs[:2]
        turned = w[:, :, ::-1, ::-1]
        sent = step.rule(step.g, step.y, x, turned, *step.xs[2:])
        said = f"{step.label}: dx uses the kernel turned round by 180°, against the forward pass."
        yield from perturbed(graph, step, None if sent is None else only(step, 0, sent[0]), said)
        if w.shape[2] == w.shape[3]:
            sent = step.rule(step.g, step.y, x, w.swapaxes(2, 3), *step.xs[2:])
            said = f"{step.label}: dx uses the kernel with rows and columns exchanged."
            wrong = None if sent is None else only(step, 0, sent[0])
            for guess in perturbed(graph, step, wrong, said):
                yield replace(guess, name="transpose")
        if (right := step.right[1]) is not None:
            said = f"{step.label}: dw is turned round by 180°."
            yield from perturbed(graph, step, only(step, 1, right[:, :, ::-1, ::-1]), said)


def _convolutions(case: Case) -> Iterator[tuple[Graph, Step]]:
    for graph, step in steps(case):
        if isinstance(step.op, ops.Conv2d | ops.BiasedConv2d):
            yield graph, step


@mistake("padding", "Convolution: padding is cut off at the wrong place, or not at all.")
def padding(case: Case) -> Iterator[Guess]:
    for graph, step in _convolutions(case):
        op: Any = step.op
        (ph, pw), x = op.padding, step.xs[0]
        if not (ph or pw):
            continue
        wide = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        bare = with_op(step, replace(op, padding=(0, 0)))
        sent = bare.rule(step.g, step.y, wide, *step.xs[1:])
        if sent is None or (full := sent[0]) is None:
            continue
        h, v = x.shape[2:]
        for i in range(2 * ph + 1):
            for j in range(2 * pw + 1):
                said = f"{step.label}: the padding of dx is cut off from ({i}, {j}), not from ({ph}, {pw})."
                yield from perturbed(
                    graph, step, only(step, 0, full[:, :, i : i + h, j : j + v]), said
                )
        leaf = next((i for i, t in enumerate(graph.leaves) if t is step.node.inputs[0]), None)
        if leaf is not None:
            said = (
                f"{step.label}: dx has the shape {full.shape} of the padded x: cut the padding off."
            )
            yield Guess(said, {leaf: full})
        for i, j in ((1, 0), (0, 1), (1, 1), (-1, 0), (0, -1), (-1, -1)):
            moved = step.rule(step.g, step.y, np.roll(x, (i, j), (2, 3)), *step.xs[1:])
            said = f"{step.label}: dw sees x shifted by ({i}, {j}): its padding is off by one."
            yield from perturbed(
                graph, step, None if moved is None else only(step, 1, moved[1]), said
            )


ALL = (
    target,
    softmax_twice,
    softmax_axis,
    window,
    kernel_flipped,
    taps,
    windows_overwritten,
    padding,
)
