"""The table of signs, held row by row against Unicode's names, and used by all readers and printers."""

import string
import unicodedata
from dataclasses import replace

import pytest

from glassgrad.errors import SettingError
from glassgrad.notation.latex import latex
from glassgrad.notation.latex_parser import parse
from glassgrad.notation.mathml import mathml
from glassgrad.notation.plain import plain
from glassgrad.notation.symbols import LOWERED, RAISED, TABLE, in_sentence
from glassgrad.report import prose
from glassgrad.terms import parser
from glassgrad.terms.terms import evaluate
from glassgrad.terms.tokens import FormulaError

SMALL = "alpha beta gamma delta zeta eta theta kappa lamda mu nu xi pi rho sigma tau chi psi omega"
CAPITAL = "Gamma Delta Theta Lamda Xi Pi Sigma Phi Psi Omega"
SIGNS = r"""
\epsilon     | GREEK LUNATE EPSILON SYMBOL | epsilon
\varepsilon  | GREEK SMALL LETTER EPSILON | varepsilon
\vartheta    | GREEK THETA SYMBOL | vartheta
\phi         | GREEK PHI SYMBOL | phi
\varphi      | GREEK SMALL LETTER PHI | varphi
\ell         | SCRIPT SMALL L | ell
\infty       | INFINITY |
\partial     | PARTIAL DIFFERENTIAL | ∂
\nabla       | NABLA |
\surd        | SQUARE ROOT | sqrt
\top         | DOWN TACK |
\ldots \dots | HORIZONTAL ELLIPSIS |
\cdots       | MIDLINE HORIZONTAL ELLIPSIS |
\emptyset    | EMPTY SET |
+            | PLUS SIGN | + | FULLWIDTH PLUS SIGN
-            | MINUS SIGN | - | HYPHEN-MINUS, EN DASH, SMALL HYPHEN-MINUS, FULLWIDTH HYPHEN-MINUS
\pm          | PLUS-MINUS SIGN |
\cdot        | MIDDLE DOT | * | DOT OPERATOR, BULLET OPERATOR, BULLET
\times       | MULTIPLICATION SIGN | * | MULTIPLICATION X
\odot        | CIRCLED DOT OPERATOR | *
\ast *       | ASTERISK OPERATOR | * | ASTERISK
\div         | DIVISION SIGN | /
/            | SOLIDUS | / | DIVISION SLASH, FRACTION SLASH
\oslash      | CIRCLED DIVISION SLASH | /
\star        | STAR OPERATOR |
\circ        | RING OPERATOR |
\otimes      | CIRCLED TIMES |
\oplus       | CIRCLED PLUS |
\wedge       | LOGICAL AND |
\vee         | LOGICAL OR |
=            | EQUALS SIGN |
\leq \le     | LESS-THAN OR EQUAL TO |
\geq \ge     | GREATER-THAN OR EQUAL TO |
< \lt        | LESS-THAN SIGN |
> \gt        | GREATER-THAN SIGN |
\neq \ne     | NOT EQUAL TO |
\in          | ELEMENT OF |
\notin       | NOT AN ELEMENT OF |
\neg \lnot   | NOT SIGN |
\equiv       | IDENTICAL TO |
\approx      | ALMOST EQUAL TO |
\sim         | TILDE OPERATOR |
\to          | RIGHTWARDS ARROW |
\leftarrow   | LEFTWARDS ARROW |
\mapsto      | RIGHTWARDS ARROW FROM BAR |
\colon :     | COLON |
,            | COMMA | ,
' \prime     | PRIME | | APOSTROPHE, RIGHT SINGLE QUOTATION MARK
\%           | PERCENT SIGN |
\sum         | N-ARY SUMMATION |
\prod        | N-ARY PRODUCT |
\int         | INTEGRAL |
\{           | LEFT CURLY BRACKET | {
\}           | RIGHT CURLY BRACKET | }
| \vert \lvert \rvert \mid | VERTICAL LINE | VERTICAL LINE
\| \Vert \lVert \rVert | DOUBLE VERTICAL LINE |
\lfloor      | LEFT FLOOR |
\rfloor      | RIGHT FLOOR |
\hat \widehat | COMBINING CIRCUMFLEX ACCENT | hat | CIRCUMFLEX ACCENT
\bar \overline | COMBINING MACRON | bar | MACRON
\tilde       | COMBINING TILDE | tilde | TILDE
\dot         | COMBINING DOT ABOVE | dot | DOT ABOVE
\vec         | COMBINING RIGHT ARROW ABOVE | vec | RIGHTWARDS ARROW
"""
WORDS = {
    "function": [
        "log",
        "ln",
        "exp",
        "sin",
        "cos",
        "tan",
        "tanh",
        "sinh",
        "cosh",
        "arctan",
        "arg",
        "det",
    ],
    "shape": ["mathrm", "operatorname", "text", "mathbf", "boldsymbol", "mathcal", "mathbb"],
    "big": ["max", "min", "lim"],
}
SPACES = {
    "\\,": " ",
    "\\;": " ",
    "\\:": " ",
    "\\ ": " ",
    "\\!": "",
    "\\quad": "  ",
    "\\qquad": "    ",
}


def the_list():
    """What the table must be, as (commands, text, meaning, others, alone) for each row."""
    rows = set()
    for words, case in ((SMALL, "SMALL"), (CAPITAL, "CAPITAL")):
        for word in words.split():
            command = word.replace("amda", "ambda")
            sign = unicodedata.lookup(f"GREEK {case} LETTER {word.upper()}")
            rows.add(((f"\\{command}",), sign, command, (), ""))
    for line in SIGNS.strip().splitlines():
        bar = " | VERTICAL" if line.startswith("| ") else " | "
        commands, _, rest = line.partition(bar)
        if line.startswith("| "):
            rows.add((tuple(commands.split()), "|", "|", (), ""))
            continue
        name, means, others = (part.strip() for part in f"{rest} | | ".split(" |")[:3])
        found = [unicodedata.lookup(n.strip()) for n in others.split(",") if n.strip()]
        accent = name.startswith("COMBINING")
        sign = unicodedata.lookup(name)
        typed, alone = ((), found[0]) if accent else (tuple(found), "")
        rows.add((tuple(commands.split()), sign, means, typed, alone))
    for name in WORDS["function"]:
        rows.add(((f"\\{name}",), name, name, (), ""))
    for name in WORDS["shape"]:
        rows.add(((f"\\{name}",), "", "letters", (), ""))
    for name in WORDS["big"]:
        rows.add(((f"\\{name}",), name, "" if name == "lim" else name, (), ""))
    return rows | {((c,), text, " ", (), "") for c, text in SPACES.items()}


def as_rows(table):
    return {(s.commands, s.text, s.means, s.typed, s.alone) for s in table}


def test_the_table_is_the_list():
    ours, expected = as_rows(TABLE), the_list()
    assert ours == expected, ours ^ expected
    assert len(ours) == len(TABLE)


@pytest.mark.parametrize("i", range(len(TABLE)), ids=lambda i: TABLE[i].commands[0])
def test_a_row_that_is_gone_or_altered_is_found(i):
    """Planted in each row: removed, another sign, another meaning, a command or a spelling less."""
    sign, rest = TABLE[i], TABLE[:i] + TABLE[i + 1 :]
    altered = [replace(sign, text=f"{sign.text}x"), replace(sign, means=f"{sign.means}x")]
    altered += [replace(sign, commands=sign.commands[1:]), replace(sign, alone=f"{sign.alone}x")]
    altered += [replace(sign, typed=sign.typed[1:])] if sign.typed else []
    for table in (rest, *((*rest, row) for row in altered)):
        assert as_rows(table) != the_list()


SHOWN = [(s, c) for s in TABLE if s.kind not in ("accent", "shape") for c in s.commands]


@pytest.mark.parametrize(("sign", "command"), SHOWN, ids=[c for _, c in SHOWN])
def test_every_command_is_read_and_printed_as_its_sign(sign, command):
    formula = parse(f"a {command} b")
    atom = formula.parts[1]
    assert atom.text == sign.text
    assert latex(formula) == f"a {command} b"
    assert sign.text.strip() in plain(formula)
    shown = mathml(formula)
    assert sign.text.replace("<", "&lt;").replace(">", "&gt;").strip() in shown
    if sign.kind == "bracket":
        assert f"\\left{sign.commands[0]} x" in latex(parse(rf"\left{command} x \right{command}"))


@pytest.mark.parametrize("sign", [s for s in TABLE if s.kind == "accent"], ids=lambda s: s.means)
def test_every_accent_is_read_printed_and_typed(sign):
    for command in sign.commands:
        assert plain(parse(f"{command}{{x}}")) == unicodedata.normalize("NFC", f"x{sign.text}")
        assert f'<mo stretchy="false">{sign.alone}</mo>' in mathml(parse(f"{command} x"))
        assert latex(parse(f"{command} x")) == f"{command}{{x}}"
    spellings = [f"x{sign.text}", f"x{sign.means}", f"x_{sign.means}"]
    spellings += [f"{c}{{x}}" for c in sign.commands]
    names = {tuple(parser.parse(text, [], free=True).names) for text in spellings}
    assert names == {(f"x{sign.means}",)}


@pytest.mark.parametrize(
    "sign", [s for s in TABLE if s.kind == "shape"], ids=lambda s: s.commands[0]
)
def test_letters_of_every_shape_are_read_printed_and_typed(sign):
    command = sign.commands[0]
    assert plain(parse(f"{command}{{ab}}")) == "ab"
    assert latex(parse(f"{command}{{ab}}")) == f"{command}{{ab}}"
    assert parser.parse(f"{command}{{x}} + 1", [], free=True).names == ["x"]


def test_the_letters_of_a_blackboard():
    for letter, name in (("1", "ONE"), ("R", "R"), ("E", "E"), ("N", "N")):
        text = plain(parse(rf"\mathbb{{{letter}}}"))
        assert (
            f"DOUBLE-STRUCK {'DIGIT' if letter == '1' else 'CAPITAL'} {name}"
            in unicodedata.name(text)
        )


LETTERS = [s for s in TABLE if s.kind == "letter" and s.means.isalpha() and s.means != "sqrt"]


@pytest.mark.parametrize("sign", LETTERS, ids=lambda s: s.means)
def test_every_letter_may_be_typed_as_a_word_a_command_and_a_sign(sign):
    spellings = [sign.means, sign.text, *sign.commands] if sign.means != "ell" else sign.commands
    found = {
        float(evaluate(parser.parse(f"2 {text}", [sign.text]).term, {sign.text: 3.0}))
        for text in spellings
    }
    assert found == {6.0}
    assert len({tuple(parser.parse(f"{t}_1", [], free=True).names) for t in spellings}) == 1


OPERATIONS = {"+": 8.0, "-": 4.0, "*": 12.0, "/": 3.0}
TYPED = [(s, c) for s in TABLE if s.means in OPERATIONS for c in (s.text, *s.commands, *s.typed)]


@pytest.mark.parametrize(("sign", "spelling"), TYPED, ids=[c for _, c in TYPED])
def test_every_operator_may_be_typed_in_all_its_spellings(sign, spelling):
    term = parser.parse(f"x {spelling} y", ["x", "y"]).term
    assert evaluate(term, {"x": 6.0, "y": 2.0}) == OPERATIONS[sign.means]


def test_what_else_may_be_typed():
    values = {"x": -6.0, "y": 2.0}
    for sign in TABLE:
        for command in sign.commands:
            if sign.kind == "space":
                assert evaluate(parser.parse(f"x{command} y", values).term, values) == -12
            elif sign.means == "|":
                assert evaluate(parser.parse(f"{command} x {command}", values).term, values) == 6
            elif sign.means in ("max", "min"):
                wanted = 2 if sign.means == "max" else -6
                assert evaluate(parser.parse(f"{command}(x, y)", values).term, values) == wanted
            elif sign.kind == "function" and sign.text not in ("arctan", "arg", "det"):
                both = (f"{command} y", f"{sign.text}(y)")
                assert (
                    len({float(evaluate(parser.parse(t, values).term, values)) for t in both}) == 1
                )
    assert evaluate(parser.parse(r"\{x + y\} y", values).term, values) == -8
    assert evaluate(parser.parse("√y", values).term, values) == pytest.approx(2**0.5)


NOT_READ = [(s, c) for s in TABLE if not s.means for c in (s.text, *s.commands, *s.typed)]


@pytest.mark.parametrize(("sign", "spelling"), NOT_READ, ids=[c for _, c in NOT_READ])
def test_a_sign_without_a_meaning_is_refused_at_its_place(sign, spelling):
    with pytest.raises(FormulaError) as caught:
        parser.parse(f"x {spelling} y", ["x", "y"])
    assert caught.value.position == 2


def test_small_raised_and_lowered_letters_are_unicodes_own():
    for table, tag in ((RAISED, "<super>"), (LOWERED, "<sub>")):
        assert len(table) >= 20
        for letter, small in table.items():
            if (letter, small) not in (("-", "⁻"), ("⊤", "ᵀ")):
                assert unicodedata.normalize("NFKC", small) == letter
            assert unicodedata.decomposition(small).startswith(tag)
    assert plain(parse("x^{i}_{0}")) == "x₀ⁱ"


def test_a_sign_in_a_sentence_goes_through_its_command():
    printable = f"{string.printable}…"
    for sign in TABLE:
        if (
            sign.kind in ("letter", "operator", "bracket", "big")
            and len(sign.text) == 1
            and sign.text not in printable
        ):
            assert prose.latex(sign.text) == f"${sign.commands[0]}$"
    assert [in_sentence(c) for c in "²ₙ½µŷ"] == [
        "{}^2",
        "{}_n",
        r"\tfrac{1}{2}",
        r"\mu",
        r"\hat{y}",
    ]
    assert prose.latex("naïve élan, mañana") == "naïve élan, mañana"


def test_an_unknown_command_is_refused_by_name():
    with pytest.raises(SettingError, match=r"unknown command .heartsuit"):
        parse(r"\heartsuit")
