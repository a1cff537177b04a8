"""What the doctor leaves in the folder of a run: `doctor.json`, and a figure for each finding.

Read next: `runs/run.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from glassgrad import figures
from glassgrad.doctor.finding import Finding
from glassgrad.errors import SettingError
from glassgrad.files import atomic

if TYPE_CHECKING:
    from glassgrad.doctor.diagnosis import Diagnosis

NAME = "doctor.json"


def write(out: Path, diagnosis: Diagnosis) -> None:
    """Findings as JSON, and their evidence as `figures/doctor-1.png` and so on."""
    drawings = out / "figures"
    drawings.mkdir(parents=True, exist_ok=True)
    for old in drawings.glob("doctor-*.png"):
        old.unlink()
    for i, finding in enumerate(diagnosis.findings, 1):
        atomic.write(drawings / f"doctor-{i}.png", figures.render(finding.figure()))
    text = json.dumps({"findings": diagnosis.to_json()}, indent=2, allow_nan=False)
    atomic.write(out / NAME, f"{text}\n".encode())


def read(out: Path) -> tuple[Finding, ...]:
    """The findings of the run in `out`.

    Raises:
        SettingError: no doctor was there, or the notes cannot be read.
    """
    try:
        notes = json.loads((out / NAME).read_text(encoding="utf-8"))
        return tuple(map(Finding.from_json, notes["findings"]))
    except FileNotFoundError as error:
        raise SettingError(
            f"expected a run that was watched, but there is no {out / NAME}: train with "
            "`glassgrad train … --doctor`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"the doctor's notes in {out / NAME} cannot be read ({error})."
        ) from error
