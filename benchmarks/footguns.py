"""Right, says so, or silently wrong?  Programs jitted and as written, in four libraries.

    python benchmarks/footguns.py [--write] [--only WORD] [--library NAME] [--tinygrad FOLDER]

Each library is compared with itself: the compiled run with the run as written.  Equal is right; an error
or a warning that the run as written does not give says so; anything else is silently wrong.  `--write` puts
the table into docs/a_step_that_cannot_lie.md, between its markers.  tinygrad is no dependency:
`pip install --target FOLDER tinygrad`.
"""

import argparse
import contextlib
import io
import os
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

from footgun_programs import ROWS
from jits import LIBRARIES, missing, verdict

PAGE = Path(__file__).parents[1] / "docs" / "a_step_that_cannot_lie.md"
BEGIN, END = "<!-- footguns -->", "<!-- /footguns -->"
PACKAGES = {
    "glassgrad": "glassgrad",
    "torch.compile": "torch",
    "jax.jit": "jax",
    "TinyJit": "tinygrad",
}


def measure(names, only=""):
    """Verdicts by row and library, with the reason of each that is not right."""
    table = []
    for group, title, program in ROWS:
        if only not in f"{title} {program.__name__}":
            continue
        found = {}
        for name in names:
            with contextlib.redirect_stdout(io.StringIO()):
                found[name] = verdict(name, program)
        table.append((group, title, found))
        print(f"{title:60}", *(v for v, _ in found.values()), sep=" | ", flush=True)
        for name, (v, why) in found.items():
            if v != "right":
                print(f"    {name}: {v}: {why[:150]}")
    return table


def markdown(table, names):
    """The counts, then every row."""
    kinds = ("right", "says so", "wrong", "–")
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    counts = {name: Counter(found[name][0] for _, _, found in table) for name in names}
    for kind in kinds:
        label = {"wrong": "**silently wrong**", "–": "cannot be written"}.get(kind, kind)
        lines.append(f"| {label} | " + " | ".join(str(counts[name][kind]) for name in names) + " |")
    for group in dict.fromkeys(g for g, _, _ in table):
        lines += ["", f"| {group} | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
        for _, title, found in (row for row in table if row[0] == group):
            words = ("**wrong**" if found[name][0] == "wrong" else found[name][0] for name in names)
            lines.append(f"| {title} | " + " | ".join(words) + " |")
    versions = []
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{PACKAGES[name]} {metadata.version(PACKAGES[name])}")
    return "\n".join([*lines, "", f"{len(table)} programs; {', '.join(versions)}."])


def write(text):
    """Put the table into the page, between the markers."""
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    parser.add_argument("--only", default="", help="rows with this word")
    parser.add_argument("--library", action="append", choices=LIBRARIES, help="this one only")
    parser.add_argument("--tinygrad", metavar="FOLDER", help="where it was installed")
    options = parser.parse_args()
    if options.tinygrad:
        sys.path.append(options.tinygrad)
        os.environ.setdefault("DEV", "PYTHON")  # needs no compiler
    names = options.library or [*LIBRARIES]
    for name in list(names):
        if reason := missing(name):
            names.remove(name)
            print(f"{name} is left out: {reason}")
    text = markdown(measure(names, options.only), names)
    print("\n" + text)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
