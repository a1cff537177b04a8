"""A formula as one line of text, for terminals and for search: ∂L/∂w = Σₙ (yₙ − tₙ)·xₙ.

The text of a formula of numbers and names can be evaluated from left to right: products have a dot,
divisors and powers have the parentheses they need.  Read next: `mathml.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from glassgrad.notation.fill import (
    ATOM,
    CALL,
    PRODUCT,
    SUM,
    is_big,
    is_call,
    is_operator,
    is_prefix,
    is_space,
    strength,
)
from glassgrad.notation.formula import Atom, Fence, Formula, Frac, Over, Root, Row, Script, Table
from glassgrad.notation.symbols import LOWERED, RAISED, SIGNS

_MANY = frozenset("+−±·×⊙")
_SPACED = frozenset("+−±=<>≤≥≠∈∉→↦←≈≡∼⋆∗∘⊗⊙⊕∧∨")


def plain(formula: Formula) -> str:
    """The formula in one line of Unicode text.

    >>> from glassgrad.notation.latex_parser import parse
    >>> plain(parse(r"\\frac{\\partial L}{\\partial w_1} = \\sum_n x_n \\left(y_n - t_n\\right)^2"))
    '∂L/∂w₁ = ∑ₙ xₙ·(yₙ − tₙ)²'
    """
    match formula:
        case Row(parts):
            return _row(parts)
        case Atom(_, text):
            return text
        case Frac(top, bottom):
            return f"{_closed(top, PRODUCT)}/{_closed(bottom, CALL)}"
        case Root(body):
            return f"√({plain(body)})"
        case Script(_, _, _):
            return _script(formula)
        case Over(accent, body):
            return _accented(SIGNS[f"\\{accent}"].text, plain(body))
        case Fence(_, Table("cases", _), _):
            return plain(formula.body)  # the cases bring their own parentheses
        case Fence(left, body, right):
            return f"{left}{plain(body)}{right}"
        case Table(kind, rows):
            return _cases(rows) if kind == "cases" else _matrix(rows)
    raise TypeError(f"a slot without argument in {formula}")


def _closed(formula: Formula, needed: int) -> str:
    """As text, in parentheses if looser than `needed`; a fraction is as loose as its slash."""
    text = plain(formula)
    is_slash = isinstance(formula, Frac) and needed > PRODUCT
    return f"({text})" if is_slash or strength(formula) < needed else text


def _row(parts: tuple[Formula, ...]) -> str:
    text, last = "", None
    for i, part in enumerate(parts):
        if is_space(part):
            continue
        if last is not None:
            text += _between(last, part, apart=is_space(parts[i - 1]))
        if is_operator(part, _SPACED) and not is_prefix(parts, i):
            text += f" {plain(part)} "
        elif is_operator(part, frozenset(",;:")):
            text += f"{plain(part)} "
        else:
            own = plain(part)
            is_after_sign = last is not None and is_operator(last, _MANY) and own.startswith("−")
            text += f"({own})" if is_after_sign else own
        last = part
    return text


def _between(left: Formula, right: Formula, apart: bool) -> str:
    """What text needs between two neighbours: a dot in a product, a space after a sum sign."""
    if is_operator(left) or is_operator(right):
        return ""
    if (is_call(left, right) and not apart) or (isinstance(left, Atom) and left.text in "∂√"):
        return ""
    head = left.base if isinstance(left, Script) else left
    if is_big(left) or (isinstance(head, Atom) and head.kind in ("function", "text")):
        return " "
    return " " if isinstance(right, Atom) and right.kind == "text" else "·"


def _script(formula: Script) -> str:
    base = formula.base
    if is_big(base):
        return plain(base) + "".join(
            _shifted(s, table, mark)
            for s, table, mark in ((formula.below, LOWERED, "_"), (formula.above, RAISED, "^"))
            if s is not None
        )
    bare = strength(base) == ATOM or (isinstance(base, Fence) and not base.left)
    text = plain(base) if bare else f"({plain(base)})"
    if isinstance(base, Row) and not base.parts:
        text = ""
    if isinstance(base, Fence) and base.right == "|" and formula.below is not None:
        return text + plain(formula.below)  # ∂L/∂x|z, the part that comes through z
    if formula.below is not None:
        text += _shifted(formula.below, LOWERED, "_")
    if formula.above is not None:
        text += _shifted(formula.above, RAISED, "^")
    return text


def _shifted(script: Formula, table: dict[str, str], mark: str) -> str:
    """Small raised or lowered letters where Unicode has them, else ^(…) and _{…}."""
    text = plain(script)
    compact = text.replace("·", "") if mark == "_" else text
    if all(c in table for c in compact):
        return "".join(table[c] for c in compact)
    if len(text) == 1:
        return mark + text
    return f"_{{{compact}}}" if mark == "_" else f"^({text})"


def _accented(mark: str, text: str) -> str:
    """x̂: the mark goes on the first letter."""
    return unicodedata.normalize("NFC", text[0] + mark) + text[1:]


def _cases(rows: tuple[tuple[Formula, ...], ...]) -> str:
    """(a if x > 0 else b): read as Python reads it."""
    *first, last = [(_closed(value, SUM), _condition(when)) for value, *when in rows]
    text = "".join(f"{value} if {when} else " for value, when in first)
    value, when = last
    return f"({text}{value})" if when in ("", "otherwise", "else") else f"({text}{value} if {when})"


def _condition(when: Sequence[Formula]) -> str:
    return "".join(map(plain, when)).strip().removeprefix("if ").strip()


def _matrix(rows: tuple[tuple[Formula, ...], ...]) -> str:
    return "[" + "; ".join("  ".join(map(plain, r)) for r in rows) + "]"
