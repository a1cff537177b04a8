"""Write the stub of `glassgrad.ops`, so that editors and mypy know `gg.tanh`.

At run time the families of ops are found by looking, which no type checker does.  `scripts/check` runs
this file, and a test holds the stub to what lies in the folder.
"""

import pkgutil
from pathlib import Path

OPS = Path(__file__).parents[1] / "src" / "glassgrad" / "ops"
TARGET = OPS / "__init__.pyi"
STUB = """\
# Written by scripts/list_ops.py.
from typing import Any

{families}

FUNCTIONS: dict[str, Any]

def registry() -> list[type[Op]]: ...
"""
BASE = "Elementwise as Elementwise", "Op as Op"


def stub():
    """The names of each family in the folder, and what `__init__.py` itself defines."""
    lines = []
    for file in pkgutil.iter_modules([str(OPS)]):
        if not file.ispkg:
            names = BASE if file.name == "base" else ["*"]
            lines += [f"from glassgrad.ops.{file.name} import {name}" for name in names]
    return STUB.format(families="\n".join(sorted(lines)))


if __name__ == "__main__":
    TARGET.write_text(stub(), encoding="utf-8")
