"""Recipes, schedules, formats, ranges and limits: each row written out, and what it does seen from outside.

The rows stand here, not in the catalogue: one that is lost or altered there is missed here.
"""

import gzip
import lzma
import sqlite3
import struct

import numpy as np
import pytest
from catalogues import falls_without

import glassgrad as gg
from glassgrad import data, nn, optim
from glassgrad.check.shared.report import Report
from glassgrad.course.claim import VERDICTS
from glassgrad.course.parts import Figure
from glassgrad.data.base import Dataset
from glassgrad.data.fetch import find
from glassgrad.data.files import File
from glassgrad.data.idx import read_idx
from glassgrad.errors import DataError, SettingError
from glassgrad.nn import models, settings
from glassgrad.nn.init import SCHEMES
from glassgrad.report import prose
from glassgrad.report.figure import inline
from glassgrad.report.page import _MEANINGS as MEANINGS
from glassgrad.report.write import write
from glassgrad.runs import build
from glassgrad.runs.config import DEFAULTS, OPTIMIZERS, RECIPES, TrainConfig
from glassgrad.runs.entry import STATUSES
from glassgrad.runs.store import Store
from glassgrad.runs.views import list_runs
from glassgrad.sweep import engines, typed_axes
from glassgrad.train import callbacks, new_settings
from glassgrad.train.session import Session

# ---- what suits a model, and an optimizer

FILLED = {
    "logistic": ("sgd", 0.1, 0.9, 0.0, 32, 10, None, "constant", "none"),
    "mlp": ("sgd", 0.1, 0.9, 0.0, 32, 10, None, "constant", "none"),
    "mlp500": ("sgd", 0.05, 0.9, 0.0, 32, 10, None, "constant", "none"),
    "cnn": ("adam", 0.01, 0.0, 0.0, 32, 3, None, "one-cycle", "none"),
    "fman45": ("fman45", 0.1, 0.9, 0.005, 16, None, 3000, "constant", "mean"),
    "cifar": ("fman45", 0.001, 0.95, 0.001, 16, None, 5000, "constant", "mean"),
}
FIELDS = ("optimizer", "lr", "momentum", "weight_decay", "batch_size", "epochs", "steps")
FIELDS += ("schedule", "normalize")


def filled(**given):
    complete = TrainConfig(**given).complete()
    return tuple(getattr(complete, name) for name in FIELDS)


@pytest.mark.parametrize("model", FILLED)
def test_what_is_left_open_is_filled_with_what_suits_the_model(model):
    assert filled(data="mnist", model=model) == FILLED[model]


def test_what_is_left_open_is_filled_with_what_suits_the_data():
    on_digits = filled(data="digits", model="cnn")
    assert on_digits == ("adam", 0.01, 0.0, 0.0, 32, 15, None, "one-cycle", "none")
    points = ("adam", 0.01, 0.0, 0.0, 32, 60, None, "constant", "none")
    assert filled(data="spiral", model="mlp") == points
    assert TrainConfig().complete().init == "model"


def test_a_model_without_a_recipe_is_trained_by_adam(monkeypatch):
    monkeypatch.setitem(models.MODELS, "own", models.mlp)
    assert filled(data="mnist", model="own")[:3] == ("adam", 0.001, 0.0)


SUITS = {
    "sgd": (0.1, 0.9, 0.0),
    "nesterov": (0.1, 0.9, 0.0),
    "fman45": (0.1, 0.9, 0.0),
    "adagrad": (0.01, 0.0, 0.0),
    "rmsprop": (0.001, 0.0, 0.0),
    "adam": (0.001, 0.0, 0.0),
    "adamw": (0.001, 0.0, 0.01),
}


@pytest.mark.parametrize("optimizer", SUITS)
@pytest.mark.parametrize("model", FILLED)
def test_the_rate_of_another_optimizer_is_not_taken(optimizer, model):
    if optimizer != FILLED[model][0]:
        assert filled(data="mnist", model=model, optimizer=optimizer)[1:4] == SUITS[optimizer]
    if optimizer != "adam":
        assert filled(data="spiral", model=model, optimizer=optimizer)[1:4] == SUITS[optimizer]


def test_no_recipe_is_without_a_sample():
    assert set(RECIPES) == {*FILLED, "points", "cnn on digits"}
    assert set(OPTIMIZERS) == set(SUITS)
    assert set(DEFAULTS) == {*FIELDS, "init"} - {"lr", "momentum", "weight_decay", "steps"}


@pytest.mark.parametrize("name", ["epochs", "steps", "patience", "checkpoint_every"])
def test_a_run_goes_on_with_more_of_it(name):
    assert TrainConfig(**{name: 3}).differences(TrainConfig(**{name: 7})) == []


@pytest.mark.parametrize("name", ["batch_size", "lr", "momentum", "shift", "seed", "clip"])
def test_a_run_does_not_go_on_with_another(name):
    assert TrainConfig(**{name: 3}).differences(TrainConfig(**{name: 7}))


MADE = {
    "constant": lambda s: s is None,
    "cosine": lambda s: isinstance(s, optim.CosineAnnealingLR),
    "one-cycle": lambda s: isinstance(s, optim.OneCycleLR),
    "step": lambda s: isinstance(s, optim.StepLR) and s.step_size == 34,
    "plateau": lambda s: isinstance(s, optim.ReduceLROnPlateau) and s.patience == 3,
}


@pytest.mark.parametrize("name", MADE)
def test_each_schedule_is_made_by_its_name(name):
    assert MADE[name](build.schedule(TrainConfig(schedule=name), 100))
    assert set(build.SCHEDULES) == set(MADE)


# ---- networks, and how a layer is printed


def test_every_network_and_every_scheme_has_its_name():
    assert set(models.MODELS) == set(FILLED)
    names = "pytorch xavier_uniform xavier_normal he_uniform he_normal lecun_normal normal uniform"
    assert set(SCHEMES) == {*names.split(), "zeros", "edf", "fman45"}


class Layer:
    def __init__(self, given):
        self.given = given


PRINTED = {
    bool: (True, "True"),
    int: (3, "3"),
    float: (0.5, "0.5"),
    str: ("same", "'same'"),
    tuple: ((2, 3), "(2, 3)"),
    type(None): (None, "None"),
    np.number: (np.float32(0.5), "np.float32(0.5)"),
}


@pytest.mark.parametrize("kind", [int, float, str, tuple, type(None), np.number])
def test_each_kind_of_setting_is_printed(monkeypatch, kind):
    value, text = PRINTED[kind]
    falls_without(
        monkeypatch, settings, "_PLAIN", kind, lambda: settings.settings_of(Layer(value)) == text
    )


def test_what_is_no_plain_setting_is_not_printed():
    assert settings.settings_of(Layer(True)) == "True"
    assert settings.settings_of(Layer(np.zeros(3))) == ""
    assert len(settings._PLAIN) == 6


def test_a_weight_counts_four_bytes():
    text = str(nn.summary(nn.Linear(1000, 999, rng=0), (1000,)))
    assert "999,999" in text
    assert "4,003,992 B" in text  # weights and outputs


# ---- files

CODES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}


@pytest.mark.parametrize("code", CODES)
def test_each_kind_of_number_is_read(tmp_path, code):
    numbers = np.array([3, 1, 2], f">{CODES[code]}")
    path = tmp_path / "numbers"
    path.write_bytes(bytes([0, 0, code, 1]) + struct.pack(">I", 3) + numbers.tobytes())
    read = read_idx(path)
    assert read.dtype == np.dtype(CODES[code])
    assert read.tolist() == [3, 1, 2]


def test_eight_axes_are_read_and_not_nine(tmp_path):
    def written(axes):
        (tmp_path / "axes").write_bytes(
            bytes([0, 0, 8, axes]) + struct.pack(">I", 1) * axes + b"\7"
        )
        return read_idx(tmp_path / "axes")

    assert written(8).shape == (1,) * 8
    with pytest.raises(DataError, match="1 to 8 axes"):
        written(9)


@pytest.mark.parametrize(
    ("ending", "packed"), [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress)]
)
def test_each_packing_of_a_file_is_found(tmp_path, ending, packed):
    (tmp_path / f"numbers{ending}").write_bytes(packed(b"123"))
    digest = "sha256:a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3"
    assert find(File("numbers", 3, digest), [tmp_path]).read() == b"123"


# ---- training

HISTORY = ("loss", "accuracy", "validation_loss", "validation_accuracy")


@pytest.mark.parametrize("monitor", HISTORY)
def test_each_number_of_an_epoch_can_be_watched(monitor):
    assert callbacks.EarlyStopping(monitor).monitor == monitor
    with pytest.raises(SettingError, match=", ".join(HISTORY)):
        callbacks.EarlyStopping("time")


def session():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)).astype(np.float32), rng.integers(0, 2, 12)
    model = nn.Sequential(nn.Linear(2, 2, rng=0))
    method = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    ds = Dataset(x, y, ("a", "b"), "small")
    return Session(model, ds, optimizer=method, epochs=5, batch_size=4, rng=0)


CHANGED = {
    "loss": lambda scores, labels: gg.cross_entropy(scores, labels) * 2,
    "penalty": lambda model: 0.0 * model.parameters()[0].sum(),
    "clip": 0.5,
    "schedule": optim.StepLR(3),
}


@pytest.mark.parametrize("name", CHANGED)
def test_each_setting_of_a_session_is_changed_and_comes_back(name):
    one = session()
    before, snapshot = getattr(one, name), one.snapshot()
    one.change(**{name: CHANGED[name]})
    assert getattr(one, name) is CHANGED[name]
    assert getattr(one.restore(snapshot), name) == before


def test_the_parts_of_a_session_come_back():
    one = session()
    snapshot = one.snapshot()
    first = [one.step().loss for _ in range(4)]
    weights = one.model.parameters()[0].value.copy()
    one.restore(snapshot)
    assert [one.step().loss for _ in range(4)] == first
    np.testing.assert_array_equal(one.model.parameters()[0].value, weights)
    assert session().change(batch_size=3).loader.batch_size == 3


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("loss", "write loss=ops.mse_loss."),
        ("penalty", "write penalty=lambda model: ops.l2_penalty(model.parameters(), 0.01)."),
        ("schedule", "write schedule=optim.StepLR(100)."),
    ],
)
def test_each_refused_setting_is_told_with_an_example(name, advice):
    with pytest.raises(SettingError) as refused:
        session().change(**{name: 3})
    assert str(refused.value).endswith(advice)
    assert len(new_settings._EXAMPLES) == 3


# ---- sweeps and runs

DRAWN = {"uniform(1,2)": (1, 2), "loguniform(0.1,1)": (0.1, 1), "integers(3,5)": (3, 5)}


@pytest.mark.parametrize("text", DRAWN)
def test_each_range_can_be_typed(text):
    name = "epochs" if text.startswith("integers") else "lr"
    low, high = DRAWN[text]
    drawn = typed_axes.configurations(TrainConfig(), [f"{name}={text}"], draws=20)
    values = [getattr(c, name) for c in drawn]
    assert all(low <= v <= high for v in values)
    assert {type(v) for v in values} == {int if name == "epochs" else float}
    below = np.mean([v < (low + high) / 2 for v in values])
    assert text[0] != "l" or below > 0.6
    assert set(typed_axes.RANGES) == {"uniform", "loguniform", "integers"}


def test_each_engine_is_offered():
    with pytest.raises(SettingError, match="expected engine local, dask://HOST:PORT, ray, ray://"):
        engines.engine_for("slurm", 2)
    assert engines.KINDS[-1] == "ray://HOST:PORT"


@pytest.mark.parametrize("status", ["running", "done", "failed"])
def test_each_status_can_be_asked_for(tmp_path, status):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        store.begin({"lr": 0.1})
        done, failed = store.begin({"lr": 0.2}), store.begin({"lr": 0.3})
        store.finish(done, {})
        store.fail(failed, "no")
    assert [r.status for r in list_runs(status=status, path=path)] == [status]
    assert len(STATUSES) == 3


def test_a_store_says_that_it_is_one_and_of_which_version(tmp_path):
    Store(tmp_path / "runs.sqlite").close()
    with sqlite3.connect(tmp_path / "runs.sqlite") as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x676C6173,)
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


# ---- reports

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "–": "--",
    "°": r"\textdegree{}",
}


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_is_written_for_latex(sign):
    assert prose.latex(f"a {sign} b") == f"a {SIGNS[sign]} b"
    assert set(prose._SPECIAL) == {*SIGNS, "$"}


def test_a_single_dollar_is_written_for_latex():
    assert prose.latex(r"5 \$") == r"5 \$"


@pytest.mark.parametrize(("outcome", "code"), [("right", 0), ("wrong", 1), ("not run", 2)])
def test_each_outcome_has_its_exit_code(outcome, code):
    assert Report(outcome, ()).exit_code == code


BEGINS = {
    "reproduced": "measured as printed",
    "differs": "measured otherwise",
    "document wrong": "a check refutes",
    "not judged": "measured on other data",
    "no claim": "a question",
}


def test_each_verdict_has_its_meaning():
    assert set(VERDICTS) == set(BEGINS) == set(MEANINGS)
    assert all(MEANINGS[v].startswith(begin) for v, begin in BEGINS.items())


def test_the_data_sets_of_this_file_exist():
    assert {"digits", "spiral", "mnist"} <= set(data.names())


@pytest.mark.parametrize(
    ("colour", "name"),
    [("#222222", "--ink"), ("#666666", "--pale"), ("#DDDDDD", "--line"), ("#ffffff", "--card")],
)
def test_each_colour_of_a_figure_is_the_pages_own(colour, name):
    path = f'<g id="patch_1"><path style="fill: {colour.lower()}"/></g>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{path}</svg>'
    shown = inline(Figure("a figure", "", "10em", svg, b""), "one")
    assert f"fill: var({name})" in shown
    assert 'xmlns="http://www.w3.org/2000/svg"' in shown


def test_each_format_of_a_report_is_offered(tmp_path):
    with pytest.raises(SettingError, match="a format of html, ipynb, tex, md, got 'pdf'"):
        write([], tmp_path, "pdf")
    for name in ("html", "ipynb", "tex", "md"):
        with pytest.raises(SettingError, match="at least one result"):
            write([], tmp_path, name)
