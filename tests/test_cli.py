"""The command line: what it prints, what it leaves behind, how it fails."""

import json
import re
import shlex
from pathlib import Path

import pytest

from glassgrad.cli import main


def fails(arguments, capsys):
    """The exit code and the one message of a command that is refused."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return stop.value.code, capsys.readouterr().err


def test_train_leaves_a_folder(tmp_path, capsys):
    main(["train", "digits", "logistic", "--epochs", "1", "--json", "--out", str(tmp_path / "run")])
    result = json.loads(capsys.readouterr().out)
    assert result["test_accuracy"] > 0.5
    assert {"config.json", "weights.safetensors", "figures"} <= {
        p.name for p in (tmp_path / "run").iterdir()
    }


def test_a_run_goes_on(tmp_path, capsys):
    out = str(tmp_path / "run")
    main(["train", "--model", "logistic", "--epochs", "1", "--out", out, "--quiet"])
    main(["train", "--resume", out, "--epochs", "2", "--quiet"])
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 2 * 41 + 2


def test_the_doctor_speaks_and_proves(tmp_path, capsys):
    out = str(tmp_path / "run")
    main(["train", "digits", "mlp", "--lr", "1e-5", "--epochs", "2", "--doctor", "--out", out])
    said = capsys.readouterr().out
    assert "1. learning rate too low" in said
    assert f"glassgrad doctor {out} --prove 1" in said
    assert {"doctor.json", "figures"} <= {p.name for p in (tmp_path / "run").iterdir()}
    assert (tmp_path / "run" / "figures" / "doctor-1.png").exists()
    main(["doctor", out])
    assert "learning rate too low" in capsys.readouterr().out
    main(["doctor", out, "--prove", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["after"]["loss"] < found["before"]["loss"]
    assert fails(["doctor", out, "--prove", "7"], capsys)[0] == 1


def test_the_doctor_speaks_when_a_run_diverges(tmp_path, capsys):
    out = str(tmp_path / "run")
    with pytest.raises(SystemExit):
        main(["train", "digits", "mlp", "--lr", "3e38", "--doctor", "--out", out])
    said = capsys.readouterr()
    assert "learning rate too high" in said.out
    assert "produced the first infinity" in said.err
    main(["doctor", out, "--json"])
    assert json.loads(capsys.readouterr().out)[0]["rule"] == "learning rate too high"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["train", "digitz"], 1, "did you mean 'digits'?"),
        (["train", "digits", "cnnn"], 1, "unknown model 'cnnn'"),
        (["train", "digits", "--data", "mnist"], 1, "give it once"),
        (["train", "--resume", "/nowhere"], 1, "expected the folder of a run"),
        (["train", "--lr", "fast"], 2, "unable to convert"),
        (["data", "get"], 1, "glassgrad data get mnist"),
        (["data", "lst"], 2, 'Did you mean "list"?'),
        (["summary", "nope"], 1, "unknown model 'nope'"),
        (["course", "run", "nope"], 1, "nope"),
        (["doctor", "/nowhere"], 1, "expected a run that was watched"),
    ],
)
def test_what_is_refused_says_why(arguments, code, text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got, message = fails(arguments, capsys)
    assert got == code
    assert text in message
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_says_how_to_go_on(capsys, monkeypatch):
    def interrupted(*names, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassgrad.course.run", interrupted)
    code, message = fails(["course", "run", "all"], capsys)
    assert code == 130
    assert "exercises and sweeps with the same command" in message


def test_lists_and_summaries(capsys):
    main(["data", "list"])
    main(["data", "check", "digits"])
    main(["summary", "fman45", "--data", "mnist", "--json"])
    main(["course", "list"])
    out = capsys.readouterr().out
    assert "UCI handwritten digits" in out
    assert '"parameters": 14682' in out
    assert "edf/2.1a" in out


def ends(arguments, capsys):
    """The exit code, standard output and standard error of a check."""
    try:
        main(arguments)
        code = 0
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


POINTS = "a,b,class\n0,0,no\n0,1,yes\n1,0,yes\n1,1,{}\n"
SCORES = (
    "| class | precision | recall |\n|---|---|---|\n| 0 | 0.500 | 1.000 |\n| 1 | 1.000 | {} |\n"
)
LAYER = "import numpy as np\n\ndef tanh_backward(g, x):\n    return {}\n"


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A student's folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "right.csv").write_text(POINTS.format("yes"))
    (tmp_path / "wrong.csv").write_text(POINTS.format("no"))
    (tmp_path / "right.md").write_text(SCORES.format("0.000"))
    (tmp_path / "wrong.md").write_text(SCORES.format("0.200"))
    (tmp_path / "right.py").write_text(LAYER.format("g * (1 - np.tanh(x) ** 2)"))
    (tmp_path / "wrong.py").write_text(LAYER.format("2 * g * (1 - np.tanh(x) ** 2)"))
    (tmp_path / "raises.py").write_text(LAYER.format("g @ x"))
    (tmp_path / "own.py").write_text("import glassgrad as gg\n\ndef f(x):\n    return gg.tanh(x)\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("backward right.py:tanh_backward", 0, "right: dx"),
        ("backward wrong.py:tanh_backward", 1, "dx: factor: every entry is the reference × 2"),
        (
            "backward raises.py:tanh_backward",
            2,
            "line 4 of raises.py, in tanh_backward: ValueError",
        ),
        ("backward right.py", 2, "one of right.py:tanh_backward"),
        ("gradient own.py:f --shapes x=2x3", 0, "all 36 entries"),
        ("formula -sin(x) --of cos(x)", 0, "equal: this is df/dx"),
        ("formula sin(x) --of cos(x)", 1, "up to its sign"),
        ("formula -sin(x --of cos(x)", 2, "at character 7: expected ')'"),
        ("formula 2x --of x^2-y --wrt=y", 1, "different"),
        ("table right.md --counts 10,10", 0, "consistent: a table of 2 classes"),
        ("table wrong.md --counts 10,10", 1, "22.0 predictions"),
        ("table nowhere.md", 2, "there is no file nowhere.md"),
        ("separable right.csv", 0, "separable: w·x + b > 0"),
        ("separable wrong.csv --label class", 1, "not separable"),
        ("separable wrong.csv --label c", 2, "no column 'c'; expected one of 'a', 'b', 'class'"),
    ],
)
def test_checks(arguments, code, text, work, capsys):
    got, out, err = ends(["check", *arguments.split()], capsys)
    assert got == code, out + err
    assert text in (err if code == 2 else out)
    assert (out if code == 2 else err) == ""


def test_the_answer_of_a_check_as_json(work, capsys):
    code, out, _ = ends(["check", "formula", "2x", "--of", "x^2", "--json"], capsys)
    assert code == 0
    assert json.loads(out)["outcome"] == "right"
    code, out, _ = ends(["check", "separable", "nowhere.csv", "--json"], capsys)
    assert code == 2
    assert "nowhere.csv cannot be read" in json.loads(out)["text"]


def test_derive(work, capsys):
    code, out, _ = ends(["derive", "tanh(w x)", "--wrt", "w", "--at", "w=0.5,x=2"], capsys)
    assert code == 0
    assert "∂L/∂w = (1 − tanh²(w·x))·x" in out
    assert "Values\n  w = 0.5\n  x = 2\n" in out
    code, out, _ = ends(["derive", "own.py:f", "--shapes", "x=2", "--format", "html"], capsys)
    assert code == 0
    assert "<math" in out
    assert ends(["derive", "tanh(w x"], capsys)[0] == 2


@pytest.mark.parametrize("page", ["README.md", "docs/derivations.md"])
def test_what_the_documents_show_runs(page, capsys):
    text = (Path(__file__).parents[1] / page).read_text()
    lines = re.findall(r"^glassgrad (?:derive|check formula) \".*", text, re.M)
    assert lines
    for line in lines:
        arguments = shlex.split(line, comments=True)[1:]
        code, out, err = ends(arguments, capsys)
        assert code == (arguments[0] == "check"), err
        if code:
            assert "The sign of" in out


def test_colours_on_a_terminal_only(work, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, _ = ends(["check", "formula", "sin(x)", "--of", "cos(x)"], capsys)
    assert "\x1b[" in out
    assert "✗" in out
    _, out, _ = ends(["derive", "sin(x)"], capsys)
    assert "\x1b[" in out
    _, _, err = ends(["check", "formula", "sin(x", "--of", "cos(x)"], capsys)
    assert "  sin(x\n" in err
    monkeypatch.delenv("FORCE_COLOR")
    _, out, _ = ends(["check", "formula", "sin(x)", "--of", "cos(x)"], capsys)
    assert "\x1b[" not in out
