"""The pen-and-paper exercises of the assignments, derived: what comes out, as a formula and as a number.

`tests/derive/test_exercises.py` asserts all of them; here are those of one line, for `docs/truth.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import glassgrad as gg
from glassgrad.derivation import derive, jacobian

Answer = tuple[str, str, str, str]
"""Exercise, printed answer, number or check, truth."""


def named(y: gg.Tensor, name: str) -> gg.Tensor:
    """A result with a name of its own."""
    y.name = name
    return y


def fixed(value: object, name: str) -> gg.Tensor:
    """A named constant."""
    return gg.tensor(np.asarray(value, float), name, requires_grad=False)


def listed(values: object, digits: int = 6) -> str:
    """Numbers in parentheses."""
    found = (f"{v:.{digits}g}".replace("-", "−") for v in np.asarray(values, float).ravel() + 0.0)
    return "(" + ", ".join(found) + ")"


def graph_1a() -> Iterator[Answer]:
    w1, w2, x1, x2 = (
        gg.tensor(v, n) for v, n in ((0.3, "w1"), (-0.5, "w2"), (0.2, "x1"), (0.4, "x2"))
    )
    f = named(1 / (1 + gg.exp(-(w1 * x1 + w2 * x2))) + 0.5 * (w1**2 + w2**2), "f")
    d = derive(f, [w1, w2, x1, x2])
    for x, truth in zip(d.wrt, (0.34976, -0.40049, 0.07463, -0.12439), strict=True):
        yield "graph/1a", str(d.expanded(x)), f"{d.gradient(x).item():.5f}", f"{truth:.5f}"


def edf_2_1() -> Iterator[Answer]:
    for name, g, truth in (("i", None, "(−2, 4)"), ("iii", gg.relu, "(−2, −4); printed (−5, −4)")):
        a = gg.tensor([[3.0, 2.0]], "A")
        x, t = fixed([[2, 1, -1], [4, -2, 0]], "X"), fixed([[15, 3, 1]], "t")
        y = a @ x if g is None else g(a @ x)
        d = derive(0.5 * ((y - t) ** 2).sum(), a)
        yield f"edf/2.1c {name}", str(d.expanded()), listed(d.gradient()), truth
    x = gg.tensor([1.0, 2.0, 0.5], "x")
    found = jacobian(named(gg.softmax(x), "S"), x)
    checked = f"checked to {found.check.error:.0e}"
    for when, case in found.cases:
        yield "edf/2.1a iv, mlp/1", f"{case}, {when}", checked, "as printed"
    yield "edf/2.1a iv", str(found.matrix), checked, "as printed"


def layers() -> Iterator[Answer]:
    rng = np.random.default_rng(0)
    for number, batch in ((1, ()), (2, (4,))):
        x, w = gg.tensor(rng.normal(size=(3, *batch)), "x"), gg.tensor(rng.normal(size=(2, 3)), "W")
        b = gg.tensor(rng.normal(size=(2, *(1 for _ in batch))), "b")
        y = named(w @ x + b, "y")
        d = derive(y, [x, w, b], seed=rng.normal(size=y.shape))
        for leaf in (x, w, b):
            said = f"{d.formula(leaf)}, {d.by_index(leaf)}"
            yield f"layers/{number}", said, f"checked to {d.of(leaf).check.error:.0e}", "as printed"
    x = gg.tensor([-1.0, 0.0, 2.0], "x")
    d = derive(named(gg.relu(x), "y"), x, seed=[10.0, 20.0, 30.0])
    yield "layers/3", str(d.last.by_cases), listed(d.gradient()), "(0, 0, 30)"
    x = gg.tensor([1.0, -0.5, 2.0], "x")
    found = jacobian(named(-x[1] + gg.log(gg.exp(x).sum()), "L"), x)
    y = np.exp(x.value) / np.exp(x.value).sum()
    yield (
        "layers/4",
        "; ".join(str(e) for _, e in found.cases),
        listed(found.value),
        listed(y - [0, 1, 0]),
    )


def flood_3_1() -> Iterator[Answer]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), np.array([0.0, 1.0, 1.0, 0.0])
    theta = gg.tensor(rng.normal(size=3), "theta")
    u = named(fixed(x, "X") @ theta, "u")
    j = (-fixed(y, "y") * u + gg.log(1 + gg.exp(u))).mean()
    d = derive(named(j + fixed(0.1, "lambda") * 0.5 * (theta**2).sum(), "f"), theta)
    truth = x.T @ (1 / (1 + np.exp(-x @ theta.value)) - y) / 4 + 0.1 * theta.value
    said = f"{d.formula()}, {d.formula(u, known=[u], functions=True)}"
    yield "flood/3.1", said, listed(d.gradient()), listed(truth)


def mlp_2_and_3() -> Iterator[Answer]:
    o = gg.tensor([0.2, -0.1, 0.4], "o")
    y = named(gg.softmax(o), "y")
    found = jacobian(named(-gg.log(y[1]), "l"), o)
    said = "; ".join(str(e) for _, e in found.cases)
    yield "mlp/2", said, listed(found.value), listed(y.value - [0, 1, 0])
    w, b = gg.tensor([[1.0] * 3, [-1.0] * 3], "W"), gg.tensor(np.zeros(3), "b")
    v, c = gg.tensor([[1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]], "V"), gg.tensor(np.zeros(2), "c")
    h = named(gg.sigmoid(named(fixed([1, -1], "x") @ w + b, "k")), "h")
    loss = named(-gg.log(gg.softmax(named(h @ v + c, "o"))[0]), "l")
    d = derive(loss, [w, b, v, c])
    truths = ("0", "0; printed dh", "∓0.44039854", "(−0.5, 0.5)")
    for leaf, truth in zip((w, b, v, c), truths, strict=True):
        shown = listed(d.gradient(leaf)[0] if leaf is v else np.unique(d.gradient(leaf)), 8)
        yield "mlp/3", str(d.formula(leaf)), shown, truth


def answers() -> Iterator[Answer]:
    """All of them."""
    for exercise in (graph_1a, edf_2_1, layers, flood_3_1, mlp_2_and_3):
        yield from exercise()
