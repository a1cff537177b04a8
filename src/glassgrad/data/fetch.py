"""Finding the files of a data set, and fetching those that are not there.

Looked for in this order: the folder given as `data_dir`; the folder in the environment variable
GLASSGRAD_DATA; the user's cache.  Then the mirrors, one after the other.  A download goes to a temporary
folder, is checked, and only then moved to its place: what is not whole is not there.  With
GLASSGRAD_OFFLINE=1, or `download=False`, nothing is asked of the network.
Read next: `registry.py`.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

from glassgrad.data.files import File, Found, verify
from glassgrad.errors import DataError
from glassgrad.files import atomic

Folder = str | PathLike[str] | None
_PACKINGS = ("", ".gz", ".xz")
_CHUNK = 2**16
_log = logging.getLogger("glassgrad")


@dataclass(frozen=True)
class Remote:
    """Where a data set can be fetched from.

    Args:
        mirrors: addresses of folders, `https://…/`, that hold each file as `NAME.gz`, or the archive.
        megabytes: how much there is to download.
        archive: the `.tar.gz` that holds all files in its folder `archive_folder`, if they come in one.
    """

    mirrors: tuple[str, ...]
    megabytes: float
    archive: File | None = None
    archive_folder: str = ""


def places(folders: Sequence[str], data_dir: Folder) -> list[Path]:
    """Every folder in which the files may lie, in the order of looking."""
    given = [Path(data_dir).expanduser()] if data_dir else []
    environment = [Path(root).expanduser()] if (root := os.environ.get("GLASSGRAD_DATA")) else []
    roots = [*given, *environment, _cache()]
    return [*given, *(root / folder for root in roots for folder in folders)]


def find(file: File, where: Iterable[Path]) -> Found | None:
    """The file in the first folder that has it, packed or not; then its stand-in."""
    where = list(where)
    for folder in where:
        for packing in _PACKINGS:
            if (path := folder / f"{file.name}{packing}").is_file():
                return Found(file, path)
    return find(file.stand_in, where) if file.stand_in else None


def target(folder: str, data_dir: Folder) -> Path:
    """Where a download is put: under `data_dir` if one was given, else in the user's cache."""
    return (Path(data_dir).expanduser() if data_dir else _cache()) / folder


def forbidden(download: bool | None) -> str:
    """Why the network must not be used; empty if it may."""
    if os.environ.get("GLASSGRAD_OFFLINE", "") not in ("", "0"):
        return "GLASSGRAD_OFFLINE is set"
    return "download=False was given" if download is False else ""


def install(missing: Sequence[File], remote: Remote, into: Path) -> None:
    """Fetch the missing files, check them all, and move them to their folder; or change nothing."""
    try:
        _install(missing, remote, into)
    except OSError as error:
        raise DataError(
            f"cannot write to {into}: {error}. Expected a folder with space in it: free some, "
            "or choose another one with data_dir."
        ) from error


def _install(missing: Sequence[File], remote: Remote, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into.parent, prefix=".glassgrad-") as folder:
        whole, packed = Path(folder, "whole"), Path(folder, "packed")
        whole.mkdir()
        if archive := remote.archive:
            check = partial(_same, archive, packed)
            _from_mirrors(remote.mirrors, archive.name, packed, archive.size, check)
            _take_members(packed, remote.archive_folder, missing, whole)
        else:
            for file in missing:
                path = whole / f"{file.name}.gz"
                _from_mirrors(remote.mirrors, path.name, path, file.size, Found(file, path).read)
        into.mkdir(exist_ok=True)
        for path in whole.iterdir():  # on the disk already, so the rename is all that is left
            path.replace(into / path.name)
        atomic.sync_folder(into)


def _from_mirrors(
    mirrors: Sequence[str], name: str, path: Path, size: int, check: Callable[[], object]
) -> None:
    """Try one mirror after the other until `check` accepts what came."""
    failures = []
    for mirror in mirrors:
        try:
            _download(mirror + name, path, size + size // 100 + _CHUNK)
            check()
            return
        except DataError as error:
            failures.append(f"{mirror}{name}: {error}")
    raise DataError(
        f"no mirror gave {name}; expected one of {len(mirrors)} to answer, got:\n  "
        + "\n  ".join(failures)
        + "\nTry again later, or fetch it by hand: load(..., download=False) says where to put it."
    )


def _download(url: str, path: Path, limit: int) -> None:
    """One file from one address.  On a terminal a bar is drawn; `limit` bytes are the most taken."""
    from rich.console import Console
    from rich.progress import Progress

    from glassgrad.data.download import download

    _log.info("downloading %s", url)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(Path(url).name, total=None)
        download(url, path, limit, lambda here, of: bar.update(task, completed=here, total=of))


def _same(archive: File, path: Path) -> None:
    """The archive is checked as it is, packed: nothing of another one is opened."""
    with path.open("rb") as stream:
        got = hashlib.file_digest(stream, "sha256").hexdigest()
    if f"sha256:{got}" != archive.digest:
        raise DataError(f"expected {archive.digest}, got sha256:{got}: it is altered or cut short")


def _take_members(path: Path, folder: str, files: Sequence[File], into: Path) -> None:
    """Named members only, each read to its size and checked; nothing is unpacked by the archive's wish."""
    try:
        with tarfile.open(path) as archive:
            for file in files:
                member = archive.extractfile(f"{folder}/{file.name}")
                data = member.read(file.size + 1) if member else b""
                verify(file, data, f"{folder}/{file.name} in the archive")
                atomic.write(into / file.name, data)
    except (tarfile.TarError, KeyError, EOFError, zlib.error) as error:
        raise DataError(
            f"the downloaded archive cannot be read: {error}. Expected {len(files)} files in "
            f"{folder}/: try again."
        ) from error


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("glassgrad", appauthor=False) / "data"
