"""Putting formulas into the slots of another one, with the parentheses that its reading needs.

How tightly a formula holds together is seen from its tree: a + b is loose, a b is tighter, a fraction or
tanh(x) tighter still, a letter or a bracket cannot come apart.  A slot asks for a certain tightness from
where it stands; what is looser gets parentheses.  So no op says anything about precedence.
Read next: `plain.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassgrad.notation.formula import (
    ALL,
    Atom,
    Fence,
    Formula,
    Frac,
    Over,
    Root,
    Row,
    Script,
    Slot,
    Table,
    row,
)

LOOSE, SUM, HADAMARD, PRODUCT, CALL, ATOM = range(6)
_ADDITIVE = frozenset("+−±")
_TIMES = frozenset("·×⊙⊘∗∘⊗/⋆′")
_TIGHT = frozenset("⋆∗∘⊗/")  # between these a product gets parentheses, for the eye
DOT = Atom("operator", "·", r"\cdot")


def fill(formula: Formula, arguments: Sequence[Formula]) -> Formula:
    """The formula with each `Slot(i)` replaced by `arguments[i]`."""
    if formula == Slot(ALL) or (isinstance(formula, Fence) and formula.body == Slot(ALL)):
        listed = row(*[p for a in arguments for p in (Atom("operator", ",", ","), a)][1:])
        return Fence(formula.left, listed, formula.right) if isinstance(formula, Fence) else listed
    if isinstance(formula, Row):
        return _fill_row(formula, arguments)
    return _put(formula, arguments, LOOSE)


def strength(formula: Formula) -> int:
    """How tightly a formula holds together, from LOOSE to ATOM."""
    match formula:
        case Row(parts):
            return _row_strength(parts)
        case Atom("number", text):
            return SUM if text.startswith(("-", "−")) else ATOM
        case Frac(_, _):
            return CALL
        case Script(base, _, above):
            return ATOM if above is None and not is_big(base) else CALL
        case Fence(left, _, right):
            return ATOM if left and right else LOOSE
        case Table(kind, _):
            return ATOM if kind.endswith("matrix") else LOOSE
    return ATOM


def _row_strength(parts: tuple[Formula, ...]) -> int:
    signs = {p.text for p in parts if isinstance(p, Atom) and p.kind == "operator"}
    if signs - _ADDITIVE - _TIMES:
        return LOOSE
    if signs & _ADDITIVE:
        return SUM
    if "⊙" in signs:
        return HADAMARD  # looser than a matrix product: A B ⊙ C is (A B) ⊙ C
    if not parts:
        return ATOM
    if len(parts) == 2 and isinstance(parts[0], Atom) and parts[0].text == "∂":
        return ATOM
    return CALL if len(parts) == 2 and is_call(*parts) else PRODUCT


def is_call(head: Formula, tail: Formula) -> bool:
    """Whether two neighbours are a function and its argument: a name, then a bracket."""
    while isinstance(head, Script | Over):
        head = head.base if isinstance(head, Script) else head.body
    named = isinstance(head, Atom) and head.kind in ("function", "letter", "big")
    return named and isinstance(tail, Fence)


def is_big(part: Formula) -> bool:
    """Whether this is a sum sign or the like, with bounds or without."""
    return (isinstance(part, Atom) and part.kind == "big") or (
        isinstance(part, Script) and is_big(part.base)
    )


def is_space(part: Formula) -> bool:
    """Whether this is only a space."""
    return isinstance(part, Atom) and part.kind == "space"


def is_operator(part: Formula, among: frozenset[str] | None = None) -> bool:
    """Whether this is an operator, or one of some; one with a script stays an operator."""
    while isinstance(part, Script):
        part = part.base
    return (
        isinstance(part, Atom) and part.kind == "operator" and (among is None or part.text in among)
    )


def is_prefix(parts: Sequence[Formula], i: int) -> bool:
    """Whether the sign at i belongs to what follows, as the minus of −x and |−x|, not of |x| − y."""
    before = [p for p in parts[:i] if not is_space(p)]
    if not before or not is_operator(before[-1]):
        return not before
    last = _base(before[-1])
    if last.text in ("|", "‖"):
        return sum(is_operator(p) and _base(p) == last for p in before) % 2 == 1
    return last.text not in ("⌋", "}", "′", "%")


def _base(part: Formula) -> Atom:
    while isinstance(part, Script):
        part = part.base
    assert isinstance(part, Atom)
    return part


def starts_with_minus(formula: Formula) -> bool:
    """Whether a minus comes first, so that a + or · before it would look odd."""
    first = _first(formula)
    return isinstance(first, Atom) and first.text.startswith(("−", "-"))


def _first(formula: Formula) -> Formula:
    match formula:
        case Row((first, *_)) | Script(first, _, _):
            return _first(first)
    return formula


def _ends_open(formula: Formula) -> bool:
    """Whether what follows would be read as belonging to it, as after the sum sign in Σ a."""
    return isinstance(formula, Row) and any(map(is_big, formula.parts))


def bracketed(formula: Formula, needed: int, no_minus: bool = False) -> Formula:
    """The formula, in parentheses if it is looser than `needed`."""
    if strength(formula) < needed or (no_minus and starts_with_minus(formula)):
        return Fence("(", formula, ")")
    return formula


def _put(formula: Formula, arguments: Sequence[Formula], needed: int) -> Formula:
    """Fill one piece; a slot's argument gets parentheses unless it is as tight as `needed`."""
    match formula:
        case Slot(number):
            return bracketed(arguments[number], needed)
        case Row(_):
            return _fill_row(formula, arguments)
        case Frac(top, bottom):
            return Frac(_put(top, arguments, LOOSE), _put(bottom, arguments, LOOSE))
        case Root(body):
            return Root(_put(body, arguments, LOOSE))
        case Over(accent, body):
            return Over(accent, _put(body, arguments, ATOM))
        case Script(base, below, above):
            under, over = (s and _put(s, arguments, LOOSE) for s in (below, above))
            body = _put(base, arguments, ATOM)
            if isinstance(body, Script) and body.above is None and under is None:
                return Script(body.base, body.below, over)  # w₁² has both on one letter
            return Script(body, under, over)
        case Fence(left, body, right):
            return _fence(left, _put(body, arguments, LOOSE), right)
        case Table(kind, rows):
            return Table(kind, tuple(tuple(_put(c, arguments, LOOSE) for c in r) for r in rows))
    return formula


def _fence(left: str, body: Formula, right: str) -> Formula:
    """A bracket around the same bracket is one."""
    if isinstance(body, Fence) and (body.left, body.right) == (left, right) == ("(", ")"):
        return body
    return Fence(left, body, right)


def _fill_row(formula: Row, arguments: Sequence[Formula]) -> Formula:
    filled: list[Formula] = []
    for i, part in enumerate(formula.parts):
        if isinstance(part, Slot):
            new = _in_row(formula.parts, i, arguments[part.number])
            _dot_before_number(filled, new)
            filled.append(new)
            follows = formula.parts[i + 1] if i + 1 < len(formula.parts) else None
            if isinstance(follows, Fence) and follows.left == "(":
                filled.append(Atom("space", " ", r"\,"))  # y(1 - y) is a product, not y of 1 - y
        else:
            filled.append(_put(part, arguments, LOOSE))
    return row(*filled)


def _in_row(parts: Sequence[Formula], i: int, argument: Formula) -> Formula:
    """An argument among its neighbours in a row."""
    before, after = _neighbour(parts, i, -1), _neighbour(parts, i, 1)
    if before is None and after is None:
        return argument
    if _is_factor(before) or _is_factor(after):
        tight = any(p is not None and is_operator(p, _TIGHT) for p in (before, after))
        function = isinstance(before, Atom) and before.kind == "function"
        hadamard = all(p is None or is_operator(p, frozenset("⊙")) for p in (before, after))
        needed = ATOM if function else CALL if tight else HADAMARD if hadamard else PRODUCT
        open_end = _ends_open(argument) and _is_factor(after)
        if before is None and not tight and isinstance(argument, Atom):
            return argument  # -2 x, a negative number at the front
        return bracketed(argument, ATOM if open_end else needed, no_minus=before is not None)
    minus = before is not None and is_operator(before, frozenset("−"))
    sign = before is not None and is_operator(before, _ADDITIVE)
    return bracketed(argument, PRODUCT if minus else SUM, no_minus=sign)


def _neighbour(parts: Sequence[Formula], i: int, step: int) -> Formula | None:
    i += step
    while 0 <= i < len(parts) and is_space(parts[i]):
        i += step
    return parts[i] if 0 <= i < len(parts) else None


def _is_factor(part: Formula | None) -> bool:
    return part is not None and (not is_operator(part) or is_operator(part, _TIMES))


def _dot_before_number(filled: list[Formula], new: Formula) -> None:
    """2 after a factor is written · 2, since a 2 and a2 are something else."""
    first = _first(new)
    if isinstance(first, Frac):
        first = _first(first.top)
    if not (isinstance(first, Atom) and first.kind == "number") or not filled:
        return
    if is_space(filled[-1]):
        filled.pop()
    if filled and not is_operator(filled[-1]) and not is_big(filled[-1]):
        filled.append(DOT)
