r"""The words of LaTeX that formulas here may use, with the signs they stand for.

`\alpha` is the letter α, `\le` the sign ≤, `\log` the name of a function, `\sum` a sign that takes
bounds.  A formula with any other command is refused by name.  Read next: `formula.py`.
"""

from __future__ import annotations

from collections.abc import Callable

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
SIGNS = {
    "letter": _GREEK
    | {"ell": "ℓ", "infty": "∞", "partial": "∂", "nabla": "∇", "top": "⊤", "ldots": "…"}
    | {"dots": "…", "cdots": "⋯", "emptyset": "∅", "Vert": "‖", "|": "‖"},
    "operator": {
        "cdot": "·", "times": "×", "odot": "⊙", "oslash": "⊘", "ast": "∗", "star": "⋆",
        "circ": "∘", "otimes": "⊗", "oplus": "⊕", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥",
        "geq": "≥", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠", "in": "∈", "notin": "∉", "to": "→",
        "mapsto": "↦", "mid": "|", "equiv": "≡", "approx": "≈", "sim": "∼", "leftarrow": "←",
        "colon": ":", "vert": "|", "prime": "′", "wedge": "∧", "vee": "∨", "%": "%", "{": "{", "}": "}",
    },
}  # fmt: skip
"""Letters and operators by the name of their command."""

FUNCTIONS = {
    "log": "log", "ln": "ln", "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh",
    "sinh": "sinh", "cosh": "cosh", "arctan": "arctan", "arg": "arg", "det": "det",
}  # fmt: skip
BIG = {"sum": "∑", "prod": "∏", "int": "∫", "max": "max", "min": "min", "lim": "lim"}
"""What takes bounds below and above."""

SPACES = {",": " ", ";": " ", ":": " ", "!": "", " ": " ", "quad": "  ", "qquad": "    "}
ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
ACCENTS |= {"overline": "\u0304", "widehat": "\u0302"}
"""Accents with the combining character that text uses."""


def _blackboard(text: str) -> str:
    return {"1": "𝟙", "R": "ℝ", "E": "𝔼", "N": "ℕ"}.get(text, text)


UPRIGHT: dict[str, Callable[[str], str]] = {
    "mathrm": str,
    "operatorname": str,
    "text": str,
    "mathbf": str,
    "mathcal": str,
    "mathbb": _blackboard,
}
"""Commands for letters of another shape, with what text shows for them."""
