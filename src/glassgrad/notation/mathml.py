"""A formula as MathML, which browsers show by themselves: no script, no fonts, no network.

Only elements of MathML Core are used, so it looks the same wherever Core is drawn.
Read next: `names.py`.
"""

from __future__ import annotations

from html import escape

from glassgrad.notation.fill import is_big, is_call, is_operator, is_prefix
from glassgrad.notation.formula import (
    Atom,
    Fence,
    Formula,
    Frac,
    Over,
    Root,
    Row,
    Script,
    Table,
    conditioned,
)
from glassgrad.notation.symbols import SIGNS

_APPLY = "<mo>&#x2061;</mo>"
"""Function application: shown as nothing, spoken as "of"."""
_THIN = '<mspace width="0.17em"></mspace>'


def math(formula: Formula, display: bool = False, alt: str = "") -> str:
    """A whole `<math>` element; `alt` is what readers without MathML get.

    >>> from glassgrad.notation.latex_parser import parse
    >>> math(parse("x^2"))
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    shown = ' display="block"' if display else ""
    spoken = f' alttext="{escape(alt)}"' if alt else ""
    return f"<math{shown}{spoken}>{mathml(formula)}</math>"


def mathml(formula: Formula) -> str:
    """The formula as MathML, without the `<math>` around it."""
    match formula:
        case Row(parts):
            return f"<mrow>{_row(parts)}</mrow>"
        case Atom(_, _, _):
            return _atom(formula)
        case Frac(top, bottom):
            return f"<mfrac>{mathml(top)}{mathml(bottom)}</mfrac>"
        case Root(body):
            return f"<msqrt>{mathml(body)}</msqrt>"
        case Script(_, _, _):
            return _script(formula)
        case Over(accent, body):
            alone = SIGNS[rf"\{accent}"].alone
            mark = f'<mo stretchy="false">{alone}</mo>'
            return f'<mover accent="true">{mathml(body)}{mark}</mover>'
        case Fence(left, body, right):
            tall = _is_tall(body)
            inside = (
                f"{_bracket(left, 'prefix', tall)}{mathml(body)}{_bracket(right, 'postfix', tall)}"
            )
            return f"<mrow>{inside}</mrow>"
        case Table(kind, rows):
            return _table(kind, rows)
    raise TypeError(f"a slot without argument in {formula}")


def _row(parts: tuple[Formula, ...]) -> str:
    text = ""
    for i, part in enumerate(parts):
        if i and is_call(parts[i - 1], part):
            text += _APPLY
        elif i and _is_function(parts[i - 1]) and _is_argument(part):
            text += f"{_APPLY}{_THIN}"  # log y, not logy
        if is_operator(part, frozenset("+−±")) and is_prefix(parts, i):
            text += f'<mo form="prefix">{part.text}</mo>'  # type: ignore[attr-defined]
        else:
            text += mathml(part)
    return text


def _atom(atom: Atom) -> str:
    text = escape(atom.text)
    match atom.kind:
        case "number":
            return f"<mn>{text}</mn>"
        case "operator":
            return f"<mo>{text}</mo>"
        case "space":
            is_thin = text.strip(" ") == "" and len(text) < 2
            return _THIN if is_thin else '<mspace width="1em"></mspace>'
        case "text":
            return f"<mtext>{text.replace(' ', '&#160;')}</mtext>"
        case "big":
            return f'<mo movablelimits="false" largeop="true">{text}</mo>'
        case "letter" if atom.latex.startswith(r"\mathrm") and len(text) == 1:
            return f'<mi mathvariant="normal">{text}</mi>'
    return f"<mi>{text}</mi>"  # a word in <mi> is upright by itself


def _script(formula: Script) -> str:
    below, above = formula.below, formula.above
    empty = isinstance(formula.base, Row) and not formula.base.parts
    base = "<mrow></mrow>" if empty else mathml(formula.base)
    names = (
        ("munder", "mover", "munderover") if is_big(formula.base) else ("msub", "msup", "msubsup")
    )
    name = names[2] if below and above else names[0] if below else names[1]
    scripts = "".join(mathml(s) for s in (below, above) if s is not None)
    return f"<{name}>{base}{scripts}</{name}>"


def _is_function(part: Formula) -> bool:
    """Whether this is the name of a function, with a power or without."""
    while isinstance(part, Script):
        part = part.base
    return isinstance(part, Atom) and part.kind == "function"


def _is_argument(part: Formula) -> bool:
    """Whether this is something, and neither a sign nor a space."""
    return not (is_operator(part) or (isinstance(part, Atom) and part.kind == "space"))


def _is_tall(part: Formula) -> bool:
    """Whether brackets around it must grow."""
    match part:
        case Row(parts):
            return any(map(_is_tall, parts))
        case Frac(_, _) | Root(_) | Table(_, _):
            return True
        case Script(base, below, above):
            return is_big(base) or any(map(_is_tall, (base, below or Row(()), above or Row(()))))
        case Fence(_, body, _) | Over(_, body):
            return _is_tall(body)
    return isinstance(part, Atom) and part.kind == "big"


def _bracket(sign: str, form: str, tall: bool = True) -> str:
    """One bracket; browsers put space around those that may stretch, so only tall ones may."""
    if not sign:
        return ""
    stretch = "true" if tall else "false"
    look = f'form="{form}" fence="true" stretchy="{stretch}" lspace="0em" rspace="0em"'
    return f"<mo {look}>{escape(sign)}</mo>"


def _table(kind: str, rows: tuple[tuple[Formula, ...], ...]) -> str:
    left = {"pmatrix": "(", "bmatrix": "[", "cases": "{"}.get(kind, "")
    right = {"pmatrix": ")", "bmatrix": "]"}.get(kind, "")
    align = "left" if kind == "cases" else "center"
    lines = "".join(
        "<mtr>"
        + "".join(f'<mtd style="text-align:{align}">{mathml(c)}</mtd>' for c in r)
        + "</mtr>"
        for r in conditioned(kind, rows)
    )
    return f"<mrow>{_bracket(left, 'prefix')}<mtable>{lines}</mtable>{_bracket(right, 'postfix')}</mrow>"
