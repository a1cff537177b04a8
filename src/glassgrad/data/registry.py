"""The data sets by name: `load("mnist")`, and what a command line needs to list, get and check them.

A data set is registered because its file is in this package: every `Source` at the top of a module is
found.  To add one, write a file like `fashion.py`; its laws (`tests/laws/test_data.py`) run by
themselves.  Read next: `points.py`.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from glassgrad.arguments import did_you_mean
from glassgrad.data.base import Splits
from glassgrad.data.fetch import Folder
from glassgrad.data.source import FileCheck, Info, Source
from glassgrad.discovery import instances
from glassgrad.errors import SettingError
from glassgrad.validate import validated


@cache
def sources() -> MappingProxyType[str, Source]:
    """Every data set of the package, by name, in alphabetical order."""
    found = instances("glassgrad.data", Source)  # type: ignore[type-abstract]
    return MappingProxyType({s.name: s for s in sorted(found, key=lambda s: s.name)})


@validated
def names() -> list[str]:
    """The names that `load` knows."""
    return list(sources())


@validated
def load(name: str, *, data_dir: Folder = None, download: bool | None = None) -> Splits:
    """A data set by its name, as `Splits(train, test)`; pixels are scaled to 0 … 1.

    Args:
        data_dir: look here first (for `NAME/`, for torchvision's folders, for the files themselves).
        download: None fetches what is missing unless GLASSGRAD_OFFLINE is set; False never does; True
            also fetches what only a smaller stand-in is there for.
        name: as `data.names()` lists them.

    Raises:
        SettingError: no data set has this name.
        DataError: the files are missing and cannot be fetched, or they are not the original ones.

    >>> train, test = load("digits")
    >>> train
    Dataset(digits/train: 1,438 examples of shape (1, 8, 8), 10 classes)
    """
    return _source(name).load(data_dir, download)


@validated
def info(name: str, *, data_dir: Folder = None) -> Info:
    """Title, licence, source, sizes, classes, and whether it is on this machine.

    Args:
        name: of the data set.
        data_dir: folders to look into before the usual ones.
    """
    return _source(name).info(data_dir)


@validated
def get(name: str, *, data_dir: Folder = None) -> tuple[FileCheck, ...]:
    """Fetch what is missing, into `data_dir` or the user's cache, and check every file.

    Args:
        name: of the data set.
    """
    source = _source(name)
    source.load(data_dir, download=True)
    return source.check(data_dir)


@validated
def check(name: str, *, data_dir: Folder = None) -> tuple[FileCheck, ...]:
    """Check every file against its digest; nothing is fetched.  A generated set has no files.

    Args:
        name: of the data set.
        data_dir: folders to look into before the usual ones.
    """
    return _source(name).check(data_dir)


def _source(name: str) -> Source:
    if name in sources():
        return sources()[name]
    hint = did_you_mean(name, names(), "choose one of these.", most=3)
    raise SettingError(
        f"there is no data set {name!r}; expected one of {', '.join(names())}: {hint}"
    )
