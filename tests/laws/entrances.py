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
IMAGES = np.linspace(-1.0, 1.0, 2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
LEAF = gg.tensor([0.25, 0.5])
RIGHT = {
    "avg_pool2d": {"x": IMAGES, "kernel": 2}, "max_pool2d": {"x": IMAGES, "kernel": 2},
    "batch_norm": {"x": X, "w": np.ones(2), "b": np.zeros(2)},
    "layer_norm": {"x": X, "w": np.ones(2), "b": np.zeros(2)},
    "broadcast_to": {"x": X, "shape": (3, 4, 2)}, "sum_to": {"x": X, "shape": (1, 2)},
    "conv2d": {"x": IMAGES, "w": np.ones((2, 3, 2, 2))}, "clip": {"x": X, "low": 0.2, "high": 0.6},
    "dot": {"a": X, "b": X.T}, "inner": {"a": X, "b": X}, "tensordot": {"a": X, "b": X},
    "derive": {"y": (LEAF * LEAF).sum(), "wrt": LEAF}, "grad": {"y": (LEAF * LEAF).sum(), "wrt": LEAF},
    "einsum": {"subscripts": "ij,ij->i", "*": [X, X]}, "flood": {"loss": np.array(0.2), "level": 0.1},
    "hinge_loss": {"scores": X[:, 0], "labels": np.array([1, -1, 1, -1])},
    "index": {"x": X, "index": (1, slice(None))}, "index_put": {"x": X, "index": 1, "v": np.ones(2)},
    "jit": {"step": gg.tanh}, "kl_div": {"log_q": np.log(X), "p": X},
    "l1_penalty": {"ws": [X], "strength": 0.1}, "l2_penalty": {"ws": [X], "strength": 0.1},
    "linear": {"x": X, "w": np.ones((3, 2))},
    "moveaxis": {"x": X, "source": 0, "destination": 1}, "swapaxes": {"x": X, "axis1": 0, "axis2": 1},
    "log_loss": {"p": X, "labels": LABELS},
    "numeric_grad": {"f": lambda x: float((x * x).sum()), "*": [X]},
    "one_hot": {"labels": LABELS, "classes": 2}, "pad": {"x": X, "widths": ((1, 1), (0, 2))},
    "repeat": {"x": X, "repeats": 2}, "tile": {"x": X, "reps": (2, 1)},
    "reshape": {"x": X, "shape": (2, 4)}, "roll": {"x": X, "shift": 1},
    "running_moments": {"mean": np.zeros(2), "var": np.ones(2), "x": X},
    "take": {"x": X, "rows": np.array([0, 1])}, "where": {"condition": X > 0.5, "x": X, "y": X},
}  # fmt: skip
"""Right arguments of functions of ops, where the names of the parameters do not say it."""
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
    """The named parameters of an entrance; those of an op are its inputs."""
    try:
        function = value.forward if isinstance(value, Op) else value
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def arguments(value, folder):
    """Right values for the parameters that must be given."""
    wanted = [p for p in parameters(value) if p.default is p.empty]
    if isinstance(value, Op):
        samples = type(value).samples(np.random.default_rng(0))
        inputs = next(inputs for op, *inputs in samples if op == value)
        return dict(zip([p.name for p in wanted], inputs, strict=True))
    if (given := RIGHT.get(getattr(value, "__name__", ""))) and getattr(
        gg, value.__name__
    ) is value:
        return dict(given)
    return {p.name: right(p.name, p.annotation, folder) for p in wanted}


def called(value, given):
    """Call it; positional-only parameters in their order."""
    if isinstance(value, Op):
        return value(*given.values())
    if "*" in given:
        given = dict(given)
        several, options = given.pop("*"), {k: given.pop(k) for k in ("h",) if k in given}
        return value(*given.values(), *several, **options)
    first = [p.name for p in parameters(value) if p.kind is p.POSITIONAL_ONLY]
    rest = {name: v for name, v in given.items() if name not in first}
    return value(*[given[name] for name in first if name in given], **rest)
