"""Settings of a run that is under way: checked before anything is changed.

Read next: `session.py`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from glassgrad.arguments import positive
from glassgrad.data import Loader
from glassgrad.errors import SettingError
from glassgrad.optim import Optimizer

OWN = ("loss", "penalty", "clip", "schedule", "batch_size")
"""What a session can change beside the settings of its optimizer."""


def names(optimizer: Optimizer) -> list[str]:
    """The settings of an optimizer."""
    return [f.name for f in fields(optimizer) if f.name != "params"]


def with_settings(optimizer: Optimizer, settings: dict[str, Any]) -> Optimizer:
    """An optimizer of the same parameters with other settings that remembers what it can.

    An array that the new settings need and the old ones did not (momentum from 0) begins as at the first
    step.  Raises SettingError for a value out of its range.
    """
    known = {name: getattr(optimizer, name) for name in names(optimizer)}
    new = type(optimizer)(optimizer.params, **known | settings)
    new.steps = list(optimizer.steps)
    for i, (old, fresh) in enumerate(zip(optimizer.state, new.state, strict=True)):
        same = [a.shape for a in old] == [b.shape for b in fresh]
        kept = dict(zip(optimizer.state_names, old, strict=False))
        new.state[i] = (
            old if same else tuple(map(_remembered, optimizer.state_names, fresh, [kept] * 9))
        )
    return new


def _remembered(name: str, fresh: Any, kept: dict[str, Any]) -> Any:
    return kept[name] if name in kept and kept[name].shape == fresh.shape else fresh


def check(settings: dict[str, Any]) -> None:
    """Raise SettingError for a value that a session cannot work with.

    Args:
        settings: by name, those of `OWN`; others are passed over.
    """
    clip = settings.get("clip", 1.0)
    if isinstance(clip, bool) or not isinstance(clip, int | float) or not clip > 0:
        raise SettingError(f"expected clip above 0, got {clip!r}: write clip=1.0, or math.inf.")
    if "batch_size" in settings:
        positive(batch_size=settings["batch_size"])
    for name in ("loss", "penalty", "schedule"):
        value = settings.get(name, check)
        if not callable(value) and (name == "loss" or value is not None):
            nothing = "" if name == "loss" else ", or None"
            raise SettingError(
                f"expected {name} to be a function{nothing}, got {value!r}: "
                f"write {_EXAMPLES[name]}."
            )


_EXAMPLES = {
    "loss": "loss=ops.mse_loss",
    "penalty": "penalty=lambda model: ops.l2_penalty(model.parameters(), 0.01)",
    "schedule": "schedule=optim.StepLR(100)",
}


def in_batches_of(loader: Loader, size: int) -> Loader:
    """The same loader with other batches, at the beginning of its next pass over the data."""
    state = loader.state_dict()
    new = Loader(
        loader.ds,
        size,
        loader.shuffle,
        drop_last=loader.drop_last,
        transform=loader.transform,
        prefetch=loader.prefetch,
    )
    epoch = state["epoch"] + (state["position"] > 0)
    new.load_state_dict({**state, "batch_size": size, "epoch": epoch, "position": 0})
    return new
