"""How right derivations are, measured: the tables of `docs/truth.md`.

    python benchmarks/truth_derive.py                  # print them (some minutes)
    python benchmarks/truth_derive.py --quick          # a tenth of the random graphs
    python benchmarks/truth_derive.py --write          # put them into docs/truth.md

Random graphs come from `tests/laws/expressions.py`, so the laws and these tables speak of the same ones.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two that wait for each other measure the wait

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "laws"))

import expressions  # noqa: E402  (a module of the tests)
from pen_and_paper import answers  # noqa: E402

import glassgrad as gg  # noqa: E402
from glassgrad import nn, ops  # noqa: E402
from glassgrad.derivation import Derivation, Step, derive  # noqa: E402
from glassgrad.derivation.index import at  # noqa: E402
from glassgrad.derivation.index_notation import indexed_term, indexer  # noqa: E402
from glassgrad.terms.simplify import EXPONENTS, NAMED, PLAIN  # noqa: E402

BEGIN, END = "<!-- derive -->", "<!-- /derive -->"
TIES = (
    "A mistake at an element that stands at a tie can hide between the slopes on both sides: that is the "
    "one missed."
)


def deviation(found: object, expected: object, scale: float = 0.0) -> float:
    """The largest difference, relative to the larger of the largest number and `scale`."""
    a, b = np.asarray(found, float), np.asarray(expected, float)
    size = max(float(np.max(np.abs(b), initial=0.0)), scale, 1e-300)
    return float(np.max(np.abs(a - b), initial=0.0)) / size


class Tally:
    """Counts over many derivations."""

    def __init__(self) -> None:
        self.graphs = self.steps = self.unchecked = self.wrong = self.kinks = 0
        self.check = self.gradient = self.sympy = 0.0
        self.started = time.perf_counter()

    def add(self, d: Derivation, y: gg.Tensor, wrt: list[gg.Tensor], seed: object = None) -> None:
        """One derivation, held against the engine's gradient."""
        self.graphs += 1
        gradients = gg.grad(y, wrt, seed=seed)
        scale = max(float(np.max(np.abs(g), initial=0.0)) for g in gradients)
        for x, g in zip(wrt, gradients, strict=True):
            self.gradient = max(self.gradient, deviation(d.gradient(x), g, scale))
        for step in d.steps:
            self.steps += 1
            self.unchecked += step.check.compared == 0 and step.value.size > 0
            self.wrong += not step.check.ok
            self.kinks += step.check.kinks
            if step.check.kinks == 0:
                self.check = max(self.check, step.check.error)

    def row(self, name: str, with_sympy: bool = False) -> str:
        """A line of the table."""
        seconds = (time.perf_counter() - self.started) / max(1, self.graphs)
        second = f"{self.sympy:.0e}" if with_sympy else "–"
        return (
            f"| {name} | {self.graphs} | {self.steps} | {self.unchecked} | {self.wrong} | {self.kinks} | "
            f"{self.check:.0e} | {self.gradient:.0e} | {second} | {1e3 * seconds:.0f} ms |"
        )


def every_op() -> tuple[str, str]:
    """All ops on all their samples; and their index forms worked out by loops."""
    tally, forms, without, worst = Tally(), 0, 0, 0.0
    rng = np.random.default_rng(0)
    for kind in ops.registry():
        for op, *xs in kind.samples(np.random.default_rng(0)):
            leaves = [gg.tensor(x, n) for x, n in zip(xs, "abcdefgh", strict=False)]
            y, wrt = op(*leaves), [t for t in leaves if t.requires_grad]
            if not wrt or not y.requires_grad:
                continue
            seed = rng.normal(size=y.shape)
            d = derive(y, wrt, seed=seed)
            tally.add(d, y, wrt, seed)
            if max(float(np.max(np.abs(x.value), initial=0)) for x in wrt) > 500:
                continue  # the textbook's formula overflows there, the op does not
            for step in d.steps:
                error = index_form(step)
                forms, without = forms + (error is not None), without + (error is None)
                worst = max(worst, error or 0.0)
    line = f"| all {len(ops.registry())} ops | {forms} | {without} | {worst:.0e} |"
    return tally.row("every op, every sample"), line


def index_form(step: object) -> float | None:
    """The deviation of a step's index form, worked out by loops; None if it has none."""
    ix = indexer(step.left, step.term)
    found = indexed_term(step.term, step.left.shape, ix)
    if found is None:
        return None
    places, body = found
    looped = np.zeros(step.left.shape)
    for index in np.ndindex(looped.shape):
        env = {n: i for p, i in zip(places, index, strict=True) for n in p.letters()}
        looped[index] = at(body, env)
    return deviation(looped, step.value)


def random_expressions(n: int) -> str:
    """Scalar expressions, with SymPy as the second opinion."""
    import sympy

    from glassgrad.read.sympy import expression

    tally = Tally()
    for k in range(n):
        y, leaves = expressions.scalar(np.random.default_rng(k))
        d = derive(y, leaves)
        tally.add(d, y, leaves)
        symbols = [sympy.Symbol(x.name, real=True) for x in leaves]
        values = {s: sympy.Float(x.item(), 40) for s, x in zip(symbols, leaves, strict=True)}
        formula = expression(y)
        for s, x in zip(symbols, leaves, strict=True):
            exact = float(sympy.diff(formula, s).evalf(30, subs=values))
            tally.sympy = max(tally.sympy, deviation(d.gradient(x), exact, 1e-3))
    return tally.row(f"{n:,} random scalar expressions", with_sympy=True)


def random_stacks(n: int) -> str:
    """Stacks of layers with a loss."""
    tally = Tally()
    for k in range(n):
        loss, parameters = expressions.stack(np.random.default_rng(k))
        tally.add(derive(loss, parameters), loss, parameters)
    return tally.row(f"{n} random stacks of layers")


def planted() -> str:
    """Wrong values put into right steps of every op: how many does the check of the step notice?"""
    mistakes: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
        "the sign": lambda v, k: -v,
        "twice as large": lambda v, k: 2 * v,
        "every element larger by 10⁻⁵": lambda v, k: v * (1 + 1e-5),
        "one element off by 10⁻⁴ of the largest": lambda v, k: (
            v + 1e-4 * np.max(np.abs(v)) * np.eye(1, v.size, k).reshape(v.shape)
        ),
    }
    columns = []
    for steps in (op_steps(), derive(*image_network()).steps):
        found, tried = dict.fromkeys(mistakes, 0), 0
        for step in steps:
            if not np.max(np.abs(step.value), initial=0) > 1e-9:
                continue
            tried += 1
            for name, mistake in mistakes.items():
                value = mistake(step.value, int(np.argmax(np.abs(step.value))))
                found[name] += not replace(step, value=value).check.ok
        columns.append([f"{found[name]} of {tried}" for name in mistakes])
    cells = "".join(f"| {' | '.join(line)} |\n" for line in zip(mistakes, *columns, strict=True))
    head = "| mistake put into a step | noticed, every op | noticed, MNIST network of 002 |"
    return f"{head}\n|---|--:|--:|\n{cells}".rstrip()


def op_steps() -> Iterator[Step]:
    """The steps of every op on its samples."""
    for kind in ops.registry():
        for op, *xs in kind.samples(np.random.default_rng(0)):
            leaves = [gg.tensor(x, n) for x, n in zip(xs, "abcdefgh", strict=False)]
            y, wrt = op(*leaves), [t for t in leaves if t.requires_grad]
            if wrt and y.requires_grad:
                seed = np.random.default_rng(1).normal(size=y.shape)
                yield from derive(y, wrt, seed=seed).steps


def image_network() -> tuple[gg.Tensor, list[gg.Tensor]]:
    """The loss and the parameters of the MNIST network of assignment 002, batch of 4."""
    rng = np.random.default_rng(0)
    cnn = nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2, rng=0), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 5, padding=2, rng=0), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(784, 10, rng=1),
    )  # fmt: skip
    images = rng.normal(size=(4, 1, 28, 28)).astype(np.float32)
    return gg.cross_entropy(cnn(images), rng.integers(0, 10, 4)), list(cnn.parameters())


def rewrites() -> str:
    """Both sides of every rewrite on 1,000 random values."""
    rng, worst = np.random.default_rng(0), 0.0
    for rewrite in (*PLAIN, *NAMED, *EXPONENTS):
        names = rewrite.left.__code__.co_varnames
        values = rng.uniform(0.5, 3, (len(names), 1000))
        if not rewrite.positive:
            values *= rng.choice([-1, 1], values.shape)
        values = [-abs(v) if n == "n" else v for n, v in zip(names, values, strict=True)]
        with np.errstate(all="ignore"):
            left = np.asarray(rewrite.left(*values), float)
            right = np.broadcast_to(rewrite.right(*values), left.shape)
        kept = np.isfinite(left)
        distance = np.abs(left - right)[kept] / np.maximum(1, np.abs(left))[kept]
        worst = max(worst, float(np.max(distance, initial=0)))
    count = len(PLAIN) + len(NAMED) + len(EXPONENTS)
    return f"{count} rewrites, each on 1,000 random values: both sides agree to {worst:.0e}."


def timed(make: Callable[[], Derivation]) -> str:
    """Seconds for a derivation with all its checks and its text."""
    start = time.perf_counter()
    d = make()
    d.to_text()
    return f"{len(d.steps)} | {time.perf_counter() - start:.2f} s |"


def durations() -> Iterator[str]:
    """How long a derivation takes, from a number to a network on images."""
    rng = np.random.default_rng(0)
    y, leaves = expressions.scalar(np.random.default_rng(0))
    yield "| scalar expression of 12 ops | " + timed(lambda: derive(y, leaves))
    mlp = nn.Sequential(nn.Linear(784, 300, rng=0), nn.Sigmoid(), nn.Linear(300, 10, rng=1))
    x, t = rng.normal(size=(100, 784)).astype(np.float32), rng.integers(0, 10, 100)
    loss = gg.cross_entropy(mlp(x), t)
    yield "| 784-300-10, batch of 100 | " + timed(lambda: derive(loss, mlp.parameters()))
    images, parameters = image_network()
    yield "| MNIST network of assignment 002, batch of 4 | " + timed(
        lambda: derive(images, parameters)
    )


def report(quick: bool) -> str:
    """All tables, as Markdown."""
    share = 10 if quick else 1
    ops_row, forms_row = every_op()
    head = "| graphs | number | steps | unchecked | wrong | elements at a kink | worst check | "
    head += (
        "worst gradient | against SymPy | time each |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    rows = [ops_row, random_expressions(1000 // share), random_stacks(200 // share)]
    found = [f"| {i} | {formula} | {number} | {truth} |" for i, formula, number, truth in answers()]
    return "\n".join(
        [
            "Every step is compared with differences of fourth order in float64; errors are relative.",
            "", head, *rows,
            "", "By index: the sums that are printed, worked out by loops, against the gradient.",
            "", "| | steps with an index form | without | worst deviation |\n|---|--:|--:|--:|", forms_row,
            "", planted(),
            "", TIES,
            "", rewrites(),
            "", "| exercise | what comes out | number | truth |\n|---|---|---|---|", *found,
            "", "| derivation, with every check and its text | steps | time |\n|---|--:|--:|", *durations(),
        ]
    )  # fmt: skip


def write(text: str) -> None:
    """Put the tables between the markers of docs/truth.md; both are made if they are not there."""
    path = ROOT / "docs" / "truth.md"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Is it right?\n"
    if BEGIN not in old:
        old = old.rstrip() + f"\n\n## Derivations, measured\n\n{BEGIN}\n{END}\n"
    before, _, rest = old.partition(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--quick", action="store_true", help="a tenth of the random graphs")
    options.add_argument("--write", action="store_true", help="put the tables into docs/truth.md")
    chosen = options.parse_args()
    tables = report(chosen.quick)
    print(tables)
    if chosen.write:
        write(tables)
