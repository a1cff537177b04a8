"""Results on disk: one JSON file per exercise and one file per figure; and when a result still holds.

A result holds as long as nothing it follows from has changed: the files of its document, the form, the
number of seeds, the data at hand, the version.  Read next: `run.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import glassgrad
from glassgrad import data
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Row, compare
from glassgrad.course.context import Context
from glassgrad.course.exercise import Exercise
from glassgrad.course.parts import Part, packed, unpacked
from glassgrad.errors import SettingError
from glassgrad.files import atomic


@dataclass(frozen=True)
class Result:
    """What is kept of a run.

    Args:
        id: of the exercise.
        title: of the exercise.
        question: of the exercise.
        source: where the document asks it.
        command: what runs it again.
        form: quick, normal or full.
        seeds: how many repetitions.
        seconds: how long it took.
        data: the data sets that were used.
        claims: claimed beside measured, a row each.
        parts: of the answer.
        fingerprint: a digest of the code and settings that it came from.
    """

    id: str
    title: str
    question: str
    source: str
    command: str
    form: str
    seeds: int
    seconds: float
    data: tuple[str, ...]
    claims: tuple[Row, ...]
    parts: tuple[Part, ...]
    fingerprint: str

    @property
    def document(self) -> str:
        """The id of the document."""
        return self.id.partition("/")[0]


def result_of(e: Exercise, answer: Answer, context: Context, seconds: float) -> Result:
    """The answer with its claims compared.

    Raises:
        SettingError: a claim that the run did not measure.
    """
    return Result(
        id=e.id,
        title=e.title,
        question=e.question,
        source=e.source,
        command=command(e.id, context),
        form=context.form,
        seeds=context.seeds,
        seconds=round(seconds, 2),
        data=tuple(f"{k}: {v}" if v else k for k, v in context.used.items()),
        claims=tuple(_rows(e, answer, context)),
        parts=tuple(answer.parts),
        fingerprint=fingerprint(e, context),
    )


def _rows(e: Exercise, answer: Answer, context: Context) -> list[Row]:
    rows = []
    for claim in e.claims:
        if claim.key not in answer.measured:
            raise SettingError(f"{e.id} claims {claim.key!r} and did not measure it.")
        instead = context.used.get(claim.needs, "other data")
        is_real = not claim.needs or context.is_real(claim.needs)
        rows.append(compare(claim, answer.measured[claim.key], is_real, instead))
    return rows


def command(id: str, context: Context) -> str:
    """What to type to get this result again."""
    flag = "" if context.form == "normal" else f" --{context.form}"
    return f"glassgrad course run {id}{flag} --seeds {context.seeds}"


def fingerprint(e: Exercise, context: Context) -> str:
    """What a result follows from, as a short hash."""
    folder = Path(inspect.getfile(e.solve)).parent
    modules = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    here = [] if context.quick else [_status(name, context) for name in ("mnist", "cifar10")]
    here += [_stamp(path) for path in (context.points, context.digits) if path]
    parts = [e.id, context.form, str(context.seeds), glassgrad.__version__, *here]
    return hashlib.sha256(modules + repr(parts).encode()).hexdigest()[:16]


def _stamp(path: Path) -> str:
    """Names and times of a file, or of the files in a folder; nothing where nothing is."""
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []
    return repr([(f.name, f.stat().st_mtime_ns) for f in files])


def _status(name: str, context: Context) -> str:
    return str(not data.info(name, data_dir=context.data_dir).status.startswith("not here"))


def path_of(id: str, out: Path) -> Path:
    """Where the result of an exercise lies."""
    return out / "results" / f"{id.replace('/', '-')}.json"


def save(result: Result, out: Path) -> None:
    """Write the result; pictures lie beside it, so that other programs can take them."""
    path = path_of(result.id, out)
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {f.name: getattr(result, f.name) for f in dataclasses.fields(result)}
    fields["claims"] = [dataclasses.asdict(row) for row in result.claims]
    fields["parts"] = [
        packed(part, partial(_kept, path.with_name(f"{path.stem}-{i}")))
        for i, part in enumerate(result.parts)
    ]
    text = json.dumps(fields, ensure_ascii=False, indent=1)
    atomic.write(path, text.encode())


def _kept(stem: Path, ending: str, content: bytes) -> str:
    """Write a picture beside its result; returns its name."""
    file = stem.with_name(f"{stem.name}.{ending}")
    atomic.write(file, content)
    return file.name


def load(id: str, out: Path) -> Result | None:
    """The result that is kept, or None if there is none that can be read."""
    path = path_of(id, out)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["claims"] = tuple(Row(**row) for row in fields["claims"])
        read = partial(_read, path.parent)
        fields["parts"] = tuple(unpacked(part, read) for part in fields["parts"])
        fields["data"] = tuple(fields["data"])
        return Result(**fields)
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not there, or of another version: it is computed again


def _read(folder: Path, name: str) -> bytes:
    return (folder / name).read_bytes()
