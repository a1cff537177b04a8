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
    assert not report.ok
    assert "my_layer.py was still running after 1 s, in line" in report.text
    lines = {line_of("while True"), line_of("g = g * (x > 0)")}
    assert any(f"line {n}, relu_backward" in report.text for n in lines)


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("sigmoid_backward", "np.ones((9, 9))", "ValueError"),
        ("softmax_backward", "10 ** 12", "MemoryError"),
        ("elu_backward", "SystemExit", "SystemExit: 3"),
    ],
)
def test_what_a_students_code_raises_is_told_with_its_line(file, name, line, said):
    report = student.backward(f"{file}:{name}", seconds=20)
    assert not report.ok
    assert f"line {line_of(line)} of my_layer.py, in {name}" in report.text
    assert said in report.text
    assert "the inputs were x : (5, 4)" in report.text


def test_a_process_that_ends_itself_is_noticed(file):
    assert (
        "ended the process itself, with status 7" in student.backward(f"{file}:silu_backward").text
    )


def test_files_that_cannot_be_used(file, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("x = 1\ndef f(:\n")
    assert "line 2 of bad.py is not Python" in student.backward(f"{bad}:f").text
    assert "has no Nope; it has Tanh, Affine" in student.backward(f"{file}:Nope").text
    assert "there is no file" in student.backward("nowhere.py:f").text
    assert "expected FILE.py:Name" in student.backward("Tanh").text
    assert "there is no reference for 'paper'" in student.backward(f"{file}:paper").text


def test_gradients_and_formulas_of_a_file(file):
    assert student.gradient(f"{file}:f", shapes="x=2x3,w=3x2").ok
    right = student.formula("2 w x", f"{file}:paper", wrt="w", at="w=0.3,x=2")
    assert right.ok
    assert not student.formula("w x", f"{file}:paper", wrt="w", at="w=0.3,x=2").ok


def test_formulas_need_no_file():
    report = student.formula("u x", "w x^2/2 + 0 w", wrt="x", at="w=1.5,x=2", define=("u=w",))
    assert report.ok
    assert "must be name=value" in student.formula("x", "x^2", at="x").text
    assert "expected a number" in student.formula("x +", "x^2", at="x=1").text


def test_points_and_tables_from_files(tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("a,b,class\n0,0,no\n0,1,no\n1,0,no\n1,1,yes\n")
    assert student.separable(points).ok
    assert "label must be one of a, b, class" in student.separable(points, label="c").text
    points.write_text("0,0,a\n0,1,b\n1,0,b\n1,1\n")
    assert "row 4" in student.separable(points).text
    points.write_text("0,x,a\n0,1,b\n")
    assert "not a number" in student.separable(points).text
    assert "there is no file" in student.separable(tmp_path / "none.csv").text
    table = tmp_path / "table.txt"
    table.write_text("precision, 0.500, 1.000\nrecall, 1.000, 0.200\n")
    assert "22.0 predictions" in student.table(table, counts="10,10").text
