"""How the class of an op is spelled as a function: MaxPool2d is max_pool2d.  Read next: `../base.py`."""

from __future__ import annotations


def spelled(op: type) -> str:
    """Its name in small letters, with _ where a word begins.

    >>> from glassgrad import ops
    >>> spelled(ops.MaxPool2d), spelled(ops.LogSoftmax), spelled(ops.ELUDerivative)
    ('max_pool2d', 'log_softmax', 'elu_derivative')
    """
    name, found = op.__name__, ""
    for before, letter, after in zip(f"_{name}", name, f"{name[1:]}_", strict=False):
        begins = before != "_" and (not before.isupper() or after.islower())
        found += f"_{letter}" if letter.isupper() and begins else letter
    return found.lower()
