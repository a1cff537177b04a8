"""One file from one address, by the standard library: http, https or file, through proxies and redirects.

A connection that breaks is taken up where it broke (`Range`), if the server still has the same file
(`If-Range`); a server that cannot do that begins again.  Whether it is the right file is for the caller to
see: here only its length is known.  Read next: `fetch.py`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from glassgrad.errors import DataError
from glassgrad.version import __version__

TIMEOUT = 30.0
"""Seconds to wait for an answer, and for each next piece of it."""
TRIES = 5
"""How often a file is asked for at one address, if a part of it came."""
PAUSE = 1.0
"""Seconds between two tries."""
_CHUNK = 2**16
_NO_SUCH_RANGE = 416

Progress = Callable[[int, int | None], None]
"""Gets the number of bytes that are here, and the number of all if the server said it."""


def download(url: str, path: Path, limit: int, progress: Progress = lambda here, of: None) -> None:
    """Put what lies at `url` under `path`.

    Args:
        url: `https://…`, `http://…` or `file:///…`.
        path: the file that is written; it is not whole until this returns.
        limit: so many bytes are taken at most.
        progress: called after each piece.

    Raises:
        DataError: nobody answers, the connection broke too often, or there are more than `limit` bytes.
        OSError: `path` cannot be written.
    """
    with path.open("wb") as file:
        transfer = _Transfer(url, file, limit, progress)
        transfer.run()
        file.flush()
        os.fsync(file.fileno())


class _Broken(Exception):
    """The network's part of what can go wrong; what is left as OSError is the disk's."""


class _Transfer:
    def __init__(self, url: str, file: BinaryIO, limit: int, progress: Progress) -> None:
        self.url, self.file, self.limit, self.progress = url, file, limit, progress
        self.validator = ""  # by which the server knows whether its file is still the same
        self.has_begun = False

    def run(self) -> None:
        """Ask until everything is here.  Where nothing comes at all, one try is enough."""
        for tries_left in reversed(range(TRIES)):
            try:
                self._go_on()
                break
            except _Broken as broken:
                if not self.has_begun or not tries_left:
                    raise DataError(str(broken)) from broken
            time.sleep(PAUSE)

    def _go_on(self) -> None:
        """Ask for what is missing, and take it."""
        with self._ask() as answer:
            total = self._start(answer)
            for chunk in _chunks(answer):
                self.has_begun = True
                self._refuse_too_long(self.file.tell() + len(chunk))
                self.file.write(chunk)
                self.progress(self.file.tell(), total)
        if total is not None and self.file.tell() < total:
            raise _Broken(f"it was cut short: {self.file.tell():,} of {total:,} bytes came")

    def _ask(self) -> Any:
        """The server's answer: the whole file, or what follows the bytes that are here."""
        headers = {"User-Agent": f"glassgrad/{__version__}"}
        if here := self.file.tell():
            headers["Range"] = f"bytes={here}-"
            if self.validator:
                headers["If-Range"] = self.validator
        try:
            return build_opener().open(Request(self.url, headers=headers), timeout=TIMEOUT)
        except HTTPError as error:
            with error:
                if error.code == _NO_SUCH_RANGE:
                    self._forget()
                raise _Broken(str(error)) from error
        except URLError as error:
            raise _Broken(str(error.reason)) from error
        except (OSError, HTTPException) as error:
            raise _Broken(_reason(error)) from error

    def _start(self, answer: Any) -> int | None:
        """Go to where the answer begins; returns how long the file will be, if the server says it."""
        if answer.status != 206:
            self._forget()
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {self.file.tell()}-"):
            self._forget()
            raise _Broken("the server sent another part than the one asked for")
        etag, date = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
        self.validator = (
            date if etag.startswith("W/") else etag or date
        )  # a weak one may not be asked
        length = answer.headers.get("Content-Length", "")
        total = self.file.tell() + int(length) if length.isdecimal() else None
        self._refuse_too_long(total or 0)
        return total

    def _forget(self) -> None:
        """Begin again."""
        if self.file.tell():
            self.file.seek(0)
            self.file.truncate()

    def _refuse_too_long(self, count: int) -> None:
        if count > self.limit:
            raise DataError(
                f"expected at most {self.limit:,} bytes, got {count:,} or more: it is too long for "
                "this file"
            )


def _chunks(answer: Any) -> Iterator[bytes]:
    """What comes, piece by piece; an error of whoever takes the pieces is not caught here."""
    try:
        while chunk := answer.read(_CHUNK):
            yield chunk
    except (OSError, HTTPException) as error:
        raise _Broken(_reason(error)) from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
