"""What README and the pages show is run as it stands; the recipes have a file of their own."""

import contextlib
import io
import re
import runpy
from pathlib import Path

import pytest

from glassgrad import kernels

ROOT = Path(__file__).parents[1]


def programs(name):
    """The Python blocks of a document."""
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), re.S)


def test_the_programs_of_the_readme_print_what_is_said():
    for program in programs("README.md"):
        if not program.startswith(("import", "from")):
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(program, "README.md", "exec"), {})
        said = [c.strip() for c in re.findall(r"print\(.*?\)\s+# (.*)", program)]
        printed = out.getvalue().strip().splitlines()
        assert [p for p, s in zip(printed, said, strict=True) if not s.startswith(p)] == []


def test_the_drawing_of_the_readme_is_the_one_that_is_drawn_today():
    script = ROOT / "scripts" / "draw_readme.py"
    known = runpy.run_path(str(script))
    assert known["TARGET"].read_text(encoding="utf-8") == known["drawing"](), f"run {script}"
    assert "docs/images/graph.svg" in (ROOT / "README.md").read_text()


def test_the_stub_of_ops_names_what_is_found():
    """Editors and mypy read the stub; the program reads the folder."""
    script = ROOT / "scripts" / "list_ops.py"
    known = runpy.run_path(str(script))
    assert known["TARGET"].read_text(encoding="utf-8") == known["stub"](), f"run {script}"


@pytest.mark.skipif(not kernels.available(), reason="no kernels on this machine")
def test_the_plan_in_the_page_on_kernels_is_what_is_printed():
    page = (ROOT / "docs" / "kernels.md").read_text()
    program = re.search(r"<!-- plan -->\n```python\n(.*?)```", page, re.S)[1]
    said = re.search(r"<!-- prints -->\n```text\n(.*?)```", page, re.S)[1]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "kernels.md", "exec"), {})
    assert out.getvalue() == said
