"""A run and its folder: settings, records, checkpoints, weights, figures and a summary.

    OUT/config.json              the settings, and the machine and versions they ran on
    OUT/metrics.jsonl            one line per step and epoch
    OUT/checkpoint.safetensors   everything needed to go on; the one before it beside it
    OUT/weights.safetensors      the trained weights, under PyTorch's names
    OUT/figures/                 learning curves, confusion matrix, first-layer weights, worst mistakes
    OUT/summary.json             how it ended; beside it doctor.json, what the doctor found

Files are the old or the new one, never a half; `.lock` keeps others out.  Read next: `runs/config.py`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassgrad import data
from glassgrad.data import Dataset, Loader
from glassgrad.doctor import folder as doctors
from glassgrad.doctor.diagnosis import Diagnosis, watched
from glassgrad.doctor.experiment import Comparison
from glassgrad.doctor.setup import Setup
from glassgrad.errors import GlassgradError, SettingError
from glassgrad.files import atomic
from glassgrad.files.lock import locked
from glassgrad.nn import Module
from glassgrad.optim import Optimizer
from glassgrad.runs import build, folder, results
from glassgrad.runs.config import TrainConfig
from glassgrad.train import loop_arithmetic, metrics
from glassgrad.train.callbacks import BestWeights, EarlyStopping
from glassgrad.train.checkpoint import Checkpoints, save_weights
from glassgrad.train.metrics import Evaluation
from glassgrad.train.progress import Progress
from glassgrad.train.records import Callback, History
from glassgrad.validate import validated

if TYPE_CHECKING:
    from rich.console import Console


@validated
@dataclass(frozen=True)
class Run:
    """What `train_run` returns: the trained model, how it got there, and how good it is.

    Args:
        config: its settings.
        folder: where it lies.
        history: its records.
        test: how it does on the test set.
        diagnosis: what the doctor says, if it was asked.
        model: trained.
    """

    config: TrainConfig
    folder: Path
    model: Module
    history: History
    test: Evaluation
    diagnosis: Diagnosis | None = None


@validated
def train_run(
    config: TrainConfig,
    out: str | Path,
    *,
    resume: bool = False,
    data_dir: str | Path | None = None,
    download: bool | None = None,
    callbacks: Sequence[Callback] = (),
    console: Console | None = None,
    figures: bool = True,
    doctor: bool = False,
) -> Run:
    """Train as `config` says and leave everything in the folder `out`.

    Nothing is written before data and model are there; nothing is overwritten unless `resume`.

    Args:
        config: the settings; what is left open suits the model.
        out: a new or empty folder; with `resume`, the folder of a run, which goes on exactly where its
            last checkpoint was taken, or begins if there is none.
        resume: go on instead of refusing a folder that has a run.
        data_dir: where the data are looked for first.
        download: False never fetches data, True also where a smaller stand-in is there.
        callbacks: your own, after those of the house.
        console: shows progress; quiet without.
        figures: whether figures are drawn at the end; for a small network that may take longer than
            to train it.
        doctor: whether the doctor looks on; the run is bit for bit the same.

    Raises:
        SettingError: settings out of range, or a folder that holds something else, or in which another
            process is training.
        CheckpointError: the folder's checkpoints are damaged, or the disk was full at the end.
        Diverged: a NaN or an infinity; the folder's summary says so too.
    """
    config = config.complete()
    parts = _prepare(config, data_dir, download)
    path = folder.claim(Path(out), config, resume)
    with locked(path / folder.LOCK, f"a folder in which nobody else is training, got {out}"):
        try:
            history, diagnosis = _train(parts, path, callbacks, console, doctor)
        except GlassgradError as error:
            status = {"status": type(error).__name__, "error": str(error)}
            with contextlib.suppress(OSError):  # a full disk must not hide what happened
                folder.write_json(path / "summary.json", status)
            raise
        return _finish(parts, path, history, figures, diagnosis)


def prove_run(
    out: str | Path,
    number: int,
    *,
    data_dir: str | Path | None = None,
    download: bool | None = None,
) -> Comparison:
    """Train the run in the folder `out` again, with the one change of its finding `number` (from 1).

    Same seed, same weights, same order of examples; nothing in the folder is changed.

    Raises:
        SettingError: no run, no doctor, or no such finding there.
    """
    findings = doctors.read(Path(out))
    if not 1 <= number <= len(findings):
        raise SettingError(
            f"expected the number of one of the {len(findings)} findings in {out}, got {number}: "
            f"glassgrad doctor {out} lists them."
        )
    history, error = folder.read_history(Path(out)), folder.read_error(Path(out))
    setup = _setup(_prepare(folder.read_config(out), data_dir, download))
    return Diagnosis(findings, history, error, setup).prove(number - 1)


@dataclass(frozen=True)
class _Parts:
    """What a run is made of before it begins; `pictures` is the test set before normalising."""

    config: TrainConfig
    model: Module
    validation: Dataset | None
    test: Dataset
    pictures: Dataset
    loader: Loader
    optimizer: Optimizer
    best: BestWeights | None


def _prepare(config: TrainConfig, data_dir: str | Path | None, download: bool | None) -> _Parts:
    """Data and model; each kind of chance has its own generator, spawned from the seed."""
    streams = np.random.SeedSequence(config.seed).spawn(3)
    weights, held_out, order = map(np.random.default_rng, streams)
    train, test = data.load(config.data, data_dir=data_dir, download=download)
    model = build.model(config, train.shape, len(train.classes), weights)
    validation = None
    if config.validation:
        train, validation = data.split(train, config.validation, held_out, stratified=True)
    normalize = build.normalization(config, train)
    held = validation and validation.apply(normalize)
    best = BestWeights(model) if config.keep_best else None
    train, size, augment = (
        train.apply(normalize),
        config.batch_size or 1,
        build.augmentation(config),
    )
    loader = Loader(train, size, rng=order, transform=augment)
    optimizer = build.optimizer(config, model)
    return _Parts(config, model, held, test.apply(normalize), test, loader, optimizer, best)


def _setup(parts: _Parts) -> Setup:
    config = parts.config
    total = loop_arithmetic.total_steps(config.epochs, config.steps, len(parts.loader))
    return Setup(
        parts.model,
        parts.loader,
        parts.optimizer,
        total,
        clip=config.clip or math.inf,
        schedule=build.schedule(config, total),
        validation=parts.validation,
    )


def _train(
    parts: _Parts,
    path: Path,
    callbacks: Sequence[Callback],
    console: Console | None,
    doctor: bool,
) -> tuple[History, Diagnosis | None]:
    config, setup = parts.config, _setup(parts)
    checkpoints = Checkpoints(path, config.checkpoint_every)
    house: list[Callback] = [folder.Log(path / "metrics.jsonl", checkpoints.history())]
    house += [parts.best] if parts.best else []
    house += [EarlyStopping(patience=config.patience)] if config.patience else []
    with Progress(config.epochs, setup.steps, console) as progress:
        mine: list[Callback] = [*house, progress, *callbacks]
        if not doctor:
            return setup.train(mine, checkpoints), None
        diagnosis = watched(setup, mine, checkpoints)
    doctors.write(path, diagnosis)
    if diagnosis.error is not None:
        raise diagnosis.error
    return diagnosis.history, diagnosis


def _finish(
    parts: _Parts, path: Path, history: History, figures: bool, diagnosis: Diagnosis | None
) -> Run:
    """Judge the model on the test set, once, and write what remains of the run."""
    if parts.best:
        parts.best.restore()
    scores = metrics.outputs(parts.model, parts.test.x)
    test = metrics.judge(scores, parts.test)
    atomic.write(path / "metrics.jsonl", history.to_json_lines().encode())
    save_weights(path / "weights.safetensors", parts.model)
    if figures:
        results.write_figures(path / "figures", history, parts.model, parts.pictures, scores)
    best_epoch = parts.best.epoch if parts.best else None
    folder.write_json(
        path / "summary.json", results.summary(history, parts.model, test, best_epoch)
    )
    return Run(parts.config, path, parts.model, history, test, diagnosis)
