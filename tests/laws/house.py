"""The order of rooms, from the ground to the roof, and who breaks it.  Run this file to print it.

A room is a folder of the package, or one of the few files at its top.  A file may import its own room and
the rooms below it.  An import under `TYPE_CHECKING` runs nothing; it is held as well, in a list of its own.
"""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "glassgrad"

ORDER = [
    "version",
    "discovery",
    "errors",
    "validate",
    "arguments",
    "text_table",
    "files",
    "kernels",
    "engine",
    "ops",
    "data",
    "nn",
    "optim",
    "plan",
    "notation",
    "terms",
    "read",
    "drawing",
    "derivation",
    "train",
    "figures",
    "doctor",
    "runs",
    "sweep",
    "check/shared",
    "check/gradient",
    "check/backward",
    "check/formula",
    "check/table",
    "check/separable",
    "check/sandbox",
    "check",
    "bridges",
    "face",
    "course",
    "report",
    "cli",
]
"""Every room, the lowest first; a room without a row here fails the law."""

FILES = {"tensor": "engine", "graph": "engine", "__init__": "face"}
"""Files at the top that belong to a room; `face` is `import glassgrad` itself."""

UPWARD = {("engine/operators.py", "ops")}
"""The one import that runs up, explained where it stands: `a + b` needs the op, and an op makes tensors."""

NAMED = {("tensor.py", "ops")}
"""The one type that is named from below: a tensor says which op computed it."""


def sources():
    """The text of every file of the package, by its path."""
    return {str(p.relative_to(SRC)): p.read_text() for p in sorted(SRC.rglob("*.py"))}


def room(module):
    """The room of a module, given as the parts of its name below `glassgrad`."""
    if not module or (len(module) == 1 and module[0] in FILES):
        return FILES[module[0] if module else "__init__"]
    return "/".join(module[:2]) if "/".join(module[:2]) in ORDER else module[0]


def parts(path):
    """The name of the module in a file: `check/table/cells.py` is check, table, cells."""
    found = Path(path).with_suffix("").parts
    return found if found == ("__init__",) else tuple(p for p in found if p != "__init__")


def statements(node, named):
    """The statements that run (or, with `named`, those that only name types)."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            if named:
                yield from child.body
        elif isinstance(child, ast.Import | ast.ImportFrom):
            if not named:
                yield child
        else:
            yield from statements(child, named)


@cache
def imported(text, named):
    """What a file imports from the package, as (module, name or "")."""
    found = []
    for node in statements(ast.parse(text), named):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        found += [(m, name) for m, name in names if m.split(".")[0] == "glassgrad"]
    return found


def arrows(texts, named=False):
    """Every import within the package, as (file, parts of the module imported)."""
    modules = {parts(path) for path in texts}
    for path, text in texts.items():
        for module, name in imported(text, named):
            outer = tuple(module.split(".")[1:])  # `from glassgrad.x import y` may name a module y
            yield path, (*outer, name) if (*outer, name) in modules else outer


def upward(texts, named=False):
    """Imports that run up the order of rooms, as (file, room), and rooms without a row."""
    found = set()
    for path in texts:
        if room(parts(path)) not in ORDER:
            found.add((path, "a room without a row"))
    for path, module in arrows(texts, named):
        here, there = room(parts(path)), room(module)
        if there not in ORDER or here not in ORDER or ORDER.index(there) > ORDER.index(here):
            found.add((path, there))
    return found


def circles(texts):
    """Files that import each other in a loop, each loop as a sorted tuple."""
    names = {parts(path): path for path in texts}
    graph = {path: set() for path in texts}
    for path, module in arrows(texts):
        if module in names and module != parts(path):
            graph[path].add(names[module])
    return _components(graph)


def _components(graph):
    """Tarjan's strongly connected components, of more than one file."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in graph[v]:
            if w not in index:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == index[v]:
            cut = stack.index(v)
            if len(stack) - cut > 1:
                found.append(tuple(sorted(stack[cut:])))
            del stack[cut:]

    for v in graph:
        if v not in index:
            visit(v)
    return found


if __name__ == "__main__":
    texts = sources()
    lines = dict.fromkeys(ORDER, 0)
    for path, text in texts.items():
        lines[room(parts(path))] = lines.get(room(parts(path)), 0) + len(text.splitlines())
    for name in reversed(ORDER):
        print(f"{name:16} {lines[name]:6,} lines")
    print(f"{len(upward(texts))} upward:", *sorted(upward(texts)))
    print(
        f"{len(upward(texts, named=True))} upward for a type:", *sorted(upward(texts, named=True))
    )
    for circle in circles(texts):
        print(f"a circle of {len(circle)} files: {', '.join(circle[:3])}, …")
