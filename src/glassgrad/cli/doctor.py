"""What the doctor says, on a terminal: `glassgrad train … --doctor` and `glassgrad doctor DIR`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from glassgrad.cli.output import Flag, print_json
from glassgrad.doctor import folder
from glassgrad.doctor.finding import Finding
from glassgrad.runs.run import prove_run

_COLOURS = {"serious": "bold red", "warning": "bold yellow"}


def doctor(
    run: Path,
    *,
    prove: int = 0,
    data_dir: Path | None = None,
    offline: Flag = False,
    json: Flag = False,
) -> None:
    """What the doctor found in a run that was trained with --doctor, and whether it is so.

    Args:
        run: the folder of the run.
        prove: number of a finding: train again, same seed, with its one change, and compare.
        data_dir: where data sets are looked for first.
        offline: never fetch data.
        json: print as JSON.
    """
    if not prove:
        findings = folder.read(run)
        if json:
            return print_json([finding.to_json() for finding in findings])
        return show(findings, Console(), run)
    found = prove_run(run, prove, data_dir=data_dir, download=False if offline else None)
    if json:
        return print_json(
            {
                "rule": found.finding.rule,
                "change": str(found.finding.change),
                "before": vars(found.before),
                "after": vars(found.after),
                "confirmed": found.confirmed,
            }
        )
    Console().print(Text(str(found)))
    return None


def show(findings: Sequence[Finding], console: Console, run: Path) -> None:
    """The findings, one paragraph each, and how to test the first."""
    if not findings:
        console.print("doctor: finds nothing", highlight=False)
        return
    console.print(f"doctor: {len(findings)} finding{'s' * (len(findings) > 1)}", highlight=False)
    for i, finding in enumerate(findings, 1):
        head = Text(f"{i}. ").append(finding.rule, style=_COLOURS[finding.severity])
        if finding.layer:
            head.append(f"   layer {finding.layer}", style="cyan")
        if finding.consequence and i > 1:
            head.append("   may follow from the above", style="dim")
        console.print(head)
        for line in (finding.sentence, f"→ {finding.remedy}"):
            console.print(Padding(Text(line), (0, 0, 0, 3)))
    first = findings[0].change
    option = f", or train again with {first.option}" if first.option else ""
    console.print(
        f"to test the first ({first}): glassgrad doctor {run} --prove 1{option}",
        highlight=False,
        soft_wrap=True,
    )
