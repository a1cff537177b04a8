"""What is written in a box of a drawing: short texts, and how wide they are.  Read next: `picture.py`."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NARROW, _WIDE = set("ijlt.,:;'|()[]/ ′"), set("mwMW∑∂⊙⊤=+−≤≥…")


@dataclass(frozen=True)
class Text:
    """A line of text; `kind` is its class: forward, backward or none."""

    text: str
    kind: str


def text_size(text: str) -> float:
    """About how wide a text is at 13 pixels, a little on the generous side."""
    return sum(_letter_size(c) for c in text)


def _letter_size(c: str) -> float:
    if unicodedata.combining(c):
        return 0.0
    if unicodedata.category(c) in ("Lm", "No"):  # small raised and lowered signs
        return 5.6
    return 4.8 if c in _NARROW else 10.4 if c in _WIDE else 7.9


def words(text: str, most: int) -> str:
    """A text of at most so many letters; dots say that there is more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def value_text(value: NDArray[Any]) -> str:
    """A number, a few numbers, or shape and range of many; how many are not finite is said first."""
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array.item():.4g}".replace("-", "−")
    shape = "×".join(map(str, array.shape))
    if array.size == 0:
        return f"{shape}, empty"
    if array.size <= 4 and array.ndim == 1:
        return "(" + ", ".join(f"{v:.3g}".replace("-", "−") for v in array.tolist()) + ")"
    bad = int(np.sum(~np.isfinite(array))) if array.dtype.kind == "f" else 0
    if bad:
        return f"{shape}, {bad} not finite"
    low, high = (f"{v:.3g}".replace("-", "−") for v in (array.min(), array.max()))
    return f"{shape}: {low} … {high}"
