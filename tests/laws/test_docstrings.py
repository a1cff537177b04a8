"""What a public function says of itself: every argument, and every error that it raises."""

import ast
import inspect
import re
import textwrap

import pytest
from entrances import ENTRANCES, parameters

from glassgrad import errors
from glassgrad.ops.base import Op

DESCRIBED = {name: value for name, value in ENTRANCES.items() if not isinstance(value, Op)}


def text_of(value):
    """The docstring, with that of the constructor where it has one of its own."""
    own = value.__doc__ or ""
    if inspect.isclass(value) and "__init__" in vars(value):
        own += value.__init__.__doc__ or ""
    return own


def is_named(name, text):
    """As `name`, as "name:" or "name, other:" in a list, or as "name : (N, D)" among the shapes."""
    word = re.escape(name)
    return re.search(rf"`{word}`|(^|[\s,(*]){word}(, \*?\w+)*\s*:", text, re.MULTILINE)


def raised_by(value):
    """The errors of the house that a function raises itself."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(value))))
    except (OSError, TypeError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", "")
            if hasattr(errors, name):
                found.add(name)
    return found


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_argument_is_described(name):
    value = DESCRIBED[name]
    text = text_of(value)
    assert [p.name for p in parameters(value) if not is_named(p.name, text)] == []


@pytest.mark.parametrize("name", [n for n, v in DESCRIBED.items() if not inspect.isclass(v)])
def test_every_error_is_described(name):
    value = DESCRIBED[name]
    assert [e for e in sorted(raised_by(value)) if e not in text_of(value)] == []


def test_the_law_bites():
    def function(x, strange):
        """About x : (N,) and nothing else."""
        raise errors.SettingError("x")

    assert is_named("x", function.__doc__)
    assert not is_named("strange", function.__doc__)
    assert not is_named("strange", "a strange thing: another")
    assert is_named("strange", "Args:\n    other, strange: what they are")
    assert raised_by(errors.SettingError) == set()
