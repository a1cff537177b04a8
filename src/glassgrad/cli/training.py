"""`glassgrad train` and `glassgrad summary`."""

from __future__ import annotations

import dataclasses
from itertools import count
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from rich.console import Console

from glassgrad import data as data_sets
from glassgrad import nn
from glassgrad.cli.doctor import show
from glassgrad.cli.output import Flag, print_json
from glassgrad.doctor import folder as doctors
from glassgrad.errors import Diverged, SettingError
from glassgrad.nn import models
from glassgrad.runs.config import TrainConfig
from glassgrad.runs.folder import read_config
from glassgrad.runs.run import Run, train_run


def train(
    data: Annotated[str | None, Parameter(show_default=False)] = None,
    model: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    config: Annotated[TrainConfig, Parameter(name="*")] = TrainConfig(),  # noqa: B008  (frozen)
    out: Path | None = None,
    resume: Path | None = None,
    data_dir: Path | None = None,
    offline: Flag = False,
    doctor: Flag = False,
    json: Flag = False,
    quiet: Flag = False,
) -> None:
    """Train a network and leave a folder with settings, metrics, weights and figures.

    Without arguments: a small CNN on the embedded 8 × 8 digits, no network needed, well under a minute.

    Args:
        data: the data set, as --data.
        model: the network, as --model.
        out: folder for the run; by default runs/DATA-MODEL, with a number if that exists.
        resume: folder of a run to go on with, exactly where it was; its settings are taken over, and
            only --epochs, --steps, --patience and --checkpoint-every may differ.
        data_dir: where data sets are looked for first; else GLASSGRAD_DATA, then the cache.
        offline: never fetch data.
        doctor: look on, and say what ails the run, if something does.
        json: print the result as JSON; progress goes to standard error.
        quiet: print no progress.
    """
    config = _with_positionals(config, data, model)
    if resume is not None:
        if out is not None and out != resume:
            raise SettingError("expected --out or --resume, got both: --resume DIR goes on in DIR.")
        config, out = _resumed(config, resume), resume
    console = Console(stderr=json, quiet=quiet)
    folder = out or _fresh_folder(config)
    if resume is None or not quiet:
        console.print(f"training {config.model} on {config.data}, into {folder}", highlight=False)
    try:
        run = train_run(
            config,
            folder,
            resume=resume is not None,
            data_dir=data_dir,
            download=False if offline else None,
            console=console,
            doctor=doctor,
        )
    except Diverged:
        if doctor:
            show(doctors.read(folder), console, folder)
        raise
    _report(run, json, console)


def summary(
    model: str, *, data: str = "digits", shape: tuple[int, ...] = (), json: Flag = False
) -> None:
    """Layers, output shapes, parameters, multiply-adds and memory of a network.

    Args:
        model: name of a network.
        data: the data set whose shape and classes it is built for.
        shape: shape of one input instead, such as --shape 3 32 32; ten classes then.
    """
    info = data_sets.info(data)
    inputs, classes = (shape, 10) if shape else (info.shape, len(info.classes))
    result = nn.summary(models.build(model, inputs, classes, np.random.default_rng(0)), inputs)
    if json:
        return print_json(result.to_dict())
    return print(result)


def _with_positionals(config: TrainConfig, data: str | None, model: str | None) -> TrainConfig:
    """DATA and MODEL may be given by place or by name, not both."""
    for name, value in (("data", data), ("model", model)):
        if value is None:
            continue
        if getattr(config, name) not in (getattr(TrainConfig, name), value):
            raise SettingError(
                f"{name} was given twice, {value!r} and --{name} {getattr(config, name)!r}: give it once."
            )
        config = dataclasses.replace(config, **{name: value})  # type: ignore[arg-type]
    return config


def _resumed(config: TrainConfig, folder: Path) -> TrainConfig:
    """The settings of the run in `folder`, with what the command line gives put over them."""
    saved = read_config(folder)
    plain = TrainConfig()
    given = {
        f.name: getattr(config, f.name)
        for f in dataclasses.fields(config)
        if getattr(config, f.name) != getattr(plain, f.name)
    }
    return dataclasses.replace(saved, **given)


def _fresh_folder(config: TrainConfig) -> Path:
    """runs/DATA-MODEL, or the first numbered one that does not exist."""
    first = Path("runs") / f"{config.data}-{config.model}"
    numbered = (first.with_name(f"{first.name}-{i}") for i in count(2))
    return first if not first.exists() else next(p for p in numbered if not p.exists())


def _report(run: Run, as_json: bool, console: Console) -> None:
    """How it ended, and where everything is."""
    test = run.test
    if as_json:
        confusion = test.confusion and {
            "classes": list(test.confusion.classes),
            "counts": test.confusion.counts.tolist(),
        }
        return print_json(
            {
                "folder": str(run.folder),
                "steps": len(run.history.steps),
                "test_loss": test.loss,
                "test_accuracy": test.accuracy,
                "confusion": confusion,
                **({"doctor": run.diagnosis.to_json()} if run.diagnosis else {}),
            }
        )
    accuracy = "" if test.accuracy is None else f"accuracy {100 * test.accuracy:.2f} %, "
    console.print(
        f"test: {accuracy}loss {test.loss:.4f}\nweights, metrics and figures are in {run.folder}",
        highlight=False,
    )
    if run.diagnosis is not None:
        show(run.diagnosis.findings, console, run.folder)
    return None
