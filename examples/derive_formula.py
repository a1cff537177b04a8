"""A pen-and-paper exercise: f = σ(w₁x₁ + w₂x₂) + ½(w₁² + w₂²), its derivatives, and a printed mistake.

Homework 2 of 600.482/682 asks for ∂f/∂w₁ and prints −e⁻ᵘx₁/(1 + e⁻ᵘ)² + w₁.  The sign is wrong, and the
numbers show it.
"""

import math

import glassgrad as gg
from glassgrad.derivation import derive

w1, w2 = gg.tensor(0.3, "w1"), gg.tensor(-0.5, "w2")
x1, x2 = gg.tensor(0.2, "x1"), gg.tensor(0.4, "x2")

u = w1 * x1 + w2 * x2
u.name = "u"  # what has a name stays in the formulas
f = 1 / (1 + gg.exp(-u)) + 0.5 * (w1**2 + w2**2)
f.name = "f"

d = derive(f, [w1, w2, x1, x2])
print(d)  # every step: rule, formula, numbers, check
print()
print(d.formula(w1))  # in terms of u and its gradient
print(d.formula(u))
print(d.expanded(w1))  # in the leaves alone
print(d.formula(w1, known=(), functions=True))  # with σ where it was written as a fraction

e = math.exp(-u.item())
printed = -e * 0.2 / (1 + e) ** 2 + 0.3
print(f"printed in the homework: {printed:.5f}, right: {d.gradient(w1):.5f}")

assert d.check.ok
assert abs(d.gradient(w1) - 0.34976) < 1e-5
assert abs(printed - 0.25024) < 1e-5
