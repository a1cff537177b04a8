"""Where machine code is kept, so that the next process needs neither Numba nor a compiler.

The user's cache holds one folder for each state of what could change the code: our sources, versions, the
CPU.  It is a folder of the user's own (`own_folder.py`), and each file in it bears a seal (HMAC-SHA-256)
with a random key that lies there: what was damaged, exchanged or brought from elsewhere is not run, but
compiled again.
Processes that need the same kernel at the same time compile it once between them.  Read next: `loading.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from glassgrad.files import atomic
from glassgrad.files.lock import tried
from glassgrad.kernels.compiler import processor
from glassgrad.kernels.own_folder import NotOurs, own_folder

HERE = Path(__file__).parent
KEY, SEAL = 32, 32
"""Bytes of the key, and of the seal that is made with it."""
PATIENCE = 60.0
"""Seconds to wait for another process that compiles a kernel; one that was stopped never ends."""
OLD = 60.0
"""Seconds after which a file half written was left by a process that was killed."""


class ObjectFiles:
    """Machine code by name, in a folder of this user's own.

    Args:
        folder: what `own_folder` gave; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.key = secrets.token_bytes(KEY) if folder is None else _kept_key(folder)
        if folder is not None:
            _sweep(folder)

    def get(self, name: str, compile_it: Callable[[], bytes]) -> bytes:
        """The code of that name; if there is none, one of the processes that ask compiles it."""
        code, began = self.read(name), time.monotonic()
        while code is None and time.monotonic() - began < PATIENCE:
            code = self.make(name, compile_it)
            if code is None:
                time.sleep(0.005)
                code = self.read(name)
        return compile_it() if code is None else code

    def make(self, name: str, compile_it: Callable[[], bytes]) -> bytes | None:
        """Compile it and keep it, if it is not there; None if another process is at it."""
        with ExitStack() as stack:
            if not self._alone(name, stack):
                return None
            code = self.read(name)
            if code is None:
                code = compile_it()
                self.write(name, code)
            return code

    def read(self, name: str) -> bytes | None:
        """The code, or None if there is none or it is not what was written."""
        if self.folder is None:
            return None
        try:
            content = (self.folder / name).read_bytes()
        except OSError:
            return None
        seal, code = content[:SEAL], content[SEAL:]
        return code if hmac.compare_digest(seal, self._seal(name, code)) else None

    def write(self, name: str, code: bytes) -> None:
        """Keep the code behind its seal, so that another process sees all of it or nothing.

        A full or read-only disk costs the next process a compilation, nothing more.
        """
        if self.folder is not None:
            with suppress(OSError):
                atomic.write(self.folder / name, self._seal(name, code) + code, mode=0o600)

    def _seal(self, name: str, code: bytes) -> bytes:
        return hmac.digest(self.key, name.encode() + b"\0" + code, "sha256")

    def _alone(self, name: str, stack: ExitStack) -> bool:
        """Whether nobody else compiles this, until the stack is closed."""
        if self.folder is None:
            return True
        try:
            return stack.enter_context(tried(self.folder / f"{name}.lock"))
        except OSError:  # no locks here: something may be compiled twice, no more
            return True


def _kept_key(folder: Path) -> bytes:
    """The key of a folder; a new one, with which no old seal agrees, if it could be known to others.

    Raises:
        OSError: it cannot be kept.
    """
    path, began = folder / "key", time.monotonic()
    while (key := _read_key(path)) is None and time.monotonic() - began < PATIENCE:
        with tried(folder / "key.lock") as is_held:
            if is_held and _read_key(path) is None:
                atomic.write(path, secrets.token_bytes(KEY), mode=0o600)
        time.sleep(0.001)
    if key is None:
        raise OSError(f"expected a key in {path}, got none")
    return key


def _read_key(path: Path) -> bytes | None:
    """The key, if it is a whole one that nobody else can read."""
    with suppress(OSError):
        found = path.lstat()
        is_ours = not hasattr(os, "geteuid") or (
            found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
        )
        if stat.S_ISREG(found.st_mode) and found.st_size == KEY and is_ours:
            return path.read_bytes()
    return None


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed had half written."""
    for left in folder.glob(".*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > OLD:
                left.unlink()


@cache
def object_files() -> ObjectFiles:
    """Those of this user: in `GLASSGRAD_CACHE`, the user's cache, or a folder for temporary files.

    A folder that others may write to is not used, and a line says so; if none is left, nothing is kept.
    """
    for root in _roots():
        try:
            return ObjectFiles(own_folder(root / "kernels" / fingerprint()))
        except NotOurs as error:
            print(
                f"glassgrad: kernels are not loaded where others could exchange them: {error}",
                file=sys.stderr,
                flush=True,
            )
        except (OSError, RuntimeError):  # read-only, full, or a circle of links
            continue
    return ObjectFiles(None)


def _roots() -> Iterator[Path]:
    """Where the folder may be, the best place first."""
    import platformdirs

    with suppress(RuntimeError):  # a user without a home
        named = os.environ.get("GLASSGRAD_CACHE")
        root = Path(named).absolute() if named else platformdirs.user_cache_path("glassgrad")
        if root.is_absolute():
            yield root
    user = os.geteuid() if hasattr(os, "geteuid") else "user"
    with suppress(OSError):
        yield Path(tempfile.gettempdir(), f"glassgrad-{user}")


@cache
def fingerprint() -> str:
    """Changes with anything that could change the machine code."""
    parts = [version("numba"), version("llvmlite"), version("numpy"), sys.version, *processor()]
    seal = hashlib.sha256("\n".join(parts).encode())
    for path in sorted([*HERE.glob("*.py"), *HERE.glob("loops/*.py")]):
        seal.update(path.read_bytes())
    return seal.hexdigest()[:16]
