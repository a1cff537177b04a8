r"""A formula read from text, without `eval`: a Pratt parser with limits, which builds a term.

Accepted: `+ - * / ^ **`, parentheses, `2x`, `w1 x1`, `x²`, `½`, `|x|`, the elementwise functions of
glassgrad, and simple LaTeX: `\frac{a}{b}`, `e^{-u}`, `\sigma(u)`, `\cdot`, `\hat{y}_1`.  What a reader
could take two ways is refused, `1/2x` for one.  Read next: `ambiguous.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from glassgrad import ops
from glassgrad.errors import GlassgradError
from glassgrad.notation.names import symbol
from glassgrad.terms.ambiguous import (
    check_number_to_the_power,
    check_power,
    check_product,
    is_called,
)
from glassgrad.terms.functions import Function
from glassgrad.terms.latex_commands import COMMANDS, log_base
from glassgrad.terms.places import Typed
from glassgrad.terms.reader import CLOSES, Limits, Reader
from glassgrad.terms.terms import Apply, Number, Symbol, Term, apply, evaluate, symbols
from glassgrad.terms.tokens import FormulaError, Token, instead_of
from glassgrad.terms.vocabulary import Vocabulary


def parse(
    text: str, names: Iterable[str], limits: Limits | None = None, *, free: bool = False
) -> Typed:
    r"""Read a formula in the given names.

    Args:
        text: the formula; if `free`, `y = ` or `f(x) = ` may stand before it.
        names: what it may mention; `w_1`, `w1` and `w_{1}` are the same name.
        limits: the largest formula that is read.
        free: whether a letter that means nothing else is a new name.

    Raises:
        FormulaError: with the position, what was expected there, and a caret under it.

    >>> typed = parse(r"\frac{1}{1 + e^{-2 w_1}}", ["w1"])
    >>> round(float(evaluate(typed.term, {"w1": 0.5})), 6)
    0.731059
    """
    limits = limits or Limits()
    if len(text) > limits.characters:
        raise FormulaError(
            text, limits.characters, f"at most {limits.characters} characters, got {len(text)}"
        )
    words = Vocabulary(names, free)
    title = _TITLE.match(text) if free else None
    named = title is not None and not words.is_given(title[1])
    parser = Parser(text, words, limits, len(title[0]) if title and named else 0)
    root = parser.formula()
    if (count := parser.places[root].count) > limits.nodes:
        raise FormulaError(text, 0, f"at most {limits.nodes} parts, got {count}")
    typed = Typed(text, root, parser.places, title[1] if title and named else "")
    if typed.name and words.name(typed.name):
        raise FormulaError(text, 0, f"a formula without {typed.name}, which is its own name")
    return typed


_TITLE = re.compile(r"\s*([^\W\d_]\w*)\s*(?:\([\w\s,]*\))?\s*=(?!=)")
_SUM, _PRODUCT, _SIGN, _POWER = 10, 20, 25, 30
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "^": _POWER}
_CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}
_CHAINS = ((ops.add, ops.subtract), (ops.multiply,))


class Parser(Reader):
    """One formula being read: the grammar."""

    def __init__(self, text: str, words: Vocabulary, limits: Limits, start: int = 0) -> None:
        super().__init__(text, limits, start)
        self.words = words
        self.depth = self.bars = 0
        self.slashed: Term | None = None  # the quotient just made by a '/', not yet in parentheses
        self.clumps: set[int] = set()  # words that were read as several names

    # ---- operators

    def formula(self) -> Term:
        root = self.expression(0)
        if self.token.kind != "end":
            raise self.error("an operator or the end of the formula")
        return root

    def expression(self, strength: int) -> Term:
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
        if self.places[left].depth > self.limits.depth:
            raise self.error(f"at most {self.limits.depth} levels of nesting", left)
        return left

    def begins_operand(self) -> bool:
        if self.token.kind == "number":
            raise self.error("an operator before this number")
        opens = self.sees(*CLOSES) or (self.sees("|") and not self.bars)
        return opens or self.token.kind in ("name", "command")

    def side_by_side(self, left: Term) -> Term:
        """`2x` is a product; `1/2x` could mean two things."""
        check_product(self, left, is_quotient=left is self.slashed)
        return self.chain(ops.multiply, left, self.expression(_PRODUCT))

    def binary(self, left: Term, sign: Token) -> Term:
        if sign.text == "^":
            check_power(self, left, left_is_clump=id(left) in self.clumps)
        right = self.expression(_BINDING[sign.text] - (sign.text == "^"))
        if sign.text in "/^" and id(right) in self.clumps:
            raise self.error(f"parentheses around all that belongs to the '{sign.text}'", right)
        if sign.text in "+-*":
            return self.chain(_OPS[sign.text], left, right)
        if sign.text == "/":
            self.slashed = self.made(ops.divide, left, right)
            return self.slashed
        return self.power(left, right)

    def made(self, op: ops.Op, *args: Term) -> Term:
        """An op applied to parts that stand side by side."""
        start, end = self.places[args[0]].start, self.places[args[-1]].end
        return self.places.put(apply(op, *args), start, end, args)

    def chain(self, op: ops.Op, left: Term, right: Term) -> Term:
        """A sum or a product; a longer one has all its terms, or all its factors, as parts."""
        place, same = self.places[left], _CHAINS[op == ops.multiply]
        longer = isinstance(left, Apply) and left.op in same and not place.function
        items = (*(place.parts if longer else (left,)), right)
        whole = apply(op, left, right)
        return self.places.put(whole, place.start, self.places[right].end, items)

    def power(self, base: Term, exponent: Term) -> Term:
        natural = isinstance(base, Number) and base.value == math.e
        if not natural and not symbols(exponent):
            size = abs(float(evaluate(exponent)))
            if not size <= self.limits.exponent:
                raise self.error(f"an exponent of at most {self.limits.exponent:g}", exponent)
        check_number_to_the_power(self, base)
        if natural:
            start, end = self.places[base].start, self.places[exponent].end
            return self.places.put(apply(ops.exp, exponent), start, end, (exponent,))
        return self.made(ops.power, base, exponent)

    # ---- operands

    def operand(self) -> Term:
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "name":
            return self.named(*self.whole_word(token.text, token))
        if token.kind == "command":
            return self.command(token)
        if token.kind == "sign" and token.text in "+-":
            item = self.expression(_SIGN)
            if token.text == "+":
                return item
            end = self.places[item].end
            return self.places.put(apply(ops.negative, item), token.start, end, (item,))
        if token.kind == "sign" and token.text in CLOSES:
            return self.group(token)
        if token.kind == "sign" and token.text == "|":
            return self.absolute(token)
        raise self.error("a number, a name or '('", token)

    def number(self, token: Token) -> Term:
        value = float(token.text)
        if len(token.text) > 32 or not math.isfinite(value):
            raise self.error("a number of at most 32 digits, below 1e308", token)
        return self.places.put(Number(value), token.start, token.end)

    def group(self, opening: Token) -> Term:
        item = self.expression(0)
        self.clumps.discard(id(item))
        self.slashed = None if item is self.slashed else self.slashed
        return self.places.move(item, opening.start, self.need(CLOSES[opening.text]).end)

    def absolute(self, opening: Token) -> Term:
        if self.sees("|") and self.is_adjacent():
            raise FormulaError(self.text, opening.start, instead_of(r"\|"))
        self.bars += 1
        item = self.expression(0)
        self.bars -= 1
        return self.called(
            Function("abs", 1, 0, ops.abs), [item], opening.start, self.need("|").end
        )

    def named(self, word: str, start: int, end: int) -> Term:
        """What a word means: a name of the caller's, a function, a constant, or several names."""
        if word.endswith("_"):
            raise FormulaError(self.text, end, "a subscript after '_'")
        if re.search(r"\{.*[^\w\s,{}].*\}", word):  # x_{n+1} and x_{n-1} are no names
            raise FormulaError(self.text, start, "a subscript of letters and digits only")
        if known := self.words.name(word):
            return self.symbol(known, start, end)
        function = self.words.function(word)
        if function and (self.sees("(", "[") or not self.words.is_letter(word)):
            return self.call(function, start)
        if word in _CONSTANTS:
            return self.places.put(Number(_CONSTANTS[word]), start, end)
        if function is None and (called := log_base(self, word, start)):
            return called
        if parts := self.words.side_by_side(word):
            factors = [self.symbol(part, start, end) for part in parts]
            product = factors[0]
            for factor in factors[1:]:
                product = self.chain(ops.multiply, product, factor)
            self.clumps.add(id(product))
            return product
        new = None if is_called(self, word, function) else self.words.new(word)
        if new is None:
            raise FormulaError(self.text, start, self.words.expected(word))
        return self.symbol(new, start, end)

    def symbol(self, name: str, start: int, end: int) -> Term:
        return self.places.put(Symbol(name, symbol(name)), start, end)

    def call(self, function: Function, start: int) -> Term:
        exponent = None
        if self.sees("^"):  # tanh^2(x) is (tanh(x))^2
            self.take()
            exponent = self.operand()
            if not isinstance(exponent, Number):
                raise self.error(f"a positive number as the power of {function.name}", exponent)
        args, end = self.arguments(function)
        called = self.called(function, args, start, end)
        return called if exponent is None else self.power(called, exponent)

    def arguments(self, function: Function) -> tuple[list[Term], int]:
        """What a function is applied to, and where that ends."""
        if self.sees("[") and function.name == "sqrt":
            raise self.error("'('")
        if self.sees(*CLOSES):
            opening = self.take()
            args = [self.expression(0)]
            while self.sees(","):
                self.take()
                args.append(self.expression(0))
            return args, self.need(CLOSES[opening.text]).end
        bar = self.sees("|") and not self.bars
        if not bar and self.token.kind not in ("name", "number", "command"):
            raise self.error(f"'(' after {function.name}")
        item = self.expression(_SIGN)  # \sin x; what follows must not look like more of it
        if self.begins_operand() or self.sees("/", "*"):
            raise self.error(f"parentheses around all that {function.name} takes")
        return [item], self.places[item].end

    def called(self, function: Function, args: list[Term], start: int, end: int) -> Term:
        inputs, settings = args[: function.inputs], args[function.inputs :]
        if len(inputs) < function.inputs or len(settings) > function.settings:
            most = function.inputs + function.settings
            count = f"{function.inputs}" + (f" to {most}" if function.settings else "")
            raise FormulaError(
                self.text,
                start,
                f"{count} argument{'s' * (most > 1)} of {function.name}, got {len(args)}",
            )
        for setting in settings:
            if symbols(setting):
                raise self.error(f"a number as a setting of {function.name}", setting)
        try:
            term = function(inputs, [float(evaluate(s)) for s in settings])
        except GlassgradError as error:
            raise FormulaError(self.text, start, f"settings that work: {error}") from error
        return self.places.put(term, start, end, tuple(inputs), function)

    def command(self, token: Token) -> Term:
        """A LaTeX command: a fraction, a root, an accent or a function."""
        if token.text in COMMANDS:
            return COMMANDS[token.text](self, token)
        word, start, _ = self.whole_word(token.text[1:], token)
        if function := self.words.function(word):
            return self.call(function, start)
        if called := log_base(self, word, start):
            return called
        some = "\\frac, \\sqrt, \\cdot, a Greek letter or a function"
        raise self.error(instead_of(token.text, some), token)


_OPS = {"+": ops.add, "-": ops.subtract, "*": ops.multiply}
