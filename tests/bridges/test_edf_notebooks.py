"""The exercise notebooks: nobody's work is overwritten, and every cell runs once it is filled in."""

import json
import os
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from glassgrad.bridges import edf
from glassgrad.bridges.edf_notebooks import write_notebooks
from glassgrad.errors import SettingError
from glassgrad.files.notebook import document, from_markdown

DATA = os.environ.get("GLASSGRAD_DATA")
ANSWERS = {  # in the order of the blanks
    "points": [
        "edf.AffineParams(2, 1)",
        "edf.SingleProbToProbVector(edf.Sigmoid(edf.Affine(line, x_node)))",
        "edf.CrossEntropyLoss(prob_node, y_node)",
        "edf.Sigmoid(edf.Affine(line, inputs))",
        "edf.AffineParams(2, nHiddens)",
        "edf.AffineParams(nHiddens, 1)",
        "edf.Sigmoid(edf.Affine(params.output, edf.Sigmoid(edf.Affine(params.hidden, inputs))))",
    ],
    "mnist": [
        "edf.Softmax(edf.Affine(edf.AffineParams(nInputs, nOutputs), x_node))",
        "edf.CrossEntropyLoss(prob_node, y_node)",
        "[edf.AffineParams(*s) for s in zip([nInputs] + [nHiddens] * (nLayers - 1),"
        " [nHiddens] * (nLayers - 1) + [nOutputs])]",
        "__import__('functools').reduce(lambda x, p: edf.Affine(p, activation(x)), params.layers[1:],"
        " edf.Affine(params.layers[0], inputs)); return edf.Softmax(edf.CompNodes[-1])",
        "np.tanh(self.x.value)",
        "self.grad * (1 - self.value**2)",
        "np.maximum(self.x.value, 0)",
        "self.grad * (self.x.value > 0)",
        "np.where(self.x.value > 0, self.x.value, self.c * self.x.value)",
        "self.grad * np.where(self.x.value > 0, 1, self.c)",
        "xs + h",
        "xs - h",
        "(high.value - low.value) / (2 * h)",
        "[last(experiment(activation, learning_rate=r)) for r in learning_rates]",
        "[last(experiment(activation, nLayers=n)) for n in num_layers]",
        "[last(experiment(ReLU, n)) for n in widths]",
    ],
}


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No data set but those of the package, no window, and a graph that does not leak out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLASSGRAD_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    for name in ("CompNodes", "Parameters", "learning_rate"):
        monkeypatch.setattr(edf, name, getattr(edf, name))
    with matplotlib.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def code_of(path):
    document = json.loads(path.read_text())
    return ["".join(c["source"]) for c in document["cells"] if c["cell_type"] == "code"]


def run(path, replace=()):
    """Fill the blanks in and run every cell, as a kernel would; give the names that are left."""
    answers = iter(ANSWERS[path.stem])
    names = {"last": lambda errors: (errors[0][-1], errors[1][-1])}
    for source in code_of(path):
        for old, new in replace:
            source = source.replace(old, new)
        filled = []
        for line in source.splitlines():
            if "# your turn" in line:
                head, _, tail = line.partition("...")
                line = head + next(answers) + tail
                if "; return" in line:  # the answer has two statements
                    line = line.replace("return ", "", 1)
            filled.append(line)
        exec(compile("\n".join(filled), path.name, "exec"), names)
        plt.close("all")
    assert next(answers, None) is None
    return names


def test_markdown_becomes_cells():
    text = "# Title\n\ntext\n\n```python\na = 1\n\nb = 2\n```\n```python\nb\n```\nend\n"
    cells = json.loads(document(from_markdown(text)))["cells"]
    assert [(c["cell_type"], "".join(c["source"])) for c in cells] == [
        ("markdown", "# Title\n\ntext"),
        ("code", "a = 1\n\nb = 2"),
        ("code", "b"),
        ("markdown", "end"),
    ]
    assert len({c["id"] for c in cells}) == 4


def test_somebody_s_work_is_not_overwritten(tmp_path):
    paths = write_notebooks(tmp_path / "new" / "folder")
    assert [p.name for p in paths] == ["points.ipynb", "mnist.ipynb"]
    paths[1].write_text("my answers")
    paths[0].unlink()
    with pytest.raises(SettingError, match=r"mnist\.ipynb: work may be in it"):
        write_notebooks(tmp_path / "new" / "folder")
    assert paths[1].read_text() == "my answers"
    assert not paths[0].exists()


def test_an_unfilled_notebook_has_only_blanks_to_complain_about(tmp_path):
    for path in write_notebooks(tmp_path):
        source = "\n".join(code_of(path))
        compile(source, path.name, "exec")
        assert source.count("# your turn") == len(ANSWERS[path.stem])


def test_the_points_notebook_runs(tmp_path, offline):
    names = run(
        write_notebooks(tmp_path)[0],
        [(" = 5000", " = 300"), (" = 20000", " = 300"), ("0.002", "0.02")],
    )
    assert names["prob_node"].value.shape == (100, 2)
    assert names["params"].hidden.A.value.shape == (2, 16)


def test_the_digits_notebook_runs(tmp_path, offline, capsys):
    path = write_notebooks(tmp_path)[1]
    names = run(
        path, [("EPOCHS, BATCH = 10, 64", "EPOCHS, BATCH = 3, 64"), ("[2, 4, 6]", "[2, 4]")]
    )
    assert "here are the 8 × 8 digits" in capsys.readouterr().out
    for activation in (names["Tanh"], names["ReLU"], names["LeakyReLU"]):
        analytic, numeric = names["analytic"](activation)[1], names["numeric"](activation)
        at_zero = names["xs"] == 0
        np.testing.assert_allclose(analytic[~at_zero], numeric[~at_zero], atol=1e-6)
    errors = names["errors_per_depth"]
    assert errors["Sigmoid"][1][1] > 60  # deep and sigmoid: at chance
    assert errors["ReLU"][1][1] < 40


@pytest.mark.data
@pytest.mark.skipif(DATA is None, reason="GLASSGRAD_DATA is not set")
def test_the_network_separates_the_course_s_points(tmp_path, offline):
    file = Path(str(DATA), "points", "2d_pcl_dataset.npz")
    Path(file.name).write_bytes(file.read_bytes())
    names = run(write_notebooks(tmp_path)[0])
    assert np.sum(names["prob_node"].value.argmax(1) != names["y"]) == 0
