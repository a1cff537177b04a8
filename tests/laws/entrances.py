"""Every public function, with arguments that are right, and the wrong ones that are put in their place.

`ENTRANCES` holds each public function and class by its name; `arguments` makes a call of it that is right
as far as kinds go; `WRONG` are values that somebody may put in any place.
"""

import importlib
import inspect
import math
from pathlib import Path

import numpy as np

import glassgrad as gg
from glassgrad import data, nn, optim, runs, train
from glassgrad.ops.base import Op

ROOMS = (
    "nn", "optim", "data", "train", "doctor", "runs", "sweep", "check", "figures", "derivation", "report",
    "course", "bridges",
)  # fmt: skip


def entrances():
    """Name and callable of everything that a user may call, each once."""
    found, seen = {}, set()
    named = [("gg", name, getattr(gg, name)) for name in dir(gg)]
    for room in ROOMS:
        module = importlib.import_module(f"glassgrad.{room}")
        named += [(room, name, getattr(module, name)) for name in dir(module)]
    for room, name, value in named:
        home = "glassgrad" if room == "gg" else f"glassgrad.{room}"
        ours = isinstance(value, Op) or getattr(value, "__module__", "").startswith(home)
        error = inspect.isclass(value) and issubclass(value, BaseException)
        if name.startswith("_") or not callable(value) or not ours or error or id(value) in seen:
            continue
        seen.add(id(value))
        found[f"{room}.{name}"] = value
    return found


ENTRANCES = entrances()


def model():
    return nn.Sequential(nn.Linear(2, 3, rng=0))


def right(name, annotation, folder):
    """A value for a parameter, by its name or else by its annotation."""
    known = {
        "model": model, "ds": lambda: SET, "data": lambda: SET, "train": lambda: SET, "test": lambda: SET,
        "optimizer": lambda: optim.SGD(model().parameters(), lr=0.1), "x": lambda: X, "y": lambda: X,
        "labels": lambda: LABELS, "w": lambda: X, "b": lambda: X, "a": lambda: X, "t": lambda: X,
        "p": lambda: np.full((4, 2), 0.5), "params": lambda: model().parameters(), "rng": lambda: 0,
        "path": lambda: folder / "file", "out": lambda: folder / "out", "data_dir": lambda: folder,
        "xs": lambda: [X, X], "f": lambda: gg.tanh, "points": lambda: X, "wrt": lambda: None,
        "history": train.History, "config": runs.TrainConfig, "shape": lambda: (2, 4),
        "name": lambda: "digits",
        "classes": lambda: ("a", "b"), "loss": lambda: gg.cross_entropy, "kernel": lambda: 2,
    }  # fmt: skip
    if name in known:
        return known[name]()
    text = str(annotation)
    for word, value in (
        ("int", 2),
        ("float", 0.5),
        ("bool", True),
        ("str", "a"),
        ("Callable", gg.tanh),
    ):
        if word in text:
            return value
    return X


X = np.linspace(0.1, 0.9, 8).reshape(4, 2)
LABELS = np.array([0, 1, 0, 1])
SET = data.Dataset(X.astype(np.float32), LABELS, ("a", "b"), "small")
WRONG = {
    "None": None,
    "text": "no such thing",
    "empty text": "",
    "-1": -1,
    "0": 0,
    "2**63": 2**63,
    "half": 2.5,
    "nan": math.nan,
    "inf": math.inf,
    "bool": True,
    "complex": 1j,
    "list": [1, 2],
    "ragged": [[1], [1, 2]],
    "empty list": [],
    "dict": {"a": 1},
    "object": object(),
    "class": int,
    "function": len,
    "array": np.zeros((2, 3)),
    "integers": np.arange(4),
    "empty array": np.zeros((0, 3)),
    "names": np.array(["a", "b"]),
    "objects": np.array([None, 1]),
    "float16": np.zeros((2, 2), np.float16),
    "nan array": np.full((4, 2), np.nan),
    "huge array": np.broadcast_to(np.float32(0), (2**20, 2**20)),
    "tensor": gg.tensor([1.0, 2.0]),
    "model": nn.Linear(2, 2, rng=0),
    "path": Path("/no/such/folder/file"),
    "bytes": b"ab",
}
"""What may be put in the place of any argument."""


def parameters(value):
    """The named parameters of an entrance."""
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def arguments(value, folder):
    """Right values for the parameters that must be given."""
    wanted = [p for p in parameters(value) if p.default is p.empty]
    return {p.name: right(p.name, p.annotation, folder) for p in wanted}


def called(value, given):
    """Call it; positional-only parameters in their order."""
    first = [p.name for p in parameters(value) if p.kind is p.POSITIONAL_ONLY]
    rest = {name: v for name, v in given.items() if name not in first}
    return value(*[given[name] for name in first if name in given], **rest)
