"""The command line's checks: a student's file runs apart, and whatever it does is told with its line."""

from __future__ import annotations

import pytest

from glassgrad.check import student

CODE = """
import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        print("backward was here")
        return g * (1 - self.y ** 2)


class Affine:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, g):
        self.dw, self.db = self.x.T @ g, g
        return g @ self.w.T


def relu_backward(g, x):
    while True:
        g = g * (x > 0)


def sigmoid_backward(g, x):
    return g @ np.ones((9, 9))


def softmax_backward(g, x):
    return np.ones(10 ** 12)


def gelu_backward(g, x):
    return g[:, :2]


def exp_backward(g, x, y, q, r):
    return g


def sin_backward(g, x):
    np.save("w.npy", g)
    return g


def softplus_backward(g, x):
    import subprocess

    subprocess.run(["ls"])
    return g


def log_softmax_backward(g, x):
    import tempfile

    with tempfile.TemporaryFile() as scratch:
        scratch.write(b"hello")
    input("how many? ")


def leaky_relu_backward(g, x):
    return leaky_relu_backward(g, x)


class MyReLU:
    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, g):
        return g * (g > 0)


class Conv2d:
    pass


weights = 3


def elu_backward(g, x):
    raise SystemExit(3)


def silu_backward(g, x):
    import os
    os._exit(7)


def f(x, w):
    import glassgrad as gg
    return gg.tanh(x @ w)


def paper(w, x):
    return w * w * x


def loss(x, labels):
    import glassgrad as gg
    return gg.cross_entropy(x, labels)


def plain(x):
    return np.tanh(np.asarray(x._array))
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("student") / "my_layer.py"
    path.write_text(CODE)
    return path


def line_of(text):
    return next(i for i, line in enumerate(CODE.splitlines(), 1) if text in line)


def test_a_right_layer_and_what_it_prints(file):
    report = student.backward(f"{file}:Tanh")
    assert report.ok
    assert report.exit_code == 0
    assert "backward was here" in report.printed
    assert "| backward was here" in str(report)


def test_the_layout_of_the_weights_is_found_out(file):
    report = student.backward(f"{file}:Affine")
    assert report.exit_code == 1
    assert "dx, dw are right" in report.text
    assert "db: not summed" in report.text


def test_a_loop_without_end_is_ended_and_located(file):
    report = student.backward(f"{file}:relu_backward", seconds=1)
    assert report.exit_code == 2
    assert "my_layer.py was still running after 1 s, at line" in report.text
    lines = {line_of("while True"), line_of("g = g * (x > 0)")}
    assert any(f"line {n}, in relu_backward" in report.text for n in lines)


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("sigmoid_backward", "np.ones((9, 9))", "ValueError"),
        ("softmax_backward", "10 ** 12", "MemoryError"),
        ("elu_backward", "SystemExit", "SystemExit: 3"),
        ("sin_backward", "np.save", "PermissionError: writes to w.npy; a check runs without"),
        ("softplus_backward", "subprocess.run", "starts a process"),
        ("log_softmax_backward", "input(", "nobody is there to answer input()"),
        ("leaky_relu_backward", "return leaky_relu_backward", "RecursionError"),
    ],
)
def test_what_a_students_code_raises_is_told_with_its_line(file, name, line, said):
    report = student.backward(f"{file}:{name}", seconds=20)
    assert report.exit_code == 2
    assert f"line {line_of(line)} of my_layer.py, in {name}" in report.text
    assert said in report.text
    assert "the inputs were x : (5, 4)" in report.text


def test_a_process_that_ends_itself_is_noticed(file):
    assert (
        "ended the process itself, with status 7" in student.backward(f"{file}:silu_backward").text
    )


def test_nothing_is_written(file, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    student.backward(f"{file}:sin_backward")
    assert list(tmp_path.iterdir()) == []
    assert not (file.parent / "__pycache__").exists()


def test_shapes_and_signatures_are_said(file):
    assert (
        "dx: expected shape (5, 4), as x has, got (5, 2)"
        in student.backward(f"{file}:gelu_backward").text
    )
    assert (
        "takes (g, x, y, q, r): expected backward(g, x)"
        in student.backward(f"{file}:exp_backward").text
    )
    assert "Conv2d has no backward" in student.backward(f"{file}:Conv2d").text
    assert (
        "weights is 3, expected a function or a class" in student.backward(f"{file}:weights").text
    )
    assert "give --shapes for w as well" in student.gradient(f"{file}:f", shapes="x=2x3").text
    wrong = student.gradient(f"{file}:f", shapes="x=2x3,w=2x2").text
    assert f"line {line_of('gg.tanh(x @ w)')} of my_layer.py, in f: ShapeError" in wrong
    assert "got (2, 3) and (2, 2)" in wrong
    assert "got ndarray" in student.gradient(f"{file}:plain").text


def test_what_it_was_compared_with_is_said(file):
    report = student.backward(f"{file}:MyReLU")
    assert report.exit_code == 1
    assert "dx: mask" in report.text
    assert "compared with relu, at random x : (5, 4)" in report.text
    assert student.backward(f"{file}:MyReLU", reference="no.py:f").text.startswith(
        "there is no file"
    )


def test_a_module_that_does_not_get_to_its_end(tmp_path):
    def said(text, seconds=5):
        path = tmp_path / "mine.py"
        path.write_bytes(text)
        return student.backward(f"{path}:f", seconds=seconds).text

    assert "line 2 of mine.py: ModuleNotFoundError" in said(b"import numpy\nimport nothere\n")
    assert "line 1 of mine.py: SystemExit: 0" in said(b"raise SystemExit(0)")
    assert "still running after 1 s, at line 1:\n  while True" in said(b"while True: pass", 1)
    assert "mine.py is not Python" in said(b"\xff\xfe\x00")
    assert "mine.py has no f; it has nothing" in said(b"")


def test_limits_must_be_limits(file):
    assert "more than 0 seconds" in student.backward(f"{file}:Tanh", seconds=0).text
    assert "256 megabytes" in student.backward(f"{file}:Tanh", megabytes=1).text


def test_derivations_of_formulas_and_of_files(file):
    report = student.derive("relu(w x + b)^2", wrt="w", at="w=1,x=2,b=-0.5")
    assert report.ok
    assert "∂L/∂w = 2·ReLU(w·x + b)·θ(w·x + b)·x" in report.text
    assert "1.5·2 = 3" not in report.text
    assert "3·2 = 6" in report.text
    of_file = student.derive(f"{file}:loss", shapes="x=2x3,labels=2:3", format="latex")
    assert of_file.ok
    assert of_file.text.startswith("\\begin{align*}")
    assert "wrt must be some of w, x; got 'q'" in student.derive("w x", wrt="q").text
    assert "at character 2" in student.derive("w)").text
    assert "no names" in student.derive("3").text
    assert "the result is nan at these values" in student.derive("log(x)", at="x=-1").text


def test_files_that_cannot_be_used(file, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("x = 1\ndef f(:\n")
    assert "line 2 of bad.py is not Python" in student.backward(f"{bad}:f").text
    assert "has no Nope; it has Tanh, Affine" in student.backward(f"{file}:Nope").text
    assert "there is no file" in student.backward("nowhere.py:f").text
    assert "expected FILE.py:Name, got Tanh" in student.backward("Tanh").text
    assert "my_layer.py:Tanh" in student.backward(str(file)).text
    assert "there is no reference for 'paper'" in student.backward(f"{file}:paper").text


def test_gradients_and_formulas_of_a_file(file):
    assert student.gradient(f"{file}:f", shapes="x=2x3,w=3x2").ok
    right = student.formula("2 w x", of=f"{file}:paper", wrt="w", at="w=0.3,x=2")
    assert right.ok
    assert not student.formula("w x", of=f"{file}:paper", wrt="w", at="w=0.3,x=2").ok


def test_formulas_need_no_file():
    report = student.formula("u x", of="w x^2/2 + 0 w", wrt="x", at="w=1.5,x=2", define=("u=w",))
    assert report.ok
    assert "must be name=value" in student.formula("x", of="x^2", at="x").text
    unread = student.formula("x +", of="x^2", at="x=1")
    assert unread.exit_code == 2
    assert unread.text == "at character 4: expected a number, a name or '('.\n  x +\n     ^"
    assert "cannot use the name 'rng'" in student.formula("x", of="x^2", define=("rng=x",)).text
    assert "at must give numbers" in student.formula("x", of="x^2", at="x=a").text


def test_values_of_a_formula_may_be_left_out():
    assert student.formula("cos(x) y", of="sin(x) y", wrt="x").ok
    assert student.formula("1/(2x) - 1/(2(1 - x))", of="log(sqrt(x)) + log(sqrt(1 - x))").ok
    wrong = student.formula("-cos(x) y", of="sin(x) y", wrt="x")
    assert wrong.exit_code == 1
    assert "up to its sign" in wrong.text
    assert "wrt must be one of x, y, the name to" in student.formula("1", of="x y").text
    assert "a function (exp, log" in student.formula("1", of="foo(x)").text


def test_points_and_tables_from_files(tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("a,b,class\n0,0,no\n0,1,no\n1,0,no\n1,1,yes\n")
    assert student.separable(points).ok
    other = student.separable(points, label="c").text
    assert "expected one of 'a', 'b', 'class': write --label 'class', for example" in other
    points.write_text("0,0,a\n0,1,b\n1,0,b\n1,1\n")
    cut = student.separable(points).text
    assert "line 4: expected 3 cells as in the first line, got 2" in cut
    points.write_text("0,x,a\n0,1,b\n")
    text = student.separable(points).text
    assert "line 1, column '1': expected a finite number, got 'x'" in text
    assert "none.csv cannot be read" in student.separable(tmp_path / "none.csv").text
    table = tmp_path / "table.txt"
    table.write_text("precision, 0.500, 1.000\nrecall, 1.000, 0.200\n")
    report = student.table(table, counts="10,10")
    assert report.exit_code == 1
    assert "22.0 predictions" in report.text
    assert student.table(table, counts="10,x").exit_code == 2
