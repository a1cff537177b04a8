"""The sweep of the command line: trainings, as `glassgrad train` does one, over typed axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassgrad.runs.config import TrainConfig
from glassgrad.sweep.job import Run
from glassgrad.sweep.runner import OnDone, sweep
from glassgrad.sweep.table import Table
from glassgrad.sweep.typed_axes import configurations
from glassgrad.train.records import Record, Step

STORE = Path("runs") / "runs.sqlite"
"""Where the command line keeps runs."""


@dataclass(frozen=True)
class Training:
    """The function that is swept: train, log every step and epoch, keep the weights.

    Args:
        data_dir: where the data are looked for first.
        download: False never fetches data.
        figures: whether each run draws its figures.
    """

    data_dir: Path | None = None
    download: bool | None = None
    figures: bool = False

    def __call__(self, config: TrainConfig, run: Run) -> dict[str, Any]:
        """Train in the run's folder, from its last checkpoint if it was interrupted."""
        from glassgrad.runs.run import train_run

        done = train_run(
            config,
            run.folder,
            resume=True,
            data_dir=self.data_dir,
            download=self.download,
            callbacks=[lambda record: run.log(record.step, **_numbers(record))],
            figures=self.figures,
        )
        run.keep("weights", run.folder / "weights.safetensors")
        last = done.history.epochs[-1]
        return {
            "test_accuracy": done.test.accuracy,
            "test_loss": done.test.loss,
            "validation_accuracy": last.validation_accuracy,
            "steps": len(done.history.steps),
        }


def sweep_training(
    base: TrainConfig,
    axes: Sequence[str],
    *,
    draws: int = 0,
    seed: int = 0,
    store: str | Path = STORE,
    jobs: int = 2,
    engine: str = "local",
    retries: int = 5,
    data_dir: Path | None = None,
    download: bool | None = None,
    figures: bool = False,
    on_done: OnDone | None = None,
) -> Table:
    """Train with every combination of the typed axes, or with `draws` random ones.

    Args:
        base: all other settings; what is left open suits the model.
        axes: such as "lr=0.1,0.5" or "lr=loguniform(1e-4,1e-1)".
        seed: of the random draws.
        figures: whether each run draws its figures into its folder; short runs take much longer then.

    Raises:
        SettingError: axes or settings that do not fit; nothing is trained then.  Also as for `sweep`.
    """
    configs = [config.complete() for config in configurations(base, axes, draws, seed)]
    return sweep(
        Training(data_dir, download, figures),
        configs,
        store=store,
        jobs=jobs,
        engine=engine,
        name="train",
        retries=retries,
        on_done=on_done,
    )


def _numbers(record: Record) -> dict[str, float]:
    """The numbers of a step by their names, those of an epoch as `epoch_…`."""
    names = ("loss", "accuracy", "gradient_norm", "lr")
    prefix = ""
    if not isinstance(record, Step):
        names, prefix = ("loss", "accuracy", "validation_loss", "validation_accuracy"), "epoch_"
    values = {prefix + name: getattr(record, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
