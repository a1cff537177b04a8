"""Every formula that is one small change away from a typed one, with what to say if it is right.

The outermost changes come first.  A new kind of slip is one more case in `_here`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glassgrad import ops
from glassgrad.notation.names import symbol
from glassgrad.terms.functions import functions
from glassgrad.terms.places import Place, Typed
from glassgrad.terms.terms import Apply, Number, Symbol, Term, apply

Edit = tuple[int, str, str, Term]
"""How likely (low is likely), kind, sentence, the formula after the edit."""


def edits(typed: Typed, names: Iterable[str]) -> Iterator[Edit]:
    """Every single change: signs, numbers, names, functions, a part too much, a factor too few."""
    names = list(names)
    for place, level in typed.walk():
        for rank, kind, sentence, new in _here(typed, place, names):
            yield rank + level, kind, sentence, typed.exchanged(place.term, new)


def addends(typed: Typed, term: Term) -> list[tuple[int, Term, str]]:
    """The terms of a sum as they were typed: sign, term, and text with a minus before it."""
    place = typed.places[term]
    if not isinstance(term, Apply) or term.op not in (ops.add, ops.subtract) or place.function:
        return []
    signs = [1] * len(place.parts)
    for i in range(len(signs) - 1, 0, -1):
        assert isinstance(term, Apply)
        signs[i] = -1 if term.op == ops.subtract else 1
        term = term.args[0]
    ends = [typed.places[part].end for part in place.parts]
    before = [0, *ends]
    return [
        (s, part, typed.quote(part) if s > 0 else f"'{typed.text[b:e].strip()}'")
        for s, part, b, e in zip(signs, place.parts, before, ends, strict=False)
    ]


def _here(typed: Typed, place: Place, names: list[str]) -> Iterator[Edit]:
    term, quote = place.term, typed.quote(place.term)
    is_minus = isinstance(term, Apply) and term.op == ops.negative
    opposite = term.args[0] if is_minus else apply(ops.negative, term)
    yield 0, "sign", f"The sign of {quote} is wrong.", opposite
    if isinstance(term, Number):
        for value in (2 * term.value, term.value / 2, term.value + 1, term.value - 1):
            yield 100, "number", f"In place of {quote} it should be {value:g}.", Number(value)
    elif isinstance(term, Symbol):
        for name in names:
            if name != term.key:
                sentence = f"In place of {quote} it should be {name}."
                yield 200, "name", sentence, Symbol(name, symbol(name))
    else:
        yield from _of_parts(typed, place, quote)
        yield from _factors(place, names, quote)


def _of_parts(typed: Typed, place: Place, quote: str) -> Iterator[Edit]:
    """Changes of what a part is made of: a sign, one too many, another function."""
    if place.function:
        for other in dict.fromkeys(functions().values()):
            if other.inputs == place.function.inputs and not isinstance(other.call, ops.Truth):
                sentence = f"In place of {quote} it should be {other.name}."
                yield 400, "function", sentence, other(place.parts)
        return
    assert isinstance(place.term, Apply)
    terms = addends(typed, place.term)
    for i, (sign, _, text) in enumerate(terms):
        signed = [(s, t) for s, t, _ in terms]
        rest = [*signed[:i], *signed[i + 1 :]]
        yield 300, "extra term", f"The term {text} is too much.", _total(rest)
        if sign < 0:
            signed[i] = (1, signed[i][1])
            yield 1, "sign", f"The sign of {text} is wrong.", _total(signed)
    if place.term.op == ops.multiply:
        for i, part in enumerate(place.parts):
            rest_of = [*place.parts[:i], *place.parts[i + 1 :]]
            sentence = f"The factor {typed.quote(part)} is too much."
            yield 300, "extra factor", sentence, _product(rest_of)
    if place.term.op == ops.divide:
        top, bottom = place.parts
        yield 300, "extra factor", f"The division by {typed.quote(bottom)} is too much.", top


def _factors(place: Place, names: list[str], quote: str) -> Iterator[Edit]:
    """What a part lacks: a square, or a factor that the chain rule brings."""
    term = place.term
    assert isinstance(term, Apply)
    if place.function or term.op not in (ops.power, ops.exp):
        yield 150, "power", f"{quote} should be squared.", apply(ops.power, term, Number(2.0))
    for name in names:
        what = Symbol(name, symbol(name))
        rest = apply(ops.subtract, Number(1.0), what)
        for label, factor in ((name, what), (f"(1 - {name})", rest)):
            sentence = f"{quote} lacks the factor {label}: the chain rule."
            yield 250, "missing factor", sentence, apply(ops.multiply, term, factor)


def _total(terms: list[tuple[int, Term]]) -> Term:
    (sign, total), *rest = terms
    total = total if sign > 0 else apply(ops.negative, total)
    for s, term in rest:
        total = apply(ops.add if s > 0 else ops.subtract, total, term)
    return total


def _product(factors: list[Term]) -> Term:
    product, *rest = factors
    for factor in rest:
        product = apply(ops.multiply, product, factor)
    return product
