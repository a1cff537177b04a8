"""Progress: a bar in a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from small_runs import HELD, parts

from glassgrad.train import Progress, fit
from glassgrad.train.progress import epoch_line
from glassgrad.train.records import Epoch


def shown(*, terminal=False, quiet=False, environ=None, validation=HELD):
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal or None, quiet=quiet, width=60, _environ=environ or {}
    )
    model, optimizer, loader = parts()
    with Progress(epochs=3, steps=21, console=console) as progress:
        fit(
            model,
            loader,
            optimizer=optimizer,
            epochs=3,
            validation=validation,
            callbacks=[progress],
        )
    return out.getvalue()


def test_one_plain_line_per_epoch_when_it_is_not_a_terminal():
    text = shown()
    assert "\x1b" not in text
    assert "\r" not in text
    assert [line.split("   ")[0] for line in text.splitlines()] == [
        f"epoch {i}/3" for i in (1, 2, 3)
    ]


def test_a_terminal_gets_a_bar_and_the_lines():
    text = shown(terminal=True, environ={"TERM": "xterm"})
    assert "\x1b[" in text
    assert "100%" in text
    assert "epoch 3/3" in text


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"NO_COLOR": "1", "TERM": "xterm"}])
def test_no_color_is_honoured(environ):
    text = shown(terminal=True, environ=environ)
    assert "\x1b[3" not in text.replace("\x1b[39", "")
    assert "\x1b[38" not in text


def test_quiet_is_quiet_and_the_default():
    assert shown(quiet=True, terminal=True) == ""
    with Progress() as progress:
        progress(Epoch(1, 7, 0.5, None, None, None, 0.1, 1.0))


def test_what_is_not_there_is_not_shown():
    line = epoch_line(Epoch(12, 84, 0.5, None, None, None, 0.001, 2.0))
    assert line == "epoch 12   loss 0.5000   lr 0.001   2.0 s"
