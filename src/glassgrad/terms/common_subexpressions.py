"""Parts of an expression that occur more than once get a name, so that they are written once.

Read next: `rules.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from glassgrad.notation.formula import Atom, Script, letter
from glassgrad.notation.plain import plain
from glassgrad.terms.terms import Apply, Symbol, Term, evaluate, postorder, rebuild, size, symbols

LONG = 30
"""Signs up to which a formula is left as it is."""
_WORTH = 4


def shared(term: Term, taken: Iterable[str] = ()) -> tuple[list[tuple[Symbol, Term]], Term]:
    """Definitions of the parts that occur twice or more, in order of use, and the term in these.

    `taken` are names, as text, that new ones must not begin like.
    """
    if size(term) <= LONG:
        return [], term
    uses: Counter[Term] = Counter()
    for t in dict.fromkeys(postorder(term)):
        uses.update(t.args)
    used = {n[0] for n in (*taken, *(plain(s.name) for s in symbols(term)))}
    name = next(c for c in "tuvqrhaz" if c not in used or c == "z")
    found: list[tuple[Symbol, Term]] = []
    new: dict[Term, Symbol] = {}

    def abbreviate(t: Term) -> Term:
        if t in new:
            return new[t]
        original = substituted(t, found)
        if not isinstance(t, Apply) or uses[original] < 2 or size(t) < _WORTH:
            return t
        count = str(len(found) + 1)
        label = Script(letter(name), Atom("number", count, count), None)
        new[t] = Symbol(f"shared {count}", label, evaluate(t), shape=t.shape)
        found.append((new[t], t))
        return new[t]

    return found, rebuild(term, abbreviate)


def substituted(term: Term, definitions: list[tuple[Symbol, Term]]) -> Term:
    """The term with abbreviations written out again."""
    by = dict(reversed(definitions))
    full = term
    for _ in definitions:
        full = rebuild(full, lambda t: by.get(t, t) if isinstance(t, Symbol) else t)
    return full
