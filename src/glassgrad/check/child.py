"""The process in which a student's code runs: load it, check it, write down what came out.

Started by `student.py` with a folder that holds the job; everything it has to say goes into files there,
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

from glassgrad.check.references import inputs_of, reference_for
from glassgrad.errors import GlassgradError, SettingError

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
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        ok, text = _answer(job)
    faulthandler.cancel_dump_traceback_later()
    (folder / "answer.json").write_text(json.dumps({"ok": ok, "text": text}))


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the time limit alone holds
        return
    limit = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(job: dict[str, Any]) -> tuple[bool, str]:
    try:
        verdict = _check(job, _load(job["file"], job["name"]))
    except SyntaxError as error:
        name = Path(error.filename or job["file"]).name
        line = (error.text or "").strip()
        return False, f"line {error.lineno} of {name} is not Python: {error.msg}.\n  {line}"
    except BaseException as error:  # whatever a student's code raises, SystemExit included
        own = _own_line(error, job["file"])
        if not own and isinstance(error, GlassgradError):
            return False, str(error)
        return False, own or f"{type(error).__name__}: {error}"
    return verdict.ok, verdict.text


def _check(job: dict[str, Any], theirs: Any) -> Any:
    from glassgrad import check

    if job["kind"] == "gradient":
        xs = inputs_of(theirs, job["shapes"], job["seed"])
        return check.gradient(theirs, *xs.values())
    if job["kind"] == "formula":
        return check.formula(job["text"], theirs, job["wrt"] or None, job["at"], **job["define"])
    asked = job["reference"]
    if asked.endswith(".py") or ".py:" in asked:
        file, _, name = asked.rpartition(":")
        asked = _load(str(Path(file).resolve()), name)
    reference, xs = reference_for(theirs, job["name"], asked, job["shapes"], job["seed"])
    try:
        return check.backward(theirs, reference, *xs.values(), names=list(xs))
    except BaseException as error:
        error.add_note(f"the inputs were {', '.join(f'{n} : {v.shape}' for n, v in xs.items())}")
        raise


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


def _own_line(error: BaseException, file: str) -> str:
    """The error with the last line of the student's file that led to it."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    if not frames:
        return ""
    last = frames[-1]
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", ()))
    return f"line {last.lineno} of {Path(file).name}, in {last.name}: {what}\n  {last.line}{notes}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
