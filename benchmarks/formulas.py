"""Formulas for the measurement of `check.formula`: right ones in many spellings, and hostile strings."""

from __future__ import annotations

import itertools
import random

import glassgrad as gg

W, X = (0.3, -0.5), (0.2, 0.4)
_SLOPES = (
    "exp(-u)/(1+exp(-u))^2",
    "exp(u)/(1+exp(u))**2",
    "s(1-s)",
    "s*(1 - s)",
    "s - s^2",
    "(s - s*s)",
    "1/(2 + exp(u) + exp(-u))",
    "sigmoid(u)*sigmoid(-u)",
    r"\sigma(u)(1-\sigma(u))",
    r"\frac{e^{-u}}{(1+e^{-u})^2}",
    r"\frac{1}{1+e^{-u}}\left(1-\frac{1}{1+e^{-u}}\right)",
    "(1 - tanh(u/2)^2)/4",
    "1/(4 cosh(u/2)^2)",
    "1/(1+exp(-u)) - 1/(1+exp(-u))^2",
    "e^-u * (1+e^-u)^-2",
    "0.25(1 + tanh(u/2))(1 - tanh(u/2)) 1",
)
_ORDERS = ("{s}*x1 + {r}", "{r} + x1*({s})", "x1({s}) + {r}", "({s}) x_1 - (-{r})", "x1*({s})+{r}")
_RESTS = ("w1", "w_1", "2*0.5*w1", "w1^2/w1", "(w1+w1)/2", "w_{1}")
SIGN_OF_001 = "-exp(-u)*x1/(1+exp(-u))**2 + w1"
"""The first derivative as document 001 prints it (problem 1 a)."""


def sigmoid_and_squares() -> gg.Tensor:
    """f of document 001: σ(w₁x₁ + w₂x₂) + ½(w₁² + w₂²)."""
    w1, w2 = gg.tensor(W[0], name="w1"), gg.tensor(W[1], name="w2")
    x1, x2 = gg.tensor(X[0], name="x1"), gg.tensor(X[1], name="x2")
    return gg.sigmoid(w1 * x1 + w2 * x2) + 0.5 * (w1 * w1 + w2 * w2)


def right(count: int) -> list[str]:
    """Spellings of ∂f/∂w₁, all different."""
    usable = (s for s in _SLOPES if not s.endswith(" 1"))
    parts = itertools.product(usable, _ORDERS, _RESTS)
    made = sorted({o.format(s=s, r=r) for s, o, r in parts if not (o[0] == "{" and " - " in s)})
    random.Random(0).shuffle(made)
    return made[:count]


def hostile(count: int) -> list[str]:
    """Strings that are no formula: code, nesting, length, bytes, half a formula."""
    rng = random.Random(1)
    code = [
        "__import__('os').system('x')",
        "().__class__.__bases__[0]",
        "lambda: 0",
        "u if u else w",
    ]
    code += [
        "exec('1')",
        "eval('u')",
        "u.__class__",
        "[u for u in w]",
        "open('/etc/passwd')",
        "u; w",
    ]
    large = [
        "(" * 128 + "u",
        "-" * 256,
        "u+" * 127 + "u",
        "9^9^9^9^9^9^9",
        "u^99",
        "1e999",
        "u" * 257,
    ]
    large += [
        "exp(" * 60 + "u" + ")" * 60,
        "|" * 200,
        "{" * 200,
        r"\frac" * 40,
        "u^" * 100 + "u",
        "2" * 256,
    ]
    half = [
        "",
        " ",
        "u +",
        "* u",
        "u ** ",
        "(u",
        "u)",
        "u 2",
        "1..2",
        "exp",
        "exp u w1",
        "sin^-1(u)",
    ]
    half += [
        "1/2u",
        r"\frac{u}",
        r"\foo{u}",
        "u__",
        "_u",
        "u'",
        "u!",
        "u%2",
        "u//2",
        "u=1",
        "u,u",
        "|u",
    ]
    found = code + large + half
    while len(found) < count:
        length = rng.randint(1, 240)
        kind = rng.choice(("ascii", "bytes", "signs"))
        if kind == "ascii":
            found.append("".join(chr(rng.randint(32, 126)) for _ in range(length)) + "@")
        elif kind == "bytes":
            found.append("".join(chr(rng.randint(1, 0x2FFF)) for _ in range(length)) + "\0")
        else:
            found.append("".join(rng.choice("+-*/^()|{}.") for _ in range(length)) + "*")
    return found[:count]
