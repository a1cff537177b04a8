"""How a catalogue, a list or a threshold is held: a sample that fails when the row is removed or altered.

A sample is a function that answers True.  Each law takes the row away (or alters it) while the sample runs
again, and the answer must change; so a row that nothing depends on is found, and so is a sample that
cannot fail.
"""

from collections.abc import Mapping


def without(catalogue, row):
    """The catalogue less one row: a key of a mapping, an item of a sequence or a set."""
    if isinstance(catalogue, Mapping):
        return {key: value for key, value in catalogue.items() if key != row}
    left = [item for item in catalogue if item is not row and item != row]
    assert len(left) == len(catalogue) - 1, f"{row!r} is no row"
    return type(catalogue)(left)


def altered(catalogue, key, value):
    """The mapping with another value in one row."""
    assert key in catalogue
    return {**catalogue, key: value}


def holds(sample):
    """What the sample says; a sample that can no longer be asked says no."""
    try:
        return bool(sample())
    except Exception:
        return False


def falls_without(monkeypatch, module, name, row, sample):
    """The law of a row that may be removed."""
    assert holds(sample), f"the sample of {row!r} fails as it is"
    catalogue = getattr(module, name)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, without(catalogue, row))
        assert not holds(sample), f"{name} without {row!r}: nobody notices"


def falls_when(monkeypatch, module, name, value, sample):
    """The law of something that may be altered: with `value` for it, the sample must fail."""
    assert holds(sample), f"the sample of {name} fails as it is"
    with monkeypatch.context() as patch:
        patch.setattr(module, name, value)
        assert not holds(sample), f"{name} = {value!r}: nobody notices"
