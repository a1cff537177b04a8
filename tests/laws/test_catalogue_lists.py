"""Lists of names, formats and refused calls: each row is used by a sample that fails without it."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from catalogues import falls_when, falls_without, holds, without

from glassgrad.arguments import numbers
from glassgrad.check.backward import adapters, references
from glassgrad.check.sandbox import audit
from glassgrad.check.table import cells, layers, scores

# ---- the words by which a student's code is understood


def called_with(*names):
    """What a backward function with these parameters is handed: g, y or an input, by name."""

    def function(*_):
        return None

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])
    g, y, given = np.zeros((2, 3)), np.ones((2, 3)), {"x": np.full((2, 3), 2.0)}
    return [float(v.flat[0]) for v in adapters.arguments(function, given, g, y)]


@pytest.mark.parametrize("name", ["g", "delta", "gy", "outputgradient"])
def test_each_name_of_what_arrives_is_understood(monkeypatch, name):
    falls_without(monkeypatch, adapters, "_GIVEN", name, lambda: called_with("x", name) == [2, 0])


@pytest.mark.parametrize("name", ["y", "out", "output", "yhat", "cache", "h", "s", "z"])
def test_each_name_of_the_output_is_understood(monkeypatch, name):
    falls_without(
        monkeypatch, adapters, "_OUTPUT", name, lambda: called_with("x", name, "g") == [2, 1, 0]
    )


@pytest.mark.parametrize("name", ["lr", "learningrate", "eta", "alpha", "stepsize"])
def test_each_name_of_a_learning_rate_is_understood(monkeypatch, name):
    falls_without(monkeypatch, adapters, "_RATES", name, lambda: adapters.is_rate(name.upper()))


ALIASES = {
    "x": "x input inputs a data inp",
    "w": "w weight weights kernel kernels theta filters filter",
    "b": "b bias biases beta",
    "labels": "labels label t target targets y ytrue",
}


def pairs(words):
    return [(key, word) for key, value in words.items() for word in value.split()]


@pytest.mark.parametrize(("key", "alias"), pairs(ALIASES))
def test_each_alias_of_an_argument_is_understood(monkeypatch, key, alias):
    names = adapters.ALIASES[key]
    other = next(n for n in names if n != alias)
    left = {**adapters.ALIASES, key: without(names, alias)}
    falls_when(monkeypatch, adapters, "ALIASES", left, lambda: adapters.same_name(alias, other))


# ---- the functions that a student's class may be


def rows(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def own(p, labels):
    return p[np.arange(len(labels)), labels]


def convolution(x, w, b):
    y = np.zeros((len(x), len(w), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1))
    for n, k, i, j in np.ndindex(*y.shape):
        y[n, k, i, j] = (x[n, :, i : i + w.shape[2], j : j + w.shape[3]] * w[k]).sum() + b[k]
    return y


def windows(x):
    return x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2)


def standard(x, axis, eps=1e-5):
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + eps)


def bce(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()


FORMULAS = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "softmax": rows,
    "log_softmax": lambda x: np.log(rows(x)),
    "exp": np.exp,
    "sin": np.sin,
    "linear": [
        lambda x, w, b: np.einsum("nd,dk->nk", x, w) + b,
        lambda x, w, b: np.einsum("nd,kd->nk", x, w) + b,
        lambda x, w, b: np.einsum("kd,dn->kn", w, x) + b,
    ],
    "matmul": lambda a, b: np.einsum("ij,jk->ik", a, b),
    "multiply": lambda a, b: a * b,
    "mse_loss": lambda x, t: ((x - t) ** 2).mean(),
    "l1_loss": lambda x, t: np.abs(x - t).mean(),
    "cross_entropy": lambda x, labels: -np.log(own(rows(x), labels)).mean(),
    "nll_loss": lambda x, labels: -own(x, labels).mean(),
    "log_loss": lambda p, labels: -np.log(own(p, labels)).mean(),
    "binary_cross_entropy": bce,
    "binary_cross_entropy_with_logits": lambda x, t: bce(sigmoid(x), t),
    "kl_div": lambda log_q, p: (p * (np.log(p) - log_q)).sum() / len(p),
    "hinge_loss": lambda x, t: np.maximum(0, 1 - t * x).mean(),
    "conv2d": convolution,
    "max_pool2d": lambda x: windows(x).max((3, 5)),
    "avg_pool2d": lambda x: windows(x).mean((3, 5)),
    "batch_norm": lambda x, w, b: standard(x, 0) * w + b,
    "layer_norm": lambda x, w, b: standard(x, 1) * w + b,
}


def computes(name):
    """Whether the references of a name compute its formula, on inputs of their own shapes."""
    formulas = FORMULAS[name] if isinstance(FORMULAS[name], list) else [FORMULAS[name]]
    label, choices = references.find(name)
    assert label == name
    assert len(choices) == len(formulas)
    for (reference, shapes), formula in zip(choices, formulas, strict=True):
        xs = references.inputs_of(reference, shapes, 3)
        np.testing.assert_allclose(numbers(reference(*xs.values()), "y"), formula(*xs.values()))
    return True


@pytest.mark.parametrize("name", FORMULAS)
def test_each_reference_is_the_function_of_that_name(monkeypatch, name):
    falls_without(monkeypatch, references, "REFERENCES", name, lambda: computes(name))
    other = references.REFERENCES["sin" if name != "sin" else "exp"]
    wrong = {**references.REFERENCES, name: other}
    falls_when(monkeypatch, references, "REFERENCES", wrong, lambda: computes(name))


ALSO = {
    "linear": "affine dense fullyconnected fc",
    "mse_loss": "mse squaredloss squarederror meansquarederror",
    "l1_loss": "l1 absoluteerror meanabsoluteerror mae",
    "cross_entropy": "crossentropyloss softmaxloss softmaxcrossentropy",
    "nll_loss": "nll negativeloglikelihood",
    "binary_cross_entropy": "bce bceloss binarycrossentropyloss",
    "binary_cross_entropy_with_logits": "bcewithlogits bcewithlogitsloss",
    "kl_div": "kl kldivergence kldivloss",
    "hinge_loss": "hinge",
    "conv2d": "conv convolution",
    "max_pool2d": "maxpool maxpooling",
    "avg_pool2d": "avgpool averagepool meanpool",
    "batch_norm": "batchnorm1d batchnormalization",
    "layer_norm": "layernormalization",
    "exp": "exponential",
}


@pytest.mark.parametrize(("name", "alias"), pairs(ALSO))
def test_each_other_name_of_a_function_is_known(monkeypatch, name, alias):
    left = {**references._ALSO, name: without(references._ALSO[name], alias)}
    falls_when(monkeypatch, references, "_ALSO", left, lambda: references.find(alias)[0] == name)


@pytest.mark.parametrize(
    "word",
    ["my", "student", "backward", "gradient", "grad", "layer", "activation", "function", "d"],
)
def test_each_word_around_a_name_is_taken_off(monkeypatch, word):
    falls_without(
        monkeypatch,
        references,
        "_AROUND",
        word,
        lambda: references.find(f"{word}relu")[0] == "relu",
    )


# ---- what a printed table may look like


HEADINGS = {
    "precision": "precision",
    "ppv": "precision",
    "recall": "recall",
    "sensitivity": "recall",
    "f1": "f1",
    "f1-score": "f1",
    "f1 score": "f1",
    "support": "support",
    "count": "support",
    "images": "support",
}


@pytest.mark.parametrize("word", HEADINGS)
def test_each_heading_of_a_table_of_scores_is_read(monkeypatch, word):
    means = HEADINGS[word]

    def sample():
        beside = "recall" if means == "precision" else "precision"
        found = scores.Scores.read([["class", beside, word], ["a", "0.9", "0.8"]])
        return [p.value for p in found.columns[means]] == [0.8]

    falls_without(monkeypatch, scores, "_NAMES", word, sample)
    other = {**scores._NAMES, word: "f1" if means != "f1" else "support"}
    falls_when(monkeypatch, scores, "_NAMES", other, sample)


def counted(name):
    none = scores.Scores({})
    found = scores.class_counts(name, none, 10)
    return sum(found) == 10_000 and (name != "mnist" or _as_in_the_file(found))


def _as_in_the_file(found):
    """Independent: Σ k nₖ and Σ k² nₖ of the test labels of MNIST, worked out from the file."""
    return [sum(n * k**p for k, n in enumerate(found)) for p in (1, 2)] == [44434, 281290]


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar-10"])
def test_each_test_set_is_counted(monkeypatch, name):
    falls_without(monkeypatch, scores, "COUNTS", name, lambda: counted(name))
    for i in (0, 4, 9):
        wrong = list(scores.COUNTS[name])
        wrong[i] += 1
        altered = {**scores.COUNTS, name: tuple(wrong)}
        falls_when(monkeypatch, scores, "COUNTS", altered, lambda: counted(name))
    if name == "mnist":
        wrong = list(scores.COUNTS[name])
        wrong[2], wrong[3] = wrong[3], wrong[2]
        altered = {**scores.COUNTS, name: tuple(wrong)}
        falls_when(monkeypatch, scores, "COUNTS", altered, lambda: counted(name))


PRINTED = {
    "99.38 %": (0.9938, 1e-4),
    "99.38%": (0.9938, 1e-4),
    r"99.4\%": (0.994, 1e-3),
    "20,500": (20500.0, 0.0),
    "−0.5": (-0.5, 0.1),
    "1.2e-3": (0.0012, 1e-4),
    ".75": (0.75, 0.01),
}


@pytest.mark.parametrize("cell", PRINTED)
def test_each_way_to_print_a_number_is_read(cell):
    found = cells.printed(cell)
    assert (found.value, found.open) == pytest.approx(PRINTED[cell])


TEXTS = {
    "_OUTPUTS": [
        ("16 output channels", 16),
        ("nn.Linear(in_features=8, out_features=32)", 32),
        ("Conv2d(3, 24, 5)", 24),
        ("Dense(10)", 10),
    ],
    "_INPUTS": [
        ("Linear, in_features=8", 8),
        ("Linear(784, 10)", 784),
        ("1,024 inputs", 1024),
    ],
    "_KERNEL": [
        ("conv 5 × 5", 25),
        ("conv, kernel_size=3", 9),
        ("Conv2d(3, 24, 5)", 25),
    ],
}
PATTERNS = [(name, i) for name, texts in TEXTS.items() for i in range(len(texts))]


@pytest.mark.parametrize(("name", "i"), PATTERNS)
def test_each_way_to_describe_a_layer_is_read(monkeypatch, name, i):
    text, value = TEXTS[name][i]
    patterns = getattr(layers, name)
    what = {"_OUTPUTS": "outputs", "_INPUTS": "inputs", "_KERNEL": "kernel"}[name]

    def sample():
        return getattr(layers.Layer.read([text, "1"]), what) == value

    falls_without(monkeypatch, layers, name, patterns[i], sample)


# ---- what a student's code may not do while it is checked

EVENTS = [
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "os.link",
    "os.symlink",
    "shutil.rmtree",
    "shutil.move",
    "os.chmod",
    "os.chown",
    "subprocess.Popen",
    "os.system",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.exec",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
]
PROGRAM = Path(__file__).with_name("refused_calls.py")


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """For each event, what became of a real call: with the list whole, and without its row."""
    place = tmp_path_factory.mktemp("audit")
    done = subprocess.run(
        [sys.executable, PROGRAM, place], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("event", EVENTS)
def test_each_call_is_refused_because_its_event_is_listed(refused, event):
    assert refused[event] == ["refused", "let through"]


def test_the_sample_of_a_law_must_be_able_to_fail(monkeypatch):
    """The laws themselves: a row that nobody needs is told."""
    assert not holds(lambda: 1 / 0)
    with pytest.raises(AssertionError, match="nobody notices"):
        falls_without(monkeypatch, references, "_AROUND", "my", lambda: True)
    with pytest.raises(AssertionError, match="fails as it is"):
        falls_without(monkeypatch, references, "_AROUND", "my", lambda: False)


def test_every_row_has_its_sample():
    """A row that is added needs a sample here; the lists are written out, so that none is lost unseen."""
    assert set(FORMULAS) == set(references.REFERENCES)
    assert {k: tuple(v.split()) for k, v in ALSO.items()} == references._ALSO
    assert {k: tuple(v.split()) for k, v in ALIASES.items()} == adapters.ALIASES
    assert set(EVENTS) == {*audit._FILES, *audit._PROCESSES, *audit._NETWORK}
    assert set(HEADINGS) == set(scores._NAMES)
    assert {name: len(texts) for name, texts in TEXTS.items()} == {
        name: len(getattr(layers, name)) for name in TEXTS
    }
