"""A table as text, for a terminal: each column as wide as its widest cell, two spaces apart."""

from __future__ import annotations

from collections.abc import Sequence


def in_columns(rows: Sequence[Sequence[str]], left: int = 0) -> str:
    """Rows of equal length, one line each.

    Args:
        rows: the cells, as text.
        left: how many columns, from the first, begin at the left; the others end at the right.

    >>> print(in_columns([["layer", "size"], ["conv", "1,200"]], left=1))
    layer   size
    conv   1,200
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        [
            c.ljust(w) if i < left else c.rjust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    )
    return "\n".join("  ".join(line).rstrip() for line in lines)
