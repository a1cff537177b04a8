"""The command line: a thin shell over the rest.

    glassgrad train [DATA] [MODEL]    train a network and leave a folder with everything about it
    glassgrad data list|get|check     the data sets: what there is, fetch it, check it
    glassgrad summary MODEL           layers, shapes and costs of a network

Exit codes: 0 done · 1 refused or failed, with one message on standard error · 2 wrong usage ·
130 interrupted (a run can be resumed).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

import glassgrad as gg
from glassgrad import data, nn
from glassgrad.errors import GlassgradError, SettingError
from glassgrad.nn import models
from glassgrad.train.config import TrainConfig
from glassgrad.train.run import Run, train_run

app = App(
    name="glassgrad",
    help="Deep learning you can see through.",
    version=gg.__version__,
    help_format="plaintext",
)
data_app = App(name="data", help="Data sets: what there is, fetch it, check it.")
app.command(data_app)

Flag = Annotated[bool, Parameter(negative="")]


@app.command
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
    run = train_run(
        config,
        folder,
        resume=resume is not None,
        data_dir=data_dir,
        download=False if offline else None,
        console=console,
    )
    _report(run, json, console)


@data_app.command(name="list")
def list_data(*, data_dir: Path | None = None, json: Flag = False) -> None:
    """Every data set: size, classes, licence, and whether it is on this machine."""
    infos = [data.info(name, data_dir=data_dir) for name in data.names()]
    if json:
        return _print_json([dataclasses.asdict(info) for info in infos])
    for i in infos:
        shape, sizes = "×".join(map(str, i.shape)), f"{i.train:,} + {i.test:,}"
        print(f"{i.name:12} {shape:8} {sizes:>16}   {i.status}\n{'':12} {i.title}; {i.licence}")
    return None


@data_app.command
def get(*names: str, data_dir: Path | None = None, json: Flag = False) -> None:
    """Fetch data sets and check every file against its digest; nothing is left half-installed.

    Args:
        names: data sets, such as mnist.
        data_dir: put the files here; by default into the cache folder.
    """
    if not names:
        raise SettingError("expected the name of a data set, got none: glassgrad data get mnist.")
    _checks({name: data.get(name, data_dir=data_dir) for name in names}, json)


@data_app.command
def check(*names: str, data_dir: Path | None = None, json: Flag = False) -> None:
    """Check the files of data sets (of all, without names) against their digests; fetch nothing."""
    chosen = names or tuple(data.names())
    _checks({name: data.check(name, data_dir=data_dir) for name in chosen}, json)


@app.command
def summary(
    model: str, *, data: str = "digits", shape: tuple[int, ...] = (), json: Flag = False
) -> None:
    """Layers, output shapes, parameters, multiply-adds and memory of a network.

    Args:
        model: name of a network.
        data: the data set whose shape and classes it is built for.
        shape: shape of one input instead, such as --shape 3 32 32; ten classes then.
    """
    info = gg.data.info(data)
    inputs, classes = (shape, 10) if shape else (info.shape, len(info.classes))
    result = nn.summary(models.build(model, inputs, classes, np.random.default_rng(0)), inputs)
    if json:
        return _print_json(result.to_dict())
    return print(result)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; whatever is refused becomes one message and an exit code, never a traceback."""
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        _stop(f"{error}\nglassgrad --help shows what there is.", 2)
    except (GlassgradError, OSError) as error:
        _stop(str(error), 1)
    except KeyboardInterrupt:
        _stop("interrupted; a run goes on with: glassgrad train --resume DIR", 130)


def _stop(message: str, code: int) -> None:
    print(f"glassgrad: {message}", file=sys.stderr)
    sys.exit(code)


def _with_positionals(config: TrainConfig, data: str | None, model: str | None) -> TrainConfig:
    """DATA and MODEL may be given by place or by name, not both."""
    for name, value in (("data", data), ("model", model)):
        if value is None:
            continue
        if getattr(config, name) not in (getattr(TrainConfig, name), value):
            raise SettingError(
                f"expected one {name}, got {value!r} and --{name} {getattr(config, name)!r}."
            )
        config = dataclasses.replace(config, **{name: value})  # type: ignore[arg-type]
    return config


def _resumed(config: TrainConfig, folder: Path) -> TrainConfig:
    """The settings of the run in `folder`, with what the command line gives put over them."""
    path = folder / "config.json"
    if not path.is_file():
        raise SettingError(
            f"expected the folder of a run, got {folder}, which has no config.json: "
            "give the folder that `glassgrad train` wrote."
        )
    saved = TrainConfig.from_json(json.loads(path.read_text())["settings"])
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
        return _print_json(
            {
                "folder": str(run.folder),
                "steps": len(run.history.steps),
                "test_loss": test.loss,
                "test_accuracy": test.accuracy,
                "confusion": confusion,
            }
        )
    accuracy = "" if test.accuracy is None else f"accuracy {100 * test.accuracy:.2f} %, "
    console.print(
        f"test: {accuracy}loss {test.loss:.4f}\nweights, metrics and figures are in {run.folder}",
        highlight=False,
    )
    return None


def _checks(results: dict[str, Any], as_json: bool) -> None:
    """One line per file; a file that is missing or altered makes the command fail."""
    files = [(name, check) for name, checks in results.items() for check in checks]
    if as_json:
        _print_json([{"data": name, **dataclasses.asdict(c)} for name, c in files])
    else:
        for name, c in files:
            print(f"{name:12} {c.file:32} {c.status}{': ' + c.message if c.message else ''}")
        for name in (n for n, checks in results.items() if not checks):
            print(f"{name:12} generated, no files")
    if any(c.status == "altered" for _, c in files):
        raise GlassgradError("a file is not the original: delete it, then glassgrad data get NAME.")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, default=str))
