"""A kernel by its name: compiled the first time ever, loaded afterwards, and called.

Read next: `thread_pool.py`.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from ctypes import CFUNCTYPE, addressof, c_int, c_int64, c_void_p, create_string_buffer
from functools import cache, cached_property
from typing import Any

import llvmlite.binding as llvm

from glassgrad.kernels import compiler, second_process
from glassgrad.kernels.object_files import object_files

_lock = threading.RLock()


class Kernel:
    """A kernel by its name, `loops/<module>.py: <name>`; with `sizes`, the function that makes it.

    A kernel is a function `(first, last, args, scratch)` that does the tasks first … last - 1 of a job.
    What `args` holds is its signature, a `NamedTuple` (see `argument_row.py`).
    """

    def __init__(self, module: str, name: str, signature: type, *sizes: int) -> None:
        self.module, self.name, self.signature, self.sizes = module, name, signature, sizes
        self.file = ".".join([module, name, *map(str, sizes)]) + ".o"
        self.symbol = f"glassgrad.{module}.{name}"

    @cached_property
    def address(self) -> int:
        """Where the machine code is; compiled or loaded when it is asked for the first time."""
        with _lock:
            return _load(object_files().get(self.file, self._compile_first), self.symbol)

    @cached_property
    def function(self) -> Any:
        """The same for Python; while it runs, the interpreter's lock is released."""
        words = [c_int64, c_int64, c_void_p, c_void_p]
        return CFUNCTYPE(c_int, c_void_p, c_void_p, *words)(self.address)

    def compile(self) -> bytes:
        """The object file."""
        return compiler.object_code(self.python, self.signature, self.symbol)

    def python(self) -> Callable[..., None]:
        """The function as it is written."""
        loops = importlib.import_module(f"glassgrad.kernels.loops.{self.module}")
        function: Any = getattr(loops, self.name)
        made: Callable[..., None] = function(*self.sizes) if self.sizes else function
        return made

    def _compile_first(self) -> bytes:
        """The same in a process that has found nothing: it says so, and is not alone with the work."""
        _tell_once()
        if object_files().folder is not None:
            second_process.start()
        return self.compile()


def call(kernel: Kernel, first: int, last: int, args: int, scratch: int) -> None:
    """Run a kernel on this thread."""
    kernel.function(_NOWHERE, _NOWHERE, first, last, args, scratch)


_result = create_string_buffer(8)
_NOWHERE = addressof(_result)
"""Where a kernel writes its result, which is None."""


def _load(code: bytes, symbol: str) -> int:
    """Put an object file into memory, ready to run; it stays until the process ends."""
    machine = compiler.target_machine()
    try:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    except RuntimeError as error:
        raise compiler.Unsupported(f"LLVM runs no code here ({error})") from error
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    return engine.get_function_address(symbol)


_loaded: list[Any] = []


@cache
def _tell_once() -> None:
    print("glassgrad: compiling kernels for your CPU (once)", file=sys.stderr, flush=True)
