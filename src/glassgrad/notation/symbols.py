r"""The signs of formulas: one table of how each is written in LaTeX and as text, and how it may be typed.

A formula with a command that is not here is refused by name.  The LaTeX reader, the printers, the names
of things, the reader of typed formulas and the reports all read this table.  Read next: `formula.py`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Sign:
    r"""One sign.

    `kind` is letter, operator, function, big (takes bounds below and above), space, bracket, accent or
    shape (letters of another shape).  `commands` is LaTeX, the one that is written first; `text` is what
    text and MathML show, of an accent the combining character, and `alone` is the accent without a letter.
    `means` is what the sign is in a formula that somebody types, empty where it is not read: the name of
    a letter, an operator, a bracket, a function.  `typed` are other characters for the same.
    """

    kind: str
    commands: tuple[str, ...]
    text: str
    means: str = ""
    typed: tuple[str, ...] = ()
    alone: str = ""


_GREEK = (
    r"\alpha α \beta β \gamma γ \delta δ \epsilon ϵ \varepsilon ε \zeta ζ \eta η \theta θ \vartheta ϑ "
    r"\kappa κ \lambda λ \mu μ \nu ν \xi ξ \pi π \rho ρ \sigma σ \tau τ \phi ϕ \varphi φ \chi χ \psi ψ "
    r"\omega ω \Gamma Γ \Delta Δ \Theta Θ \Lambda Λ \Xi Ξ \Pi Π \Sigma Σ \Phi Φ \Psi Ψ \Omega Ω"
)
_FUNCTIONS = "log ln exp sin cos tan tanh sinh cosh arctan arg det"
_SHAPES = "mathrm operatorname text mathbf boldsymbol mathcal mathbb"


def _sign(
    kind: str, commands: str, text: str, means: str = "", typed: str = "", alone: str = ""
) -> Sign:
    return Sign(kind, tuple(commands.split()), text, means, tuple(typed.split()), alone)


TABLE: tuple[Sign, ...] = (
    *(
        _sign("letter", command, text, means=command[1:])
        for command, text in zip(_GREEK.split()[::2], _GREEK.split()[1::2], strict=True)
    ),
    _sign("letter", r"\ell", "ℓ", "ell"),
    _sign("letter", r"\infty", "∞"),
    _sign("letter", r"\partial", "∂", "∂"),
    _sign("letter", r"\nabla", "∇"),
    _sign("letter", r"\surd", "√", "sqrt"),
    _sign("letter", r"\top", "⊤"),
    _sign("letter", r"\ldots \dots", "…"),
    _sign("letter", r"\cdots", "⋯"),
    _sign("letter", r"\emptyset", "∅"),
    _sign("operator", "+", "+", "+", typed="＋"),
    _sign("operator", "-", "−", "-", typed="- – ﹣ －"),
    _sign("operator", r"\pm", "±"),
    _sign("operator", r"\cdot", "·", "*", typed="⋅ ∙ •"),
    _sign("operator", r"\times", "×", "*", typed="✕"),
    _sign("operator", r"\odot", "⊙", "*"),
    _sign("operator", r"\ast *", "∗", "*", typed="*"),
    _sign("operator", r"\div", "÷", "/"),
    _sign("operator", "/", "/", "/", typed="∕ ⁄"),
    _sign("operator", r"\oslash", "⊘", "/"),
    _sign("operator", r"\star", "⋆"),
    _sign("operator", r"\circ", "∘"),
    _sign("operator", r"\otimes", "⊗"),
    _sign("operator", r"\oplus", "⊕"),
    _sign("operator", r"\wedge", "∧"),
    _sign("operator", r"\vee", "∨"),
    _sign("operator", r"\neg \lnot", "¬"),
    _sign("operator", "=", "="),
    _sign("operator", r"\leq \le", "≤"),
    _sign("operator", r"\geq \ge", "≥"),
    _sign("operator", r"< \lt", "<"),
    _sign("operator", r"> \gt", ">"),
    _sign("operator", r"\neq \ne", "≠"),
    _sign("operator", r"\in", "∈"),
    _sign("operator", r"\notin", "∉"),
    _sign("operator", r"\equiv", "≡"),
    _sign("operator", r"\approx", "≈"),
    _sign("operator", r"\sim", "∼"),
    _sign("operator", r"\to", "→"),
    _sign("operator", r"\leftarrow", "←"),
    _sign("operator", r"\mapsto", "↦"),
    _sign("operator", r"\colon :", ":"),
    _sign("operator", ",", ",", ","),
    _sign("operator", r"' \prime", "′", typed="' ’"),
    _sign("operator", r"\%", "%"),
    *(_sign("function", rf"\{name}", name, name) for name in _FUNCTIONS.split()),
    _sign("big", r"\sum", "∑"),
    _sign("big", r"\prod", "∏"),
    _sign("big", r"\int", "∫"),
    _sign("big", r"\max", "max", "max"),
    _sign("big", r"\min", "min", "min"),
    _sign("big", r"\lim", "lim"),
    *(_sign("space", rf"\{sign}", " ", " ") for sign in ",;:"),
    Sign("space", ("\\ ",), " ", " "),
    _sign("space", r"\!", "", " "),
    _sign("space", r"\quad", "  ", " "),
    _sign("space", r"\qquad", "    ", " "),
    _sign("bracket", r"\{", "{", "{"),
    _sign("bracket", r"\}", "}", "}"),
    _sign("bracket", r"| \vert \lvert \rvert \mid", "|", "|"),
    _sign("bracket", r"\| \Vert \lVert \rVert", "‖"),
    _sign("bracket", r"\lfloor", "⌊"),
    _sign("bracket", r"\rfloor", "⌋"),
    _sign("accent", r"\hat \widehat", "\u0302", "hat", alone="^"),
    _sign("accent", r"\bar \overline", "\u0304", "bar", alone="¯"),
    _sign("accent", r"\tilde", "\u0303", "tilde", alone="~"),
    _sign("accent", r"\dot", "\u0307", "dot", alone="˙"),
    _sign("accent", r"\vec", "\u20d7", "vec", alone="→"),
    *(_sign("shape", rf"\{name}", "", "letters") for name in _SHAPES.split()),
)

SIGNS = {command: sign for sign in TABLE for command in sign.commands}
"""Every sign by its LaTeX."""

WORDS = {s.means: s.text for s in TABLE if s.kind == "letter" and s.commands[0] == rf"\{s.means}"}
"""Letters by the word that is typed for them: alpha is α."""

ACCENTS = {s.means: s for s in TABLE if s.kind == "accent"}
"""Accents by the word that is typed for them: yhat is ŷ."""

COMBINING = {s.text: s.means for s in TABLE if s.kind == "accent"}
"""The words of accents, by the combining character."""

BLACKBOARD = {"1": "𝟙", "R": "ℝ", "E": "𝔼", "N": "ℕ"}
RAISED = dict(zip("0123456789+-−()nijkT⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱʲᵏᵀᵀ", strict=True))
LOWERED = dict(
    zip("0123456789+−()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
"""Small letters above and below the line, as far as Unicode has them."""

_WRITTEN = {s.text: s.commands[0] for s in TABLE if s.kind != "accent" and s.text.strip()}


def command(text: str) -> str:
    r"""The LaTeX of a sign as text shows it.

    >>> command("α"), command("≤"), command("x")
    ('\\alpha', '\\leq', 'x')
    """
    return _WRITTEN.get(text, text)


def in_sentence(sign: str) -> str:
    r"""The LaTeX, in math mode, of a sign among words, `²` and `ŷ` too; empty if it needs none.

    >>> in_sentence("²"), in_sentence("½"), in_sentence("ŷ"), in_sentence("e")
    ('{}^2', '\\tfrac{1}{2}', '\\hat{y}', '')
    """
    if sign in _WRITTEN:
        return "" if sign.isascii() else command(sign)
    for table, mark in ((RAISED, "^"), (LOWERED, "_")):
        if base := [plain for plain, small in table.items() if small == sign]:
            return f"{{}}{mark}{_braced(command(base[-1]))}"
    tag, *codes = (*unicodedata.decomposition(sign).split(), "")
    parts = [chr(int(code, 16)) for code in (tag, *codes) if code and code[0] != "<"]
    if tag in ("<super>", "<sub>"):
        return f"{{}}{'^' if tag == '<super>' else '_'}{_braced(command(parts[0]))}"
    if tag == "<fraction>":
        return rf"\tfrac{{{parts[0]}}}{{{parts[2]}}}"
    if tag == "<compat>" and len(parts) == 1:
        return in_sentence(parts[0])
    if len(parts) == 2 and parts[1] in COMBINING and parts[0] not in "aeinouAEINOU":
        return rf"\{COMBINING[parts[1]]}{{{parts[0]}}}"  # ŷ, but not the letters of languages
    return ""


def _braced(latex: str) -> str:
    return latex if len(latex) == 1 and latex.isalnum() else f"{{{latex}}}"
