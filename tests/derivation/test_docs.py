"""What docs/derivations.md shows is what comes out."""

import doctest
from pathlib import Path


def test_the_page_about_derivations_is_true():
    path = Path(__file__).parents[2] / "docs" / "derivations.md"
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(
        str(path), module_relative=False, optionflags=options, encoding="utf-8"
    )
    assert tried > 15
    assert not failed
