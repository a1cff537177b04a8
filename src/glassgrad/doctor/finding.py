"""What a finding is: a sentence, the numbers and the plot behind it, and the one change that would tell.

A finding is plain data: it is written down with the run and read again without it.
Read next: `change.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from glassgrad.doctor.change import Change
from glassgrad.figures import lines, style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Severity = Literal["serious", "warning"]


@dataclass(frozen=True)
class Plot:
    """A plot as data: bars if x holds names, else lines.

    Args:
        x: places along the axis, or a name for each bar.
        series: values by name; None where there is no number.
        limit: where a dotted line is drawn, with its name.
        shares: whether the values are shares of 1, shown in percent.
    """

    title: str
    x_label: str
    y_label: str
    x: tuple[Any, ...]
    series: Mapping[str, tuple[float | None, ...]]
    log_x: bool = False
    log_y: bool = False
    limit: float | None = None
    limit_label: str = ""
    shares: bool = False

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw it."""
        ax = ax or style.new_axes(4.6, 2.9)
        if self.x and isinstance(self.x[0], str):
            self._bars(ax)
        else:
            self._lines(ax)
        if self.limit is not None:
            ax.axhline(self.limit, color=style.PALE, lw=0.9, ls=":", label=self.limit_label)
        if self.shares:
            from matplotlib.ticker import PercentFormatter

            names = isinstance(self.x[0], str) and len(self.series) > 1
            ax.set_yticks(np.linspace(0, 1, 6).tolist())
            ax.set_ylim(0, 1.35 if names else 1.02)  # room for the legend above bars
            ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        if len(self.series) > 1 or self.limit is not None:
            ax.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)
        return ax

    def _lines(self, ax: Axes) -> None:
        columns = {name: self._column(values) for name, values in self.series.items()}
        lines(
            np.array(self.x, float),
            columns,
            ax,
            title=self.title,
            x_label=self.x_label,
            y_label=self.y_label,
            log_x=self.log_x,
            log_y=self.log_y,
        )

    def _column(self, values: tuple[float | None, ...]) -> Any:
        column = np.array([np.nan if v is None else v for v in values], float)
        return np.where(column > 0, column, np.nan) if self.log_y else column

    def _bars(self, ax: Axes) -> None:
        places, width = np.arange(len(self.x)), 0.8 / len(self.series)
        for i, (name, values) in enumerate(self.series.items()):
            at = places + (i - (len(self.series) - 1) / 2) * width
            ax.bar(at, self._column(values), 0.9 * width, color=style.PALETTE[i], label=name)
        style.dress(ax, title=self.title, x=self.x_label, y=self.y_label)
        slanted = max(map(len, self.x)) * len(self.x) > 50
        ax.set_xticks(
            places, self.x, rotation=30 if slanted else 0, ha="right" if slanted else "center"
        )
        if self.log_y:
            ax.set_yscale("log")
            ax.tick_params(which="both", labelsize=style.SMALL)


@validated
@dataclass(frozen=True)
class Finding:
    """What a rule says about a run.

    Args:
        rule: its name.
        layer: path of the layer or parameter it is about; "" if it is about the whole run.
        sentence: what was found, with its numbers.
        numbers: those numbers.
        plot: the evidence.
        remedy: what to do, in words.
        change: the one change of the counter-experiment.
        expect: what the counter-experiment shows if the finding is right: "better", the finding disappears
            and the run ends better; "gone", it disappears; "same", the loss stays as it is (the labels
            may as well be shuffled); "worse", the validation loss is worse than was believed.
        consequence: whether it may follow from the findings before it.
        severity: "serious" or "warning".
    """

    rule: str
    sentence: str
    remedy: str
    change: Change
    numbers: Mapping[str, float] = field(default_factory=dict)
    plot: Plot | None = None
    layer: str = ""
    severity: Severity = "serious"
    expect: Literal["better", "gone", "same", "worse"] = "better"
    consequence: bool = False

    def figure(self, ax: Axes | None = None) -> Axes:
        """The evidence as a figure."""
        plot = self.plot or Plot(
            self.rule, "", "", tuple(self.numbers), {"": tuple(self.numbers.values())}
        )
        return plot.draw(ax)

    def __str__(self) -> str:
        where = f" in layer {self.layer}" if self.layer else ""
        return f"{self.rule}{where}: {self.sentence} {self.remedy}"

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it; numbers that are not finite become None."""
        fields = _plain(asdict(self))
        assert isinstance(fields, dict)
        return fields

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Finding:
        """What `to_json` gave."""
        plot = fields["plot"] and Plot(
            **fields["plot"]
            | {
                "x": tuple(fields["plot"]["x"]),
                "series": {k: tuple(v) for k, v in fields["plot"]["series"].items()},
            }
        )
        return cls(**{**fields, "plot": plot or None, "change": Change(**fields["change"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
