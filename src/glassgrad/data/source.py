"""Where a data set comes from: a `Source` is one entry of the registry, found by its name.

`Stored` is a data set that lies in files: it knows their sizes and digests, the folders they may be in
and the mirrors they can be fetched from.  A subclass says only what the bytes mean (`decode`).  Nothing
is believed: the digest is checked at every load, whoever put the file there.
Read next: `fetch.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glassgrad.data import fetch
from glassgrad.data.base import Splits
from glassgrad.data.fetch import Folder, Remote
from glassgrad.data.files import File, Found
from glassgrad.errors import DataError


@dataclass(frozen=True)
class Info:
    """What there is to say about a data set without loading it.

    Args:
        name: for `load`.
        title: in words.
        licence: under which it may be used.
        source: who made it, and where it is from.
        shape: of one example.
        classes: their names.
        train: number of training examples.
        test: number of test examples.
        status: whether its files are here.
    """

    name: str
    title: str
    licence: str
    source: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    train: int
    test: int
    status: str
    """`built in`, `generated`, `in FOLDER`, or `not here, N MB to download`."""


@dataclass(frozen=True)
class FileCheck:
    """What became of checking one file.

    Args:
        file: its name.
        status: what was found.
        expected: the digest that it should have.
        path: where it lies, if it was found.
        message: what to do, in words.
    """

    file: str
    status: Literal["ok", "missing", "altered"]
    expected: str
    path: Path | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Source(ABC):
    """One data set of the registry: every instance at the top of a module of `glassgrad.data`."""

    name: str
    title: str
    licence: str
    source: str

    @abstractmethod
    def load(self, data_dir: Folder = None, download: bool | None = None) -> Splits:
        """The training and the test set."""

    @abstractmethod
    def get(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """Fetch what is missing, then check everything."""

    @abstractmethod
    def check(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """One result per file; nothing for a set that is generated."""

    @abstractmethod
    def info(self, data_dir: Folder = None) -> Info:
        """Title, licence, sizes and where it is."""


@dataclass(frozen=True, kw_only=True)
class Stored(Source):
    """A data set in files.

    Args:
        folders: where its files may lie under each root, the first being where a download goes.
        remote: the mirrors.
        built_in: the folder inside the package, for a set that is shipped with it.
    """

    shape: tuple[int, ...]
    classes: tuple[str, ...]
    train: int
    test: int
    files: tuple[File, ...]
    folders: tuple[str, ...] = ()
    remote: Remote | None = None
    built_in: Path | None = None

    @abstractmethod
    def decode(self, found: dict[str, Found]) -> Splits:
        """Turn the files, by the names in `self.files`, into data."""

    def load(self, data_dir: Folder = None, download: bool | None = None) -> Splits:
        """Find the files, fetch those that are missing unless told not to, check them, read them."""
        return self.decode(self._complete(data_dir, download))

    def get(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """As `Source.get`."""
        self._complete(data_dir, download=True)
        return self.check(data_dir)

    def check(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """Read every file and compare its digest."""
        with ThreadPoolExecutor() as pool:  # unpacking xz takes seconds and leaves Python's lock
            return tuple(pool.map(_check, self.files, self.found(data_dir).values()))

    def info(self, data_dir: Folder = None) -> Info:
        """As `Source.info`."""
        return Info(
            name=self.name,
            title=self.title,
            licence=self.licence,
            source=self.source,
            shape=self.shape,
            classes=self.classes,
            train=self.train,
            test=self.test,
            status=self._status(data_dir),
        )

    def found(self, data_dir: Folder = None) -> dict[str, Found | None]:
        """For each file, where it or its stand-in lies."""
        if self.built_in:
            return {f.name: Found(f, self.built_in / f"{f.name}.gz") for f in self.files}
        places = fetch.places(self.folders, data_dir)
        return {f.name: fetch.find(f, places) for f in self.files}

    def _complete(self, data_dir: Folder, download: bool | None) -> dict[str, Found]:
        """Where all files are, once what was missing is fetched.

        With `download=True`, a file that only a stand-in is there for counts as missing.
        """
        found = self.found(data_dir)
        here = {name: f for name, f in found.items() if f}
        is_enough = [
            f.name in here and (not download or here[f.name].file is f) for f in self.files
        ]
        missing = [f for f, enough in zip(self.files, is_enough, strict=True) if not enough]
        if not missing or not self.remote:
            return here
        target = fetch.target(self.folders[0], data_dir)
        if reason := fetch.forbidden(download):
            looked = fetch.places(self.folders, data_dir)
            raise DataError(self._by_hand(missing, reason, looked, self.remote, target))
        fetch.install(missing, self.remote, target)
        return self._complete(data_dir, download)

    def _by_hand(
        self, missing: list[File], reason: str, looked: list[Path], remote: Remote, target: Path
    ) -> str:
        """What is missing, where it was looked for, and what to do."""
        files = [remote.archive.name] if remote.archive else [f"{f.name}.gz" for f in missing]
        addresses = "\n  ".join(remote.mirrors[0] + name for name in files)
        places = "\n  ".join(map(str, looked))
        return (
            f"data set '{self.name}' is not on this machine, and {reason}.\n"
            f"Missing: {', '.join(f.name for f in missing)}.\nLooked in:\n  {places}\n"
            f"Either allow the download (`glassgrad data get {self.name}`), or fetch\n  {addresses}\n"
            f"yourself{', unpack it,' if remote.archive else ''} and put the files into {target}.\n"
            "Without a network, load('digits') and all point sets work."
        )

    def _status(self, data_dir: Folder) -> str:
        if not self.remote:
            return "built in"
        found = self.found(data_dir)
        here = [f for f in found.values() if f]
        if len(here) < len(found):
            return f"not here, {self.remote.megabytes:.0f} MB to download"
        stand_ins = [
            f"{f.file.name} for {name}" for name, f in found.items() if f and f.file.name != name
        ]
        return ", with ".join([f"in {here[0].path.parent}", *stand_ins])


def _check(file: File, found: Found | None) -> FileCheck:
    if found is None:
        return FileCheck(file.name, "missing", file.digest)
    try:
        found.read()
    except DataError as error:
        return FileCheck(found.file.name, "altered", found.file.digest, found.path, str(error))
    return FileCheck(found.file.name, "ok", found.file.digest, found.path)
