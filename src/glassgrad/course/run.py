"""Running exercises: one after the other, each kept as soon as it is done, so that a stop loses little.

Read next: `graph/gradient.py`, a first exercise, then `glassgrad/report/page.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from glassgrad.course import store
from glassgrad.course.context import Context, Form
from glassgrad.course.exercise import Exercise
from glassgrad.course.registry import select
from glassgrad.course.store import Result
from glassgrad.errors import SettingError
from glassgrad.files import atomic
from glassgrad.files.lock import locked
from glassgrad.validate import validated


@validated
def run(
    names: str | tuple[str, ...],
    *,
    out: str | Path = "course",
    form: Form = "normal",
    seeds: int = 3,
    data_dir: str | Path | None = None,
    points: str | Path | None = None,
    digits: str | Path | None = None,
    jobs: int = 2,
    again: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Result]:
    """Run exercises, or take what is kept of them in `out`.

    Args:
        names: ids such as "edf/2.3c", documents such as "edf", or "all".
        out: folder for results; an interrupted run goes on there.
        form: "quick" (seconds, embedded data), "normal" (minutes) or "full" (all that is asked).
        seeds: repetitions, where chance plays.
        points: your own points, a CSV file whose last column is the class.
        digits: your own handwriting, a folder of images whose names begin with the digit.
        jobs: processes at a time, where an exercise consists of many runs.
        again: run also what is kept.
        say: is told what is being done.
        data_dir: folders to look into before the usual ones.

    Raises:
        SettingError: an unknown exercise, less than one seed, a folder that cannot be written, or one in
            which another run is going on.
    """
    if seeds < 1:
        raise SettingError(f"expected at least one seed, got {seeds}: write --seeds 3.")
    folder, chosen = Path(out), select(names)
    atomic.check_folder(folder)
    where, mine, written = (Path(p) if p else None for p in (data_dir, points, digits))
    context = Context(form, seeds, folder / "work", where, mine, written, jobs, say)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"a folder that no other run of the course is using, got {out}"):
        return [_kept_or_run(e, i, len(chosen), context, again) for i, e in enumerate(chosen, 1)]


def _kept_or_run(e: Exercise, place: int, of: int, context: Context, again: bool) -> Result:
    """The result of one exercise, which is on the disk then."""
    folder, head = context.folder.parent, f"{place}/{of} {e.id}"
    work = context.folder / e.id.replace("/", "-")
    own = replace(context, folder=work, say=_under(head, context.say), used={})
    kept = None if again else store.load(e.id, folder)
    if kept is not None and kept.fingerprint == store.fingerprint(e, own):
        context.say(f"{head}: kept")
        return kept
    context.say(f"{head}: {e.title}")
    done = run_one(e, own)
    store.save(done, folder)
    return done


def _under(head: str, say: Callable[[str], None]) -> Callable[[str], None]:
    return lambda text: say(f"{head}: {text}")


def run_one(e: Exercise, context: Context) -> Result:
    """Run one exercise and compare its claims."""
    start = perf_counter()
    answer = e(context)
    return store.result_of(e, answer, context, perf_counter() - start)
