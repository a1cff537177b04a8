"""`glassgrad course`: the exercises of five assignments, claimed against measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from glassgrad import course, report
from glassgrad.bridges.edf_notebooks import write_notebooks
from glassgrad.cli.output import Flag
from glassgrad.errors import SettingError

app = App(name="course", help="The exercises of five assignments, claimed against measured.")


@app.command(name="list")
def list_exercises() -> None:
    """Every exercise: its id and its title."""
    for exercise in course.exercises().values():
        print(f"{exercise.id:12} {exercise.title}")


@app.command
def run(
    *names: str,
    quick: Flag = False,
    full: Flag = False,
    seeds: int = 3,
    out: Path = Path("course"),
    format: Literal["html", "ipynb", "tex", "md"] = "html",
    data_dir: Path | None = None,
    points: Path | None = None,
    digits: Path | None = None,
    jobs: int = 2,
    again: Flag = False,
) -> None:
    """Run exercises and write their report; what has been run already is taken over.

    Args:
        names: ids such as edf/2.3c, the beginning of ids, a document such as layers, or all.
        quick: seconds, on the embedded data.
        full: everything that the sheets ask for, hours.
        seeds: how often what depends on chance is repeated.
        out: the folder for results and report.
        format: of the report.
        data_dir: where data sets are looked for first.
        points: a CSV of your own for the exercises on points.
        digits: a folder with pictures of your own digits.
        jobs: long trainings at a time.
        again: run again what has been run already.
    """
    if not names:
        raise SettingError(
            "expected the id of an exercise, got none: glassgrad course run edf/2.1."
        )
    if quick and full:
        raise SettingError("expected --quick or --full, got both.")
    results = course.run(
        names,
        out=out,
        form="quick" if quick else "full" if full else "normal",
        seeds=seeds,
        data_dir=data_dir,
        points=points,
        digits=digits,
        jobs=jobs,
        again=again,
        say=print,
    )
    for path in report.write(results, out, format):
        if path.suffix != ".png":
            print(f"the report is {path}")


@app.command
def edf(*, write_notebooks_to: Annotated[Path, Parameter(name="--write-notebooks")]) -> None:
    """Write exercise notebooks with blanks, which run on the Educational Framework of `bridges/edf`."""
    for path in write_notebooks(write_notebooks_to):
        print(path)
