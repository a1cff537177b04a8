"""A student's code in a process of its own, with a limit on time and memory.

Whatever it does there (raise, loop, print, exit, eat memory) ends as a report that names the line of
their own file.  It is never run inside a server.  Read next: `child.py`.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from glassgrad.check.shared.report import Report
from glassgrad.errors import DataError, SettingError
from glassgrad.notation.lines import Line

_GRACE = 20.0
"""Seconds that starting Python and loading NumPy may take on top."""


def is_target(text: str) -> bool:
    """Whether a text is of the form FILE.py:Name."""
    return bool(re.search(r"\.py:\w+$", text))


def in_child(kind: str, target: str, job: dict[str, Any], seconds: float, megabytes: int) -> Report:
    """Do a job with `FILE.py:Name` in a child process.

    Raises:
        DataError: there is no such file.
        SettingError: the target is not written as FILE.py:Name, or limits that are no limits.
    """
    if not seconds > 0 or megabytes < 256:
        raise SettingError(
            f"expected more than 0 seconds and at least 256 megabytes, got {seconds:g} and {megabytes}."
        )
    file, _, name = target.rpartition(":") if is_target(target) else (target, "", "")
    if not name:
        raise SettingError(_no_name(Path(file)))
    if not Path(file).is_file():
        raise DataError(f"there is no file {file}.")
    job |= {"kind": kind, "file": str(Path(file).resolve()), "name": name}
    job |= {"seconds": seconds, "megabytes": megabytes}
    with tempfile.TemporaryDirectory(prefix="glassgrad-") as folder:
        place = Path(folder)
        (place / "job.json").write_text(json.dumps(job))
        code = _run(place, seconds)
        return _collect(place, code, job)


def _no_name(file: Path) -> str:
    """What could be meant by a file alone; it is read for that, not run."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return f"expected FILE.py:Name, got {file}."
    names = [n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
    choice = ", ".join(f"{file}:{n}" for n in names[:8])
    return f"expected FILE.py:Name, got {file}" + (f": one of {choice}." if names else ".")


def _run(place: Path, seconds: float) -> int | None:
    """The exit status of the child; None if it had to be ended."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "glassgrad.check.sandbox.child", str(place)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **one_thread, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(place)},
        start_new_session=True,
    )
    try:
        return process.wait(seconds + _GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if os.name == "posix":  # its own children too; the group is its own, see start_new_session
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _collect(place: Path, code: int | None, job: dict[str, Any]) -> Report:
    printed = _read(place / "printed")
    if answer := _read(place / "answer.json"):
        return Report.from_json(json.loads(answer), printed)
    return Report("not run", _how_it_ended(_read(place / "stack"), code, job), printed)


def _how_it_ended(stack: str, code: int | None, job: dict[str, Any]) -> tuple[Line, ...]:
    """Why there is no answer: its time was up, or it ended the process."""
    name = Path(job["file"]).name
    if stack or code is None:
        return _too_long(stack, job, name)
    if code < 0:
        how = signal.Signals(-code).name
        hint = " (out of memory?)" if how in ("SIGKILL", "SIGABRT", "SIGSEGV") else ""
        return (Line(f"{name} ended the process by {how}{hint}."),)
    return (Line(f"{name} ended the process itself, with status {code}."),)


def _too_long(stack: str, job: dict[str, Any], name: str) -> tuple[Line, ...]:
    """Where the code was when its time was up: the innermost line of its own file."""
    text = f"{name} was still running after {job['seconds']:g} s"
    found = re.search(rf'File "{re.escape(job["file"])}", line (\d+) in (\S+)', stack)
    if not found:
        return (Line(f"{text}."),)
    lines = Path(job["file"]).read_text(errors="replace").splitlines()
    line = lines[int(found[1]) - 1].strip() if int(found[1]) <= len(lines) else ""
    where = "" if found[2] == "<module>" else f", in {found[2]}"
    return (
        Line(f"{text}, at line {found[1]}{where}:"),
        Line(line, indent=2, role="exact"),
        Line("--seconds gives it more time.", indent=2),
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
