"""The command line: a thin shell over the rest.

    glassgrad train [DATA] [MODEL]    train a network and leave a folder with everything about it
    glassgrad doctor DIR              what ails a run that was trained with --doctor, and the proof
    glassgrad data list|get|check     the data sets: what there is, fetch it, check it
    glassgrad summary MODEL           layers, shapes and costs of a network
    glassgrad sweep AXIS …            many runs at a time, over settings
    glassgrad runs list|show|…        what has been run
    glassgrad course list|run|edf     the exercises of five assignments
    glassgrad check backward|…        is a backward pass, a formula, a table, … right?
    glassgrad derive FORMULA          a gradient step by step, each step checked

Exit codes: 0 done · 1 refused or failed, with one message on standard error · 2 wrong usage ·
130 interrupted (a run can be resumed); of `check` and `derive`: 0 right · 1 wrong · 2 could not be run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

import glassgrad as gg
from glassgrad.cli import checks, course, datasets, doctor, experiments, training
from glassgrad.errors import GlassgradError

app = App(
    name="glassgrad",
    help="Deep learning you can see through.",
    version=gg.__version__,
    help_format="plaintext",
    suppress_keyboard_interrupt=False,  # or it would be silent
)
app.command(training.train)
app.command(training.summary)
app.command(doctor.doctor)
app.command(datasets.app)
app.command(experiments.sweep)
app.command(experiments.app)
app.command(course.app)
app.command(checks.app)
app.command(checks.derive)


_INTERRUPTED = (
    "interrupted; what was finished is kept. Training goes on with: glassgrad train --resume DIR; "
    "exercises and sweeps with the same command."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; whatever is refused becomes one message and an exit code, never a traceback."""
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        _stop(f"{error}\nglassgrad --help shows what there is.", 2)
    except BrokenPipeError:  # as in `glassgrad derive … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (GlassgradError, OSError) as error:
        _stop(str(error), 1)
    except KeyboardInterrupt:
        _stop(_INTERRUPTED, 130)


def _stop(message: str, code: int) -> None:
    print(f"glassgrad: {message}", file=sys.stderr)
    sys.exit(code)
