"""`glassgrad data`: what data sets there are, fetch them, check them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from cyclopts import App

from glassgrad import data
from glassgrad.cli.output import Flag, print_json
from glassgrad.errors import DataError, SettingError

app = App(name="data", help="Data sets: what there is, fetch it, check it.")


@app.command(name="list")
def list_data(*, data_dir: Path | None = None, json: Flag = False) -> None:
    """Every data set: size, classes, licence, and whether it is on this machine."""
    infos = [data.info(name, data_dir=data_dir) for name in data.names()]
    if json:
        return print_json([dataclasses.asdict(info) for info in infos])
    for i in infos:
        shape, sizes = "×".join(map(str, i.shape)), f"{i.train:,} + {i.test:,}"
        print(f"{i.name:12} {shape:8} {sizes:>16}   {i.status}\n{'':12} {i.title}; {i.licence}")
    return None


@app.command
def get(*names: str, data_dir: Path | None = None, json: Flag = False) -> None:
    """Fetch data sets and check every file against its digest; nothing is left half-installed.

    Args:
        names: data sets, such as mnist.
        data_dir: put the files here; by default into the cache folder.
    """
    if not names:
        raise SettingError("expected the name of a data set, got none: glassgrad data get mnist.")
    _checks({name: data.get(name, data_dir=data_dir) for name in names}, json)


@app.command
def check(*names: str, data_dir: Path | None = None, json: Flag = False) -> None:
    """Check the files of data sets (of all, without names) against their digests; fetch nothing."""
    chosen = names or tuple(data.names())
    _checks({name: data.check(name, data_dir=data_dir) for name in chosen}, json)


def _checks(results: dict[str, Any], as_json: bool) -> None:
    """One line per file; a file that is missing or altered makes the command fail."""
    files = [(name, check) for name, checks in results.items() for check in checks]
    if as_json:
        print_json([{"data": name, **dataclasses.asdict(c)} for name, c in files])
    else:
        for name, c in files:
            print(f"{name:12} {c.file:32} {c.status}{': ' + c.message if c.message else ''}")
        for name in (n for n, checks in results.items() if not checks):
            print(f"{name:12} generated, no files")
    if any(c.status == "altered" for _, c in files):
        raise DataError("a file is not the original: delete it, then glassgrad data get NAME.")
