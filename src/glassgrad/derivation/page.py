"""A derivation written down: as lines for a terminal, as LaTeX, as Markdown, as MathML for a page.

Each writer takes the rows it shows from `rows.py`.  Read next: `docs/derivations.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from glassgrad.derivation.numbers import value_formula
from glassgrad.derivation.rows import Row, checked, rows_of
from glassgrad.derivation.step import Step
from glassgrad.notation.formula import Formula, row
from glassgrad.notation.latex import latex
from glassgrad.notation.lines import Line, Role
from glassgrad.notation.mathml import math
from glassgrad.notation.plain import plain
from glassgrad.read.equations import EQUALS, Equation, Equations

_WIDE = 55
"""Characters that fit on a printed line, beside the name of the rule."""
_COLUMN = 10
"""Where the text of a row begins, after its label."""
STYLE = """<style>
.gg-derivation { font: 14px/1.6 system-ui, sans-serif; overflow-x: auto; }
.gg-derivation math { font-size: 1.15em; math-style: normal; }
.gg-derivation table { border-collapse: collapse; }
.gg-derivation tr { background: none !important; }
.gg-derivation td, .gg-derivation th { padding: .35em .9em; vertical-align: middle;
  border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent); font-weight: inherit;
  text-align: left !important; }
.gg-derivation .gg-note { opacity: .7; font-size: .88em; }
.gg-derivation .gg-bad { color: #c0392b; font-weight: bold; }
.gg-derivation .gg-check { max-width: 22em; white-space: normal; }
.gg-derivation td div { margin: .45em 0; }
.gg-derivation details { margin: .2em 0; }
</style>"""


class Pieces(NamedTuple):
    """What a derivation consists of: the computation with its values, the steps, the conventions."""

    forward: Equations
    values: Sequence[Any]
    steps: Sequence[Step]
    conventions: Sequence[str]

    def computed(self) -> Equations:
        """Each line of the computation with its value at the end."""
        pairs = zip(self.forward, self.values, strict=True)
        return Equations(
            [Equation(e.left, row(e.right, EQUALS, value_formula(v))) for e, v in pairs]
        )


def lines(found: Pieces) -> Iterator[Line]:
    """Line by line: the computation, the steps, the conventions."""
    yield Line("Computed", role="title")
    for e, value in zip(found.forward, found.values, strict=True):
        number = plain(value_formula(value))
        yield Line(str(e) if number == plain(e.right) else f"{e} = {number}", indent=2)
    for step in found.steps:
        where = f", layer {step.layer}" if step.layer else ""
        yield from (Line(""), Line(f"Step {step.number}: {step.rule}{where}", role="title"))
        yield from _lines_of((*rows_of(step), checked(step)))
    if found.conventions:
        yield from (Line(""), Line("Conventions", role="title"))
        yield from (Line(c, indent=2) for c in found.conventions)


def _lines_of(rows: Sequence[Row]) -> Iterator[Line]:
    here = next(str(r.equation) for r in rows if r.label == "here")
    for r in rows:
        text = " = ".join(map(plain, r.formulas)) or r.words
        if r.left is not None:
            text = f"{plain(r.left)} = {text}"
        if r.label == "rule" and text == here:
            continue
        if r.label == "where":
            yield Line(f"with {text}", indent=2, column=_COLUMN)
        else:
            role: Role = "" if r.label != "checked" else "good" if r.ok else "bad"
            yield Line(text, r.label, 2, _COLUMN, role)


def chain(rows: Sequence[Row]) -> list[Formula]:
    """What follows the equals signs: formula, numbers, value."""
    parts = [p for r in rows if r.label in ("here", "numbers") for p in r.formulas]
    return [p for i, p in enumerate(parts) if i == 0 or plain(p) != plain(parts[i - 1])]


def latex_document(found: Pieces) -> str:
    """Two `align*` environments and the conventions; amsmath is all they need."""
    computed, body = latex_blocks(found)
    if max((len(plain(p)) for s in found.steps for p in chain(rows_of(s))), default=0) > _WIDE:
        body = f"{{\\footnotesize\n{body}\n}}"
    said = "\n".join(rf"\par\noindent {_escaped(c)}" for c in found.conventions)
    return f"{computed}\n{body}\n{said}\n"


def markdown(found: Pieces) -> str:
    """The same for a notebook: the environments, and the conventions as a list."""
    said = "\n".join(f"- {c}" for c in found.conventions)
    return "\n\n".join([*latex_blocks(found), said]).strip()


def latex_blocks(found: Pieces) -> tuple[str, str]:
    """The computation and the steps, an `align*` environment each."""
    steps = " \\\\\n".join(_latex_of(step) for step in found.steps)
    return found.computed().to_latex(), f"\\begin{{align*}}\n{steps}\n\\end{{align*}}"


def _latex_of(step: Step) -> str:
    rows = rows_of(step)
    first, *others = chain(rows)
    is_long = sum(len(plain(p)) for p in (first, *others)) > _WIDE
    rest = "".join((" \\\\\n &= " if is_long else " = ") + latex(p) for p in others)
    rule = f" && \\text{{{_escaped(step.rule)}}}"
    found = f"{latex(step.left.name)} &= {latex(first)}"
    found += rule + rest if is_long else rest + rule
    for r in _readings(rows):
        left = "" if r.label == "in cases" else latex(r.equation.left)
        found += f" \\\\\n{left} &= {latex(r.equation.right)} && \\text{{{r.label}}}"
    return found


def _readings(rows: Iterable[Row]) -> Iterator[Row]:
    """What a printed page shows below the formula: the names in it, its cases, its form by index."""
    before = ""
    for r in rows:
        if r.label in ("in cases", "by index") or (r.label == "where" and before == "here"):
            yield r
        before = before if r.label == "where" else r.label


def _escaped(words: str) -> str:
    """Words for LaTeX: signs of mathematics go through their commands."""
    signs = {"∂": r"$\partial$", "′": "$'$", "δ": r"$\delta$", "ₓ": "$_x$", "x̄": r"$\bar x$"}
    for sign, command in signs.items():
        words = words.replace(sign, command)
    return words.replace("_", r"\_").replace("%", r"\%").replace("&", r"\&")


def html(found: Pieces) -> str:
    """A table of steps; index and element readings fold away, each with its check.  STYLE goes with it."""
    computed = "".join(f"<tr><td>{_shown(e)}</td></tr>" for e in found.computed())
    rows = "".join(_html_of(step) for step in found.steps)
    said = "".join(f"<li>{escape(c)}</li>" for c in found.conventions)
    return (
        f'<div class="gg-derivation"><table>{computed}</table>'
        f"<table><thead><tr><th>Step</th><th>Rule</th><th>Here, with numbers</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
        f'<ul class="gg-note">{said}</ul></div>'
    )


def _html_of(step: Step) -> str:
    rows = rows_of(step)
    rule = "".join(_shown(r.equation) for r in rows if r.label == "rule")
    layer = f"<br>layer {escape(step.layer)}" if step.layer else ""
    check = checked(step)
    look = "gg-note" if check.ok else "gg-bad"
    also = [r for r in _readings(rows) if r.label != "by index"]
    further = "".join(f"<div>{_shown(r.equation)}</div>" for r in also)
    return (
        f'<tr><td>{step.number}</td><td>{rule}<div class="gg-note">{escape(step.rule)}{layer}</div>'
        f'<div class="{look} gg-check">checked: {escape(check.words)}</div></td>'
        f"<td>{_linked(step.left.name, chain(rows))}{further}{_more(step, rows)}</td></tr>"
    )


def _more(step: Step, rows: Sequence[Row]) -> str:
    """The other readings and the shapes, folded away."""
    labels = [r.label for r in rows]
    begin = min(
        labels.index(x) for x in ("by index", "element", "shapes", "numbers") if x in labels
    )
    found = [_shown(r.equation) for r in rows[begin:] if r.left is not None]
    shapes = ", ".join(f"{escape(k)}&#8239;: {v}" for k, v in step.shapes.items() if v)
    if shapes:
        found.append(f'<span class="gg-note">{shapes}</span>')
    if not found:
        return ""
    lines = "".join(f"<div>{e}</div>" for e in found)
    return f'<details><summary class="gg-note">by index, by element</summary>{lines}</details>'


def _shown(equation: Equation) -> str:
    return math(equation.formula, alt=str(equation))


def _linked(left: Formula, chain: Sequence[Formula]) -> str:
    """The whole chain, one `<math>` for each link: a browser breaks lines between, never within."""
    links = [row(EQUALS, p) for p in chain]
    links[0] = row(left, links[0])
    return " ".join(math(link, alt=plain(link)) for link in links)
