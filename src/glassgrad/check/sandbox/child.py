"""The process in which a student's code runs: load it, check it, write down what came out.

Started by `../student.py` with a folder that holds the job; everything it has to say goes into files there,
since the code may print, loop, end the process or eat memory.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import io
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from glassgrad.check.backward.backward import backward
from glassgrad.check.backward.references import inputs_of, reference_for
from glassgrad.check.formula.formula import formula
from glassgrad.check.gradient.gradient import gradient
from glassgrad.check.sandbox.audit import forbid
from glassgrad.check.shared.report import Report
from glassgrad.check.shared.verdict import Verdict
from glassgrad.derivation.from_text import Written, derived
from glassgrad.errors import DataError, GlassgradError, GraphError, SettingError
from glassgrad.notation.lines import Line
from glassgrad.tensor import Tensor

_MOST_PRINTED = 20_000


class _Printed(io.TextIOBase):
    """Where the code's prints go: a file, up to a limit; then nowhere."""

    def __init__(self, path: Path) -> None:
        self.file, self.left = path.open("w", encoding="utf-8"), _MOST_PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left > 0:
            self.file.write(text[: self.left])
            self.file.flush()
            self.left -= len(text)
            if self.left <= 0:
                self.file.write("\n… (more was printed)")
                self.file.flush()
        return len(text)


def main(folder: Path) -> None:
    """Do the job in `folder`."""
    job = json.loads((folder / "job.json").read_text())
    stack = (folder / "stack").open("w")
    _limit_memory(int(job["megabytes"]))
    faulthandler.dump_traceback_later(float(job["seconds"]), exit=True, file=stack)
    printed = _Printed(folder / "printed")
    forbid(Path(job["file"]).parent, folder)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        report = _answer(job)
    faulthandler.cancel_dump_traceback_later()
    (folder / "answer.json").write_text(json.dumps(report.to_json()))


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the time limit alone holds
        return
    limit = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(job: dict[str, Any]) -> Report:
    try:
        return _check(job, _load(job["file"], job["name"]))
    except SyntaxError as error:
        return Report("not run", _not_python(error, Path(error.filename or job["file"]).name))
    except BaseException as error:  # whatever a student's code raises, SystemExit included
        if lines := _own_line(error, job["file"]):
            return Report("not run", lines)
        ours = isinstance(error, GlassgradError)
        return Report.not_run(error if ours else f"{type(error).__name__}: {error}")


def _not_python(error: SyntaxError, name: str) -> tuple[Line, ...]:
    place = f"line {error.lineno} of " if error.lineno else ""
    first = Line(f"{error.msg}.", f"{place}{name} is not Python")
    return (first, Line(error.text.strip(), indent=2, role="exact")) if error.text else (first,)


def _check(job: dict[str, Any], theirs: Any) -> Report:
    if not callable(theirs):
        raise SettingError(f"{job['name']} is {theirs!r}, expected a function or a class.")
    if job["kind"] == "derivation":
        inputs = inputs_of(theirs, job["shapes"], job["seed"])
        leaves = [Tensor(v, n) if v.dtype.kind == "f" else v for n, v in inputs.items()]
        return _said(derived(_tensor(theirs(*leaves)), job["wrt"], job["form"]))
    if job["kind"] == "backward":
        return _backward(job, theirs)
    return _said(_verdict(job, theirs))


def _said(verdict: Verdict | Written, *more: Line) -> Report:
    return Report("right" if verdict.ok else "wrong", (*verdict.lines, *more))


def _tensor(y: Any) -> Tensor:
    if isinstance(y, Tensor):
        return y
    raise GraphError(
        f"the function must give a Tensor, got {type(y).__name__}: use gg.exp, gg.log, …."
    )


def _verdict(job: dict[str, Any], theirs: Any) -> Verdict:
    if job["kind"] == "gradient":
        xs = inputs_of(theirs, job["shapes"], job["seed"])
        return gradient(theirs, *xs.values())
    return formula(job["text"], theirs, job["wrt"] or None, job["at"], **job["define"])


def _backward(job: dict[str, Any], theirs: Any) -> Report:
    asked = job["reference"]
    if asked.endswith(".py") or ".py:" in asked:
        file, _, name = asked.rpartition(":")
        if not Path(file).is_file():
            raise DataError(f"there is no file {file or asked}: write --reference FILE.py:f.")
        asked = _load(str(Path(file).resolve()), name)
    name, reference, xs = reference_for(theirs, job["name"], asked, job["shapes"], job["seed"])
    inputs = ", ".join(f"{n} : {v.shape}" for n, v in xs.items())
    try:
        half = job["seconds"] / 2  # of the time is for the student's code, half for the search
        verdict = backward(theirs, reference, *xs.values(), names=list(xs), seconds=half)
    except BaseException as error:
        error.add_note(f"the inputs were {inputs}")
        raise
    compared = f"compared with {name}, at random {inputs}."
    return _said(verdict, Line(compared, indent=2, role="quiet"))


def _load(file: str, name: str) -> Any:
    sys.path.insert(0, str(Path(file).parent))
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    if spec is None or spec.loader is None:
        raise SettingError(f"{file} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == spec.name]
        raise SettingError(
            f"{Path(file).name} has no {name}; it has {', '.join(own) or 'nothing'}."
        )
    return getattr(module, name)


def _own_line(error: BaseException, file: str) -> tuple[Line, ...]:
    """The error with the last line of the student's file that led to it; nothing if none did."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if not frames:
        return ()
    last = frames[-1]
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, EOFError):
        what += " (nobody is there to answer input())"
    where = "" if last.name == "<module>" else f", in {last.name}"
    notes = (Line(note, indent=2, role="quiet") for note in getattr(error, "__notes__", ()))
    first = Line(what, f"line {last.lineno} of {Path(file).name}{where}")
    return first, Line(last.line or "", indent=2, role="exact"), *notes


if __name__ == "__main__":
    main(Path(sys.argv[1]))
