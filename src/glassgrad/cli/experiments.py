"""`glassgrad sweep` and `glassgrad runs`: many runs, and what came of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from glassgrad import runs
from glassgrad.cli.output import Flag, print_json
from glassgrad.runs.config import TrainConfig
from glassgrad.sweep import Outcome
from glassgrad.sweep.training import STORE, sweep_training

app = App(name="runs", help="What has been run: list, show, compare, delete.")
Stored = Annotated[Path, Parameter(name="--store")]


def sweep(
    *axes: str,
    config: Annotated[TrainConfig, Parameter(name="*")] = TrainConfig(),  # noqa: B008  (frozen)
    draws: int = 0,
    jobs: int = 2,
    engine: str = "local",
    store: Stored = Path(STORE),
    data_dir: Path | None = None,
    figures: Flag = False,
    json: Flag = False,
) -> None:
    """Train over settings, in parallel; finished runs are kept and never repeated.

    Args:
        axes: settings with their values, such as lr=0.1,0.5 or lr=loguniform(1e-4,1e-1).
        draws: so many random combinations instead of all of them.
        jobs: runs at a time.
        engine: local, dask://HOST:PORT or ray://HOST:PORT.
        store: the file that keeps the runs.
        data_dir: where data sets are looked for first.
        figures: draw figures of every run, too.
        json: print the table as JSON.
    """

    def tell(outcome: Outcome, settled: int, total: int) -> None:
        if not json:
            print(f"{settled}/{total}   {outcome.entry.line()}", flush=True)

    table = sweep_training(
        config,
        list(axes),
        draws=draws,
        seed=config.seed,
        store=store,
        jobs=jobs,
        engine=engine,
        data_dir=data_dir,
        figures=figures,
        on_done=tell,
    )
    if json:
        print_json(table.rows())
    else:
        print(table)


@app.command(name="list")
def list_runs(*, store: Stored = Path(STORE), name: str | None = None, json: Flag = False) -> None:
    """Every run: id, name, status, when."""
    entries = runs.list_runs(store, name=name)
    if json:
        return print_json([dataclasses.asdict(entry) for entry in entries])
    for entry in entries:
        print(entry.line())
    return None


@app.command
def show(run: str, *, store: Stored = Path(STORE), json: Flag = False) -> None:
    """One run: settings, last metrics, artefacts; the beginning of its id is enough."""
    details = runs.show(store, run)
    print_json(dataclasses.asdict(details)) if json else print(details)


@app.command
def compare(*names: str, store: Stored = Path(STORE), json: Flag = False) -> None:
    """Runs side by side: what differs in settings and results."""
    comparison = runs.compare(store, list(names))
    print_json(comparison.rows()) if json else print(comparison)


@app.command
def delete(*names: str, store: Stored = Path(STORE)) -> None:
    """Delete runs and everything that they kept: all of those named, or none."""
    for entry in runs.delete(store, list(names)):
        print(f"deleted {entry.line()}")
