"""How training shows itself: a bar in a terminal, one plain line per epoch anywhere else.

`fit` prints nothing; this is a callback like any other.  rich finds out whether there is a terminal and
honours NO_COLOR.  Read next: `runs/run.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from glassgrad.train.records import Epoch, Record, Step
from glassgrad.validate import validated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar


@validated
class Progress:
    """Show the progress of `fit`; use it around the call.

        with Progress(epochs=10) as progress:
            fit(model, data, optimizer=optimizer, epochs=10, callbacks=[progress])

    Args:
        epochs: how many there will be, if that is known: for "epoch 3/10".
        steps: how many updates there will be, if that is known: for a bar with an end.
        console: where to write, such as rich.console.Console(); nowhere by default.
    """

    def __init__(
        self, epochs: int | None = None, steps: int | None = None, console: Console | None = None
    ) -> None:
        from rich.console import Console

        self.epochs, self.steps = epochs, steps
        self.console = console or Console(quiet=True)
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal and not self.console.quiet:
            self._bar = _bar(self.console)
            self._bar.add_task("training", total=self.steps, loss="")
            self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __call__(self, record: Record) -> None:
        """Move the bar after a step; write a line after an epoch."""
        if isinstance(record, Epoch):
            self.console.print(epoch_line(record, self.epochs), soft_wrap=True, highlight=False)
            self.console.file.flush()
        elif self._bar is not None:
            task = self._bar.tasks[0].id
            self._bar.update(task, completed=record.step, loss=_step_text(record))


def epoch_line(epoch: Epoch, epochs: int | None = None) -> str:
    """One line about an epoch.

    >>> epoch_line(Epoch(3, 135, 0.25, 0.9231, 0.3, 0.9, 0.1, 1.234), epochs=10)
    'epoch  3/10   loss 0.2500   accuracy 92.31 %   validation 0.3000   90.00 %   lr 0.1   1.2 s'
    """
    width = len(str(epochs or epoch.epoch))
    parts = [f"epoch {epoch.epoch:>{width}}" + (f"/{epochs}" if epochs else "")]
    parts.append(f"loss {epoch.loss:.4f}")
    if epoch.accuracy is not None:
        parts.append(f"accuracy {_percent(epoch.accuracy)}")
    if epoch.validation_loss is not None:
        parts.append(f"validation {epoch.validation_loss:.4f}")
    if epoch.validation_accuracy is not None:
        parts.append(_percent(epoch.validation_accuracy))
    return "   ".join([*parts, f"lr {epoch.lr:.3g}", f"{epoch.seconds:.1f} s"])


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _step_text(step: Step) -> str:
    return f"epoch {step.epoch}   loss {step.loss:.4f}"


def _bar(console: Console) -> Bar:
    """Bar, share, time left and what the last step said, redrawn four times a second."""
    from rich import progress as rich_progress

    return rich_progress.Progress(
        rich_progress.BarColumn(bar_width=30),
        rich_progress.TaskProgressColumn(),
        rich_progress.TimeRemainingColumn(elapsed_when_finished=True),
        rich_progress.TextColumn("{task.fields[loss]}"),
        console=console,
        refresh_per_second=4,
        transient=True,
    )
