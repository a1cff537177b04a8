"""What can go wrong, by kind.

Every error of glassgrad says three things: what was expected, what came (with shapes), and what to
write instead.  All of them are `GlassgradError`s, so a program can catch the family; each is also the
built-in error that a Python programmer would expect in its place.
"""

import traceback
from pathlib import Path


class GlassgradError(Exception):
    """The family: whatever glassgrad refuses, it refuses with one of these."""

    advice: str = ""
    """How the message ends, for those who have an advice of their own; empty if it is not told apart."""

    @property
    def found(self) -> str:
        """The message without its advice."""
        return str(self).removesuffix(self.advice).rstrip()


class ShapeError(GlassgradError, ValueError):
    """Shapes that do not fit together."""


class DtypeError(GlassgradError, TypeError):
    """A kind of number that an operation cannot work with."""


class LabelError(GlassgradError, ValueError):
    """A class label outside 0 … K-1, or not an integer."""


class RangeError(GlassgradError, IndexError):
    """An index outside of an array."""


class SettingError(GlassgradError, ValueError):
    """An option outside its range: a stride of 0, a probability of 2, an unknown name."""


class GraphError(GlassgradError, RuntimeError):
    """A gradient that cannot be had: not recorded, or a value changed after it was recorded."""


class DataError(GlassgradError, ValueError):
    """A data set that is missing, truncated, altered or not what its name says."""


class CheckpointError(GlassgradError, ValueError):
    """A checkpoint that is altered, incomplete, or of another model."""


class NotTrained(UserWarning):
    """Parameters of a model that no optimizer has: said once, by name."""


class Diverged(GlassgradError, ArithmeticError):
    """Training produced a NaN or an infinity; the message names the op and the layer."""

    op: str = ""
    """The op that produced it, or whose backward rule did; empty if it was there before."""
    layer: str = ""
    """The path of its layer, such as `2.linear`, or of the parameter that holds it."""


def is_ours(error: BaseException) -> bool:
    """Whether this package (or NumPy for it) raised an error, and not a function that was given to it.

    Args:
        error: one that was caught, with its traceback.
    """
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    last = next((file for file in reversed(files) if "numpy" not in Path(file).parts), "")
    return last.startswith(str(Path(__file__).parent))
