"""How often the checks are right, as tables for `docs/truth.md`.

python benchmarks/truth_check.py            prints them
python benchmarks/truth_check.py --write    puts them into docs/truth.md, section "Checks"
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import document_tables
import formulas
import numpy as np
from exercises import exercises
from gradient_defects import gradient_table
from plant import FILES, HELD_OUT, Planted, correct, planted, program

from glassgrad import check
from glassgrad.check.backward.backward import BackwardVerdict
from glassgrad.terms.parser import parse
from glassgrad.terms.tokens import FormulaError

DOCS = Path(__file__).parents[1] / "docs" / "truth.md"
BEGIN, END = "<!-- checks: written by benchmarks/truth_check.py -->", "<!-- end of checks -->"


def rows(head: list[str], body: list[list[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def named_rightly(verdict: BackwardVerdict, mistake: Planted) -> bool:
    """Every wrong argument has a name, and each name is one that the mistake may bear."""
    wrong = {a.name for a in verdict.arguments if a.theirs is not None and not a.right}
    explained = {n for m in verdict.mistakes for n in m.arguments}
    return (
        bool(wrong)
        and explained == wrong
        and {m.mistake for m in verdict.mistakes} <= {*mistake.names}
    )


def backward_tables() -> Iterator[str]:
    """Planted mistakes found and named, by set and by kind; right ones slandered."""
    functions, body, kinds = exercises(), [], Counter[str]()
    named_by_kind = Counter[str]()
    for what, files in (("catalogue's own", FILES), ("held out", (HELD_OUT,))):
        set_ = [p for file in files for p in planted(file, scaled=file != HELD_OUT)]
        found = named = 0
        start = time.perf_counter()
        for p in set_:
            verdict = functions[p.function].ask(getattr(program(p.program), p.function))
            right = named_rightly(verdict, p)
            found, named = found + (not verdict.ok), named + right
            kinds[p.names[0]] += 1
            named_by_kind[p.names[0]] += right
        each = (time.perf_counter() - start) / len(set_)
        count = len({p.function for p in set_})
        share = f"{named} ({named / len(set_):.1%})"
        body.append([what, count, len(set_), found, share, f"{1e3 * each:.0f} ms"])
    head = ["planted mistakes", "functions", "planted", "found", "named rightly", "time each"]
    yield rows(head, body)
    yield (
        "The catalogue was built on the first set (`benchmarks/students/`; in every function also a sign, "
        "a 2 and a ½ on all gradients); the second was written when it was finished. Named rightly means: "
        "the names given explain every wrong gradient, and are that of the planted mistake or one that "
        "says the same about its numbers."
    )
    ask = [(f, how, functions[f].ask(code)) for f, how, code in correct()]
    slandered = [f"{f} ({how})" for f, how, verdict in ask if not verdict.ok]
    said = f": {', '.join(slandered)}" if slandered else ""
    yield (
        f"Right implementations (other words, loops, einsum, float32, column order, strides): {len(ask)}, "
        f"of which slandered: {len(slandered)}{said}."
    )
    by_kind = [[k, n, named_by_kind[k]] for k, n in sorted(kinds.items())]
    yield rows(["mistake", "planted", "named rightly"], by_kind)


def refusal(text: str) -> tuple[bool, float]:
    """Whether a string is refused, and in how many seconds, the best of three."""
    times, refused = [], False
    for _ in range(3):
        start = time.perf_counter()
        try:
            parse(text, ["w1", "w2", "x1", "x2", "u", "s"])
        except FormulaError:
            refused = True
        times.append(time.perf_counter() - start)
    return refused, min(times)


def formula_table() -> str:
    """The documents' formulas, right spellings, hostile strings."""
    f = formulas.sigmoid_and_squares()
    names = {"u": "w1*x1 + w2*x2", "s": "1/(1+exp(-u))"}
    printed = check.formula(formulas.SIGN_OF_001, f, wrt="w1", **names)
    ours = [check.formula(t, f, wrt="w1", **names) for t in formulas.right(200)]
    refusals = [refusal(text) for text in formulas.hostile(200)]
    refused, slowest = sum(r for r, _ in refusals), max(t for _, t in refusals)
    relu = check.formula(
        "-5",
        "(relu(2a+4b) - 15)^2/2 + (relu(a-2b) - 3)^2/2 + (relu(-a) - 1)^2/2",
        wrt="a",
        at={"a": 3.0, "b": 2.0},
    )
    return rows(
        ["formulas", "number", "result"],
        [
            [
                "001, problem 1 a, as printed",
                1,
                f"refuted: {printed.text.splitlines()[-1].strip()}",
            ],
            [
                "000, 2.1 c iii, ∂L/∂a₁ = −5 as printed",
                1,
                f"refuted: {relu.text.splitlines()[1].strip()}",
            ],
            ["right spellings of 001, 1 a", len(ours), f"{sum(map(bool, ours))} accepted"],
            ["hostile strings", 200, f"{refused} refused, the slowest in {1e3 * slowest:.1f} ms"],
        ],
    )


def hidden_gradient() -> str:
    """004, question 3: dh printed as the gradient of b, found on generic numbers."""
    exercise = exercises()["network"]
    x, w, b, v, c = exercise.inputs
    (labels,) = exercise.constants
    h = 1 / (1 + np.exp(-(x @ w + b)))
    s = np.exp(h @ v + c)
    ds = (s / s.sum(1, keepdims=True) - np.eye(4)[labels]) / len(x)
    dh = ds @ v.T
    dk = dh * h * (1 - h)
    grads = {"x": dk @ w.T, "w": x.T @ dk, "b": dh.sum(0), "v": h.T @ ds, "c": ds.sum(0)}
    verdict = check.backward(grads, exercise.reference, *exercise.inputs, names=exercise.names)
    return "004, question 3, prints `dh` as the gradient of b: " + "; ".join(
        f"d{'/'.join(m.arguments)}: {m.mistake}: {m.sentence}" for m in verdict.mistakes
    )


def printed_tables() -> str:
    """The tables of document 002."""
    asked = [
        ("Table 1 (layers)", document_tables.TABLE_1, {"channels": 1}),
        ("Table 2 (MNIST)", document_tables.TABLE_2, {"counts": "mnist"}),
        ("Table 3 (layers)", document_tables.TABLE_3, {"channels": 3}),
        ("Table 4 (CIFAR-10)", document_tables.TABLE_4, {"counts": "cifar-10", "accuracy": 0.58}),
    ]
    body: list[list[object]] = []
    for what, text, known in asked:
        verdict = check.table(text, **known)
        said = "<br>".join(f"{f.kind}: {f.sentence}" for f in verdict.findings)
        body.append([what, verdict.text.split(":")[0], said])
    return rows(["document 002", "verdict", "findings"], body)


def separability() -> str:
    """Random sets of points: the plane or the point is verified here once more."""
    rng, counts, exact, most = np.random.default_rng(5), Counter[str](), 0, 0.0
    for _ in range(100):
        n, d = int(rng.integers(6, 40)), int(rng.integers(1, 5))
        x = rng.normal(size=(n, d)).round(int(rng.integers(0, 4)))
        y = (x[:, 0] + 0.2 * rng.normal(size=n) * rng.integers(0, 2) > 0).astype(int)
        if len(set(y)) < 2:
            continue
        start = time.perf_counter()
        verdict = check.separable(x, y)
        most = max(most, time.perf_counter() - start)
        if verdict:
            holds = ((2 * y - 1) * (x @ verdict.w + verdict.b) > 0).all()
        else:
            shares = np.array([verdict.weights.get(i, 0.0) for i in range(n)])
            both = [shares * (y == k) for k in (0, 1)]
            holds = all(abs(w @ x - verdict.point).max() < 1e-9 for w in both)
            exact += verdict.leave_out.exact
        counts["separable" if verdict else "not separable"] += 1
        counts["verified"] += bool(holds)
    return (
        f"{counts['separable']} random sets of points separable, {counts['not separable']} not; of these "
        f"{counts['separable'] + counts['not separable']} proofs {counts['verified']} were verified again "
        f"by plain arithmetic; the fewest points to leave out were proven {exact} times of "
        f"{counts['not separable']}; the longest took {most:.1f} s."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/truth.md")
    parts = [
        "### Backward passes",
        *backward_tables(),
        hidden_gradient(),
        "### Gradients: which defects of a rule are seen",
        gradient_table(),
        "### Formulas",
        formula_table(),
        "### Printed tables",
        printed_tables(),
        "### Separability",
        separability(),
    ]
    write = parser.parse_args().write
    text = "\n\n".join(parts)
    if not write:
        print(text)
        return
    page = DOCS.read_text() if DOCS.exists() else "# Is it right?\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Checks\n\n{BEGIN}\n{END}\n"
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    DOCS.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main()
