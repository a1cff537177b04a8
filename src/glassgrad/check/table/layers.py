"""Parameter counts, held against the description of the layer they stand beside.

A convolution of k × k from C to K channels has K·(k·k·C + 1) parameters, a fully connected layer from D to
K has K·(D + 1).  What a row leaves out (C, D) must come out as a whole number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glassgrad.check.table.cells import printed
from glassgrad.check.table.scores import Finding
from glassgrad.terms.parser import parse
from glassgrad.terms.terms import evaluate
from glassgrad.terms.tokens import FormulaError

_NUMBER = r"(\d[\d,]*)"
_OUTPUTS = (
    rf"{_NUMBER}\s+(?:output\s+|out\s+)?(?:channels?|filters?|units?|neurons?|outputs?|classes)",
    rf"out_(?:channels|features)\s*=\s*{_NUMBER}",
    rf"(?:conv2d|linear)\s*\(\s*\d+\s*,\s*{_NUMBER}",
    rf"dense\s*\(\s*{_NUMBER}",
)
_INPUTS = (
    rf"in_(?:channels|features)\s*=\s*{_NUMBER}",
    rf"(?:conv2d|linear)\s*\(\s*{_NUMBER}\s*,",
    rf"{_NUMBER}\s+inputs?\b",
)
_KERNEL = (
    r"(\d+)\s*(?:x|×|\\times)\s*(\d+)",
    r"kernel(?:_size)?\s*=\s*\(?(\d+)(?:\s*,\s*(\d+))?",
    r"conv2d\s*\(\s*\d+\s*,\s*\d+\s*,\s*(\d+)",
)


@dataclass(frozen=True)
class Layer:
    """One row: what it says the layer is, and how many parameters it prints."""

    text: str
    kernel: int | None
    """Weights per input channel, k · k; 1 for a fully connected layer, None for one without weights."""
    inputs: int | None
    outputs: int | None
    count: int | None
    sum: str
    """The count as it was worked out, such as 1024 × 20 + 20."""

    @classmethod
    def read(cls, cells: Sequence[str]) -> Layer:
        text, last = " ".join(cells[:-1]), cells[-1]
        sum_text, _, total = last.rpartition("=")
        value = printed(total or last)
        lower = text.lower()
        dense = any(w in lower for w in ("fully connected", "linear", "dense", "affine"))
        kernel = 1 if dense else _area(lower) if "conv" in lower else None
        return cls(
            text.strip(),
            kernel,
            _first(_INPUTS, lower),
            _first(_OUTPUTS, lower),
            round(value.value) if value else None,
            sum_text.replace("\\times", "×").strip(),
        )

    def expected(self, inputs: int, outputs: int) -> int:
        return outputs * ((self.kernel or 0) * inputs + 1)

    def solve(self, outputs: int) -> int | None:
        """The inputs that explain the printed count with this many outputs, if a whole number."""
        for bias in (1, 0):
            per_output, rest = divmod(self.count or 0, outputs)
            inputs, rest_2 = divmod(per_output - bias, self.kernel or 1)
            if rest == 0 and rest_2 == 0 and inputs > 0:
                return inputs
        return None

    @property
    def counted_outputs(self) -> int | None:
        """What is added at the end of the sum: one bias for each output."""
        found = re.search(r"\+\s*(\d+)\s*$", self.sum)
        return int(found[1]) if found else None


def _first(patterns: Sequence[str], text: str) -> int | None:
    for pattern in patterns:
        if found := re.search(pattern, text):
            return int(found[1].replace(",", ""))
    return None


def _area(text: str) -> int | None:
    for pattern in _KERNEL:
        if found := re.search(pattern, text):
            sides = [int(s) for s in found.groups() if s]
            return sides[0] * sides[-1]
    return None


def check_layers(rows: list[list[str]], channels: int | None = None) -> list[Finding]:
    """Every contradiction in a table of layers; `channels` are those of the input."""
    body = [row for row in rows if len(row) > 1]
    totals = [row for row in body if "total" in row[0].lower()]
    layers = [Layer.read(row) for row in body if row not in totals]
    layers = [x for x in layers if x.kernel and x.count]
    findings = [f for x in layers if (f := _wrong_sum(x))]
    before: Layer | None = None
    for i, layer in enumerate(layers):
        after = layers[i + 1] if i + 1 < len(layers) else None
        known = channels if before is None else _follows(before, layer)
        if found := _wrong_count(layer, known, after):
            findings.append(found)
        before = replace(layer, outputs=layer.counted_outputs or layer.outputs)
    for row in totals:
        total, right = printed(row[-1]), sum(x.count or 0 for x in layers)
        if total and round(total.value) != right:
            sentence = f"the total is printed as {total.value:,.0f}, the rows add up to {right:,}."
            findings.append(Finding("total", sentence))
    return findings


def _follows(before: Layer, layer: Layer) -> int | None:
    """The inputs of a layer if the one before decides them: both convolutions, or both dense."""
    same_kind = (before.kernel == 1) == (layer.kernel == 1)
    return before.outputs if same_kind else None


def _wrong_sum(layer: Layer) -> Finding | None:
    if not layer.sum or layer.count is None:
        return None
    try:
        value = float(evaluate(parse(layer.sum, ()).term))
    except FormulaError:
        return None
    if value == layer.count:
        return None
    sentence = f"'{layer.text}': {layer.sum} is {value:,.0f}, printed is {layer.count:,}."
    return Finding("arithmetic", sentence)


def _wrong_count(layer: Layer, known: int | None, after: Layer | None) -> Finding | None:
    """A count that does not fit the description; the count's own sum says what would fit."""
    count, outputs = layer.count or 0, layer.outputs
    inputs = layer.inputs or known
    if outputs is None:
        return None
    fits = layer.solve(outputs)
    if fits is not None and (inputs is None or fits == inputs):
        return None
    counted = layer.counted_outputs
    solved = layer.solve(counted) if counted else None
    if counted and counted != outputs and solved:
        return Finding("outputs", _other_outputs(layer, counted, solved, after))
    if fits is not None:
        sentence = f"{count:,} parameters need {fits} inputs, but the layer gets {inputs}."
        return Finding("inputs", f"'{layer.text}': {sentence}")
    should = f" ({layer.expected(inputs, outputs):,} would be right)" if inputs else ""
    sentence = f"{count:,} parameters fit no layer of {outputs} outputs{should}."
    return Finding("count", f"'{layer.text}': {sentence}")


def _other_outputs(layer: Layer, counted: int, inputs: int, after: Layer | None) -> str:
    right = layer.expected(inputs, layer.outputs or 0)
    sentence = (
        f"'{layer.text}': {layer.count:,} parameters are those of {counted} outputs ({layer.sum}), "
        f"not of {layer.outputs}, which would have {right:,}"
    )
    if after and after.kernel == 1 and after.outputs and after.solve(after.outputs) == counted:
        sentence += f"; the next layer's {after.count:,} count {counted} inputs as well"
    return sentence + "."
