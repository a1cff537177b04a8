"""What an op says about zeros that were chosen; `engine/masks.py` carries them, and says what for.

Read next: `ops/base.py`.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Masking:
    """The part of an op that the masks of a backward pass ask for."""

    singular: ClassVar[bool] = False
    """Whether the rule may meet an infinity or NaN where the value was masked out, such as 1/√0."""
    moves: ClassVar[bool] = False
    """Whether the rule moves and adds up cotangents, and does nothing else."""
    selects: ClassVar[bool] = False
    """Whether the rule sends 0 to elements that were not chosen; that 0 wins against an infinity."""
    asks: Any = None
    """`asks(asked, x)`: which elements of x are asked for (not 0) if those of y are that are not 0 in
    `asked`; None where every element of x counts for every one of y."""

    def masked(self, part: Any, asked: Any) -> Any:
        """A cotangent where it is asked for, 0 elsewhere, whatever the rule says there."""
        from glassgrad.ops.comparisons import (
            not_equal,  # ops themselves, defined on top of this file
        )
        from glassgrad.ops.select import where

        return where(not_equal(asked, 0), part, 0)


class OneByOne:
    """Of an elementwise op."""

    def asks(self, asked: Any, _x: Any) -> Any:
        """Each element is asked for as it is in y."""
        return asked
