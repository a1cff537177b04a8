"""A derivation written down: as text for a terminal, as LaTeX for a document, as MathML for a page.

Read next: `docs/derivations.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from glassgrad.derivation.numbers import value_formula
from glassgrad.derivation.step import Step
from glassgrad.notation.formula import Formula, row
from glassgrad.notation.latex import latex
from glassgrad.notation.mathml import math
from glassgrad.notation.plain import plain
from glassgrad.read.equations import EQUALS, Equation, Equations

_LONG = 250
"""Characters up to which a formula is repeated with its numbers."""
_WIDE = 55
"""Characters that fit on a printed line, beside the name of the rule."""
_STYLE = """<style>
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


def text(
    steps: Sequence[Step], forward: Equations, values: Sequence[Any], said: Sequence[str]
) -> str:
    """Line by line: the computation, the steps, the conventions."""
    lines = ["Computed"]
    lines += [f"  {e}{_equals(e.right, v)}" for e, v in zip(forward, values, strict=True)]
    for step in steps:
        lines += ["", *_text_of(step)]
    if said:
        lines += ["", "Conventions", *(f"  {c}" for c in said)]
    return "\n".join(lines)


def _equals(formula: Formula, value: Any) -> str:
    """= value, unless the formula says it already."""
    number = plain(value_formula(value))
    return "" if number == plain(formula) else f" = {number}"


def _text_of(step: Step) -> Iterator[str]:
    where = f", layer {step.layer}" if step.layer else ""
    yield f"Step {step.number}: {step.rule}{where}"
    if step.general is not None and str(step.general) != str(step.equation):
        yield f"  rule      {step.general}"
    yield f"  here      {step.equation}"
    for equation in step.where:
        yield f"            with {equation}"
    if step.by_cases is not None:
        yield f"  in cases  {step.by_cases}"
    if step.readings_differ:
        if step.by_index is not None:
            yield f"  by index  {step.by_index}"
            yield from (f"            with {e}" for e in step.where_by_index)
        for element in step.by_element:
            yield f"  element   {element}"
    if any(shape for shape in step.shapes.values()):
        yield "  shapes    " + ", ".join(f"{name} : {shape}" for name, shape in step.shapes.items())
    chain = _numbers(step)
    yield "  numbers   " + " = ".join(map(plain, chain))
    yield f"  checked   {step.check}"


def _numbers(step: Step) -> list[Formula]:
    """formula with numbers = value; only the value where the formula is a number already."""
    numbers = step.numbers
    left = plain(numbers.left)
    same = left in (plain(numbers.right), plain(step.equation.right)) or len(left) > _LONG
    return [numbers.right] if same else [numbers.left, numbers.right]


def chain(step: Step) -> list[Formula]:
    """What follows the equals signs: formula, numbers, value."""
    parts = [step.equation.right, *_numbers(step)]
    return [p for i, p in enumerate(parts) if i == 0 or plain(p) != plain(parts[i - 1])]


def latex_document(
    steps: Sequence[Step], forward: Equations, values: Sequence[Any], said: Sequence[str]
) -> str:
    """Two `align*` environments and the conventions; amsmath is all they need."""
    computed = [
        Equation(e.left, row(e.right, EQUALS, value_formula(v)))
        for e, v in zip(forward, values, strict=True)
    ]
    lines = [_latex_of(step) for step in steps]
    body = "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"
    if max((len(plain(p)) for step in steps for p in chain(step)), default=0) > _WIDE:
        body = f"{{\\footnotesize\n{body}\n}}"
    conventions = "\n".join(rf"\par\noindent {_escaped(c)}" for c in said)
    return f"{Equations(computed).to_latex()}\n{body}\n{conventions}\n"


def _latex_of(step: Step) -> str:
    first, *others = chain(step)
    is_long = sum(len(plain(p)) for p in (first, *others)) > _WIDE
    rest = "".join((" \\\\\n &= " if is_long else " = ") + latex(p) for p in others)
    rule = f" && \\text{{{_escaped(step.rule)}}}"
    found = f"{latex(step.left.name)} &= {latex(first)}"
    found += rule + rest if is_long else rest + rule
    for equation in step.where:
        found += f" \\\\\n{latex(equation.left)} &= {latex(equation.right)} && \\text{{where}}"
    if step.by_cases is not None:
        found += f" \\\\\n &= {latex(step.by_cases.right)} && \\text{{in cases}}"
    if step.readings_differ and step.by_index is not None:
        found += f" \\\\\n{latex(step.by_index.left)} &= {latex(step.by_index.right)} && \\text{{by index}}"
    return found


def _escaped(words: str) -> str:
    """Words for LaTeX: signs of mathematics go through their commands."""
    signs = {"∂": r"$\partial$", "′": "$'$", "δ": r"$\delta$", "ₓ": "$_x$", "x̄": r"$\bar x$"}
    for sign, command in signs.items():
        words = words.replace(sign, command)
    return words.replace("_", r"\_").replace("%", r"\%").replace("&", r"\&")


def html(
    steps: Sequence[Step], forward: Equations, values: Sequence[Any], said: Sequence[str]
) -> str:
    """A table of steps; index and element readings fold away, each with its check."""
    computed = "".join(
        f"<tr><td>{_shown(Equation(e.left, row(e.right, EQUALS, value_formula(v))))}</td></tr>"
        for e, v in zip(forward, values, strict=True)
    )
    rows = "".join(_row(step) for step in steps)
    conventions = "".join(f"<li>{escape(c)}</li>" for c in said)
    return (
        f'{_STYLE}<div class="gg-derivation"><table>{computed}</table>'
        f"<table><thead><tr><th>Step</th><th>Rule</th><th>Here, with numbers</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
        f'<ul class="gg-note">{conventions}</ul></div>'
    )


def _row(step: Step) -> str:
    rule = _shown(step.general) if step.general is not None else ""
    layer = f"<br>layer {escape(step.layer)}" if step.layer else ""
    check = "gg-note" if step.check.ok else "gg-bad"
    further = [*step.where, *([step.by_cases] if step.by_cases is not None else [])]
    also = "".join(f"<div>{_shown(e)}</div>" for e in further)
    return (
        f'<tr><td>{step.number}</td><td>{rule}<div class="gg-note">{escape(step.rule)}{layer}</div>'
        f'<div class="{check} gg-check">checked: {escape(str(step.check))}</div></td>'
        f"<td>{_linked(step)}{also}{_more(step)}</td></tr>"
    )


def _more(step: Step) -> str:
    """The other readings and the shapes, folded away."""
    readings = (step.by_index, *step.where_by_index, *step.by_element)
    found = [_shown(e) for e in readings if e is not None and step.readings_differ]
    shapes = ", ".join(f"{escape(k)}&#8239;: {v}" for k, v in step.shapes.items() if v)
    if shapes:
        found.append(f'<span class="gg-note">{shapes}</span>')
    if not found:
        return ""
    lines = "".join(f"<div>{e}</div>" for e in found)
    return f'<details><summary class="gg-note">by index, by element</summary>{lines}</details>'


def _shown(equation: Equation) -> str:
    return math(equation.formula, alt=str(equation))


def _linked(step: Step) -> str:
    """The whole chain, one `<math>` for each link: a browser breaks lines between, never within."""
    links = [row(EQUALS, p) for p in chain(step)]
    links[0] = row(step.left.name, links[0])
    return " ".join(math(link, alt=plain(link)) for link in links)
