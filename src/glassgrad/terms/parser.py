r"""A formula read from text, without `eval`: a Pratt parser with limits.

Accepted: `+ - * / ^ **`, parentheses, `2x`, `w1 x1`, `x²`, the functions of `tree.FUNCTIONS`, and simple
LaTeX: `\frac{a}{b}`, `e^{-u}`, `\sigma(u)`, `\cdot`, `\hat{y}_1`.  What a reader could take two ways is
refused, `1/2x` for one.  Read next: `check/formula/formula.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from glassgrad.terms import tree
from glassgrad.terms.tokens import FormulaError, Token, canonical, splits, tokenize
from glassgrad.terms.tree import CONSTANTS, FUNCTIONS, Node


@dataclass(frozen=True)
class Limits:
    """How large a formula may be: what strangers type must be refused early when it is too much."""

    characters: int = 256
    nodes: int = 64
    depth: int = 16
    exponent: float = 10.0


def parse(
    text: str, names: Iterable[str], limits: Limits | None = None, *, free: bool = False
) -> Node:
    r"""Read a formula in the given names.

    Args:
        text: the formula.
        names: what it may mention; `w_1`, `w1` and `w_{1}` are the same name.
        limits: the largest formula that is read.
        free: whether a word that means nothing else is a new name.

    Raises:
        FormulaError: with the position, what was expected there, and a caret under it.

    >>> tree = parse(r"\frac{1}{1 + e^{-2 w_1}}", ["w1"])
    >>> round(float(tree.evaluate({"w1": 0.5})), 6)
    0.731059
    """
    limits = limits or Limits()
    if len(text) > limits.characters:
        raise FormulaError(
            text, limits.characters, f"at most {limits.characters} characters, got {len(text)}"
        )
    root = _Parser(text, names, limits, free).formula()
    if (count := sum(1 for _ in root.walk())) > limits.nodes:
        raise FormulaError(text, 0, f"at most {limits.nodes} parts, got {count}")
    return root


_SUM, _PRODUCT, _SIGN, _POWER = 10, 20, 25, 30
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_UPRIGHT = ("mathbf", "mathrm", "boldsymbol", "operatorname", "text")
_ACCENTS = {"\\hat": "hat", "\\bar": "bar", **{f"\\{word}": "" for word in _UPRIGHT}}


class _Parser:
    """One formula being read: a position in its tokens."""

    def __init__(self, text: str, names: Iterable[str], limits: Limits, free: bool) -> None:
        self.text, self.limits, self.free = text, limits, free
        self.tokens, self.at = tokenize(text), 0
        self.depth = self.bars = 0
        self.slashed: Node | None = None  # the quotient just made by a '/', not yet in parentheses
        self.names = {canonical(n): n for n in names}

    # ---- moving along

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def sees(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def need(self, sign: str) -> Token:
        if not self.sees(sign):
            raise self.error(f"'{sign}'")
        return self.take()

    def error(self, expected: str, at: Token | Node | None = None) -> FormulaError:
        return FormulaError(self.text, (at or self.token).start, expected)

    # ---- operators

    def formula(self) -> Node:
        root = self.expression(0)
        if self.token.kind != "end":
            raise self.error("an operator or the end of the formula")
        return root

    def expression(self, strength: int) -> Node:
        """Read as far as operators bind more strongly than `strength`."""
        self.depth += 1
        if self.depth > 3 * self.limits.depth:
            raise self.error(f"at most {self.limits.depth} levels of nesting")
        left = self.operand()
        while True:
            binding = _BINDING.get(self.token.text, 0) if self.token.kind == "sign" else 0
            if binding > strength:
                left = self.binary(left, self.take())
            elif not binding and strength < _PRODUCT and self.begins_operand():
                left = self.side_by_side(left)
            else:
                break
        self.depth -= 1
        if left.depth > self.limits.depth:
            raise self.error(f"at most {self.limits.depth} levels of nesting", left)
        return left

    def begins_operand(self) -> bool:
        if self.token.kind == "number":
            raise self.error("an operator before this number")
        opens = self.sees(*_CLOSES) or (self.sees("|") and not self.bars)
        return opens or self.token.kind in ("name", "command")

    def side_by_side(self, left: Node) -> Node:
        """`2x` is a product; `1/2x` could mean two things."""
        if left is self.slashed:
            raise self.error("'*', or parentheses around all that is below the '/'")
        return _product(left, self.expression(_PRODUCT))

    def binary(self, left: Node, sign: Token) -> Node:
        right = self.expression(_BINDING[sign.text] - (sign.text == "^"))
        if sign.text == "+":
            return _sum(left, right)
        if sign.text == "-":
            return _sum(left, tree.Negative(sign.start, right.end, right))
        if sign.text == "*":
            return _product(left, right)
        if sign.text == "/":
            self.slashed = tree.Quotient(left.start, right.end, left, right)
            return self.slashed
        return self.power(left, right)

    def power(self, base: Node, exponent: Node) -> Node:
        natural = isinstance(base, tree.Number) and base.value == math.e
        known = not any(isinstance(part, tree.Name) for part in exponent.walk())
        if known and not natural:
            size = abs(float(exponent.evaluate({})))
            if not size <= self.limits.exponent:
                raise self.error(f"an exponent of at most {self.limits.exponent:g}", exponent)
        return tree.Power(base.start, exponent.end, base, exponent)

    # ---- operands

    def operand(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind in ("name", "command"):
            return self.name(token) if token.kind == "name" else self.command(token)
        if token.kind == "sign" and token.text in "+-":
            item = self.expression(_SIGN)
            return item if token.text == "+" else tree.Negative(token.start, item.end, item)
        if token.kind == "sign" and token.text in _CLOSES:
            return self.group(token)
        if token.kind == "sign" and token.text == "|":
            return self.absolute(token)
        raise self.error("a number, a name or '('", token)

    def number(self, token: Token) -> Node:
        value = float(token.text)
        if len(token.text) > 32 or not math.isfinite(value):
            raise self.error("a number of at most 32 digits, below 1e308", token)
        return tree.Number(token.start, token.end, value)

    def group(self, opening: Token) -> Node:
        item = self.expression(0)
        return replace(item, start=opening.start, end=self.need(_CLOSES[opening.text]).end)

    def absolute(self, opening: Token) -> Node:
        self.bars += 1
        item = self.expression(0)
        self.bars -= 1
        return tree.Call(opening.start, self.need("|").end, "abs", item)

    def name(self, token: Token) -> Node:
        word, end = token.text, token.end
        if self.token.kind == "subscript":
            word, end = word + self.token.text, self.take().end
        return self.named(word, token.start, end)

    def named(self, word: str, start: int, end: int) -> Node:
        """What a word means: a name of the caller's, a function, a constant, or several names."""
        if word.endswith("_"):
            raise FormulaError(self.text, end, "a subscript after '_'")
        known = self.names.get(canonical(word))
        if known is not None:
            return tree.Name(start, end, known)
        function = next((f for f in (word, word.lower()) if f in FUNCTIONS), None)
        if function is not None:
            return self.call(function, start)
        if word in CONSTANTS:
            return tree.Number(start, end, CONSTANTS[word])
        ways = splits(canonical(word), tuple(self.names))
        if not ways and self.free and not (word[1:].isalpha() and self.sees("(")):
            return tree.Name(start, end, self.names.setdefault(canonical(word), canonical(word)))
        if len(ways) != 1:
            raise FormulaError(self.text, start, self.known_names())
        factors = tuple(tree.Name(start, end, self.names[part]) for part in ways[0])
        return tree.Product(start, end, factors)

    def known_names(self) -> str:
        names = ", ".join(sorted(set(self.names.values()))) or "(there are none)"
        return f"one of the names {names} or a function ({', '.join(FUNCTIONS)})"

    def call(self, function: str, start: int) -> Node:
        exponent = None
        if self.sees("^"):  # tanh^2(x) is (tanh(x))^2
            self.take()
            exponent = self.operand()
            if not isinstance(exponent, tree.Number):
                raise self.error(f"a positive number as the power of {function}", exponent)
        item = self.argument(function)
        called = tree.Call(start, item.end, function, item)
        return called if exponent is None else self.power(called, exponent)

    def argument(self, function: str) -> Node:
        if self.sees(*_CLOSES):
            return self.group(self.take())
        if self.token.kind not in ("name", "number", "command"):
            raise self.error(f"'(' after {function}")
        item = self.expression(_SIGN)  # \sin x; what follows must not look like more of it
        if self.begins_operand():
            raise self.error(f"parentheses around all that {function} takes")
        return item

    def command(self, token: Token) -> Node:
        """A LaTeX command: a fraction, an accent or a function."""
        if token.text == "\\frac":
            return self.fraction(token)
        if token.text in _ACCENTS:
            word, end = self.accented(token)
            return self.named(word, token.start, end)
        if token.text[1:] in FUNCTIONS:
            return self.call(token.text[1:], token.start)
        raise self.error("\\frac, \\sqrt, \\cdot, a Greek letter or a function", token)

    def accented(self, token: Token) -> tuple[str, int]:
        braces = self.sees("{")
        if braces:
            self.take()
        if self.token.kind != "name":
            raise self.error("a name")
        word, end = self.token.text, self.take().end
        if braces:
            end = self.need("}").end
        if self.token.kind == "subscript":
            word, end = word + self.token.text, self.take().end
        return word + _ACCENTS[token.text], end

    def fraction(self, token: Token) -> Node:
        opening = self.need("{")
        if self.token.text == "\\partial":
            return self.derivative(token)
        top = self.group(opening)
        bottom = self.group(self.need("{"))
        return tree.Quotient(token.start, self.tokens[self.at - 1].end, top, bottom)

    def derivative(self, token: Token) -> Node:
        r"""`\frac{\partial J}{\partial z_1}` is the name `dz1`: a gradient that is already known."""
        while not self.sees("}"):
            if self.token.kind not in ("command", "name", "subscript"):
                raise self.error("'}' after \\partial and a name")
            self.take()
        self.take(), self.need("{")
        if self.take().text != "\\partial":
            raise self.error("\\partial", self.tokens[self.at - 1])
        inner = self.take()
        word = self.accented(inner)[0] if inner.text in _ACCENTS else inner.text
        if self.token.kind == "subscript":
            word += self.take().text
        known = self.names.get("d" + canonical(word))
        if known is None:
            raise self.error(self.known_names(), inner)
        return tree.Name(token.start, self.need("}").end, known)


def _sum(left: Node, right: Node) -> Node:
    items = left.items if isinstance(left, tree.Sum) else (left,)
    return tree.Sum(left.start, right.end, (*items, right))


def _product(left: Node, right: Node) -> Node:
    items = left.items if isinstance(left, tree.Product) else (left,)
    return tree.Product(left.start, right.end, (*items, right))
