"""The command line: what it prints, what it leaves behind, how it fails."""

import json

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
    ],
)
def test_what_is_refused_says_why(arguments, code, text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    got, message = fails(arguments, capsys)
    assert got == code
    assert text in message
    assert list(tmp_path.iterdir()) == []


def test_lists_and_summaries(capsys):
    main(["data", "list"])
    main(["data", "check", "digits"])
    main(["summary", "fman45", "--data", "mnist", "--json"])
    main(["course", "list"])
    out = capsys.readouterr().out
    assert "UCI handwritten digits" in out
    assert '"parameters": 14682' in out
    assert "edf/2.1a" in out
