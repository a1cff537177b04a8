"""Structure stays structure: what we wrote is never taken apart again as text.

Whoever reads text with regular expressions, or as XML, is listed with the text of others that is read.
"""

import ast
from pathlib import Path

import pytest
from house import sources

TEXTS = sources()

READS = {
    "check/backward/adapters.py": "the names that a student gives to the results of a backward pass",
    "check/backward/references.py": "the name of a student's function; shapes as they are typed",
    "check/sandbox/process.py": "FILE.py:Name as it is typed; the stack that Python's faulthandler wrote",
    "check/table/cells.py": "tables as they were printed",
    "check/table/layers.py": "the words in the rows of a printed table",
    "files/notebook.py": "Markdown",
    "notation/latex_parser.py": "LaTeX: that of an op's class attribute, and that in a name",
    "notation/names.py": "the names that people give to tensors",
    "report/prose.py": "sentences of the course, in which their authors wrote $formulas$ and `code`",
    "sweep/typed_axes.py": "the axes of a sweep as they are typed",
    "terms/functions.py": "the names of functions as they are typed",
    "terms/latex_commands.py": "formulas as they are typed",
    "terms/parser.py": "formulas as they are typed",
    "terms/rules.py": "the docstring of an op, whoever wrote it: its first words name the rule",
    "terms/tokens.py": "formulas as they are typed",
    "terms/vocabulary.py": "names in formulas as they are typed",
}
"""Files that may use regular expressions."""

XML = {"report/figure.py": "the SVG that matplotlib wrote"}
"""Files that may read XML or HTML."""

NAMES = {
    "doctor/change.py": "the setting to change, as a saved finding names it, is the name of a function",
    "ops/__init__.py": "the address of a module",
    "optim/base.py": "the name of the optimizer in a checkpoint",
    "validate.py": "an annotation that only names its class, so that the class need not be imported",
}
"""Files that may compare a `__name__` with a text."""

PARSERS = {"xml", "html.parser", "xmltodict", "lxml", "bs4"}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def with_expressions(texts):
    """Files that import a module of regular expressions."""
    return {p for p, text in texts.items() if {"re", "regex"} & set(imported(ast.parse(text)))}


def with_parsers(texts):
    """Files that import a reader of XML or HTML; `html.escape` writes."""
    return {
        path
        for path, text in texts.items()
        for name in imported(ast.parse(text))
        if name in PARSERS or name.split(".")[0] in PARSERS
    }


def with_names_as_text(texts):
    """Files that compare a `__name__` with something, or look it up."""
    found = set()
    for path, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            sides += [node.slice] if isinstance(node, ast.Subscript) else []
            if any(isinstance(s, ast.Attribute) and s.attr == "__name__" for s in sides):
                found.add(path)
    return found


LAWS = [(with_expressions, READS), (with_parsers, XML), (with_names_as_text, NAMES)]


@pytest.mark.parametrize(("law", "listed"), LAWS, ids=["expressions", "XML", "class names"])
def test_only_what_others_wrote_is_read_as_text(law, listed):
    assert law(TEXTS) == set(listed)


@pytest.mark.parametrize(
    ("law", "line"),
    [
        (with_expressions, "import re"),
        (with_expressions, "def f():\n    from re import sub"),
        (with_parsers, "from xml.etree.ElementTree import fromstring"),
        (with_parsers, "import html.parser"),
        (with_names_as_text, "def f(op):\n    return type(op).__name__ in ('Add', 'Multiply')"),
        (with_names_as_text, "def f(op):\n    return 'Add' == op.__class__.__name__"),
        (with_names_as_text, "def f(op, table):\n    return table[type(op).__name__]"),
    ],
)
def test_a_reader_of_our_own_text_is_found(law, line):
    """Planted in a file that writes."""
    path = "derivation/page.py"
    assert law({**TEXTS, path: f"{TEXTS[path]}\n\n{line}\n"}) == law(TEXTS) | {path}


@pytest.mark.parametrize("path", [*READS, *XML, *NAMES])
def test_every_row_names_a_file_and_what_it_reads(path):
    assert (Path(__file__).parents[2] / "src" / "glassgrad" / path).is_file()
