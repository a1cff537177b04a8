"""From a Python function to machine code for this very processor, once; afterwards it comes from disk.

Numba translates the function to LLVM's language, LLVM compiles that for the CPU it finds, and the object
file is kept in the user's cache folder under a name that changes with the source, the versions and the
CPU.  So a second process needs neither Numba nor a compiler, only to load what is there.  Nothing is
unpickled: a file that was altered is refused by its checksum and compiled again.
Read next: `thread_pool.py`.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import os
import sys
import tempfile
import threading
from contextlib import suppress
from ctypes import CFUNCTYPE, c_int, c_int64, c_void_p, create_string_buffer
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from glassgrad.errors import SettingError
from glassgrad.kernels import precompile

HERE = Path(__file__).parent
OLDER = {
    "x86-64": ["sse2"],
    "x86-64-v2": ["sse4.2"],
    "x86-64-v3": ["avx2", "fma"],
    "x86-64-v4": ["avx512f", "avx512vl"],
}
"""The generations of x86 processors, each with what a CPU must have to run its code."""
_lock = threading.RLock()


class Kernel:
    """A kernel by its name, `loops/<module>.py: <name>`; with `sizes`, the function that makes it.

    A kernel is a function `(first, last, args, scratch)` that does the tasks first … last - 1 of a job.
    """

    def __init__(self, module: str, name: str, *sizes: int) -> None:
        self.module, self.name, self.sizes = module, name, sizes
        self.file = ".".join([module, name, *map(str, sizes)]) + ".o"
        self.symbol = f"glassgrad.{module}.{name}"

    @cached_property
    def address(self) -> int:
        """Where the machine code is; compiled or loaded when it is asked for the first time."""
        with _lock:
            path = cache_folder() / self.file
            code = read_checked(path)
            if code is None:
                code = _compiled(self, path)
            return _load(code, self.symbol)

    @cached_property
    def function(self) -> Any:
        """The same for Python; while it runs, the interpreter's lock is released."""
        words = [c_int64, c_int64, c_void_p, c_void_p]
        return CFUNCTYPE(c_int, c_void_p, c_void_p, *words)(self.address)


def call(kernel: Kernel, first: int, last: int, args: int, scratch: int) -> None:
    """Run a kernel on this thread."""
    kernel.function(_NOWHERE, _NOWHERE, first, last, args, scratch)


_NOWHERE = create_string_buffer(8)
"""Where a kernel writes its result, which is None."""


def _compiled(kernel: Kernel, path: Path) -> bytes:
    """Compile a kernel and keep it, unless the other process has it ready meanwhile."""
    _tell_once()
    precompile.wait_for(path)
    code = read_checked(path)
    if code is None:
        with precompile.marked(path):
            code = compile_kernel(kernel)
            write_checked(path, code)
    return code


def _load(code: bytes, symbol: str) -> int:
    """Put an object file into memory, ready to run; it stays until the process ends."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    return engine.get_function_address(symbol)


_loaded: list[Any] = []


def target_machine() -> Any:
    """LLVM's description of the processor that runs this program."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = processor()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu, features, opt=3, reloc="static", jit=True)


@cache
def processor() -> tuple[str, str]:
    """Name and abilities of the CPU; `GLASSGRAD_CPU` names an older one, to try its code on this one.

    Raises:
        SettingError: that name is not one of `OLDER`, or this CPU cannot do what it can.
    """
    host, named = llvm.get_host_cpu_features(), os.environ.get("GLASSGRAD_CPU", "")
    if not named:
        return llvm.get_host_cpu_name(), host.flatten()
    known = [name for name, needs in OLDER.items() if all(map(host.get, needs))]
    if named not in known:  # LLVM would end the process
        raise SettingError(
            f"GLASSGRAD_CPU expects {', '.join(known) or 'nothing'} on this machine, got {named!r}: "
            "leave it out to use all that the CPU can do."
        )
    return named, ""


def compile_kernel(kernel: Kernel) -> bytes:
    """The object file of a kernel: Numba writes LLVM's language, LLVM the machine's.

    Numba would optimise each helper, then the whole, and compile both; we want it done once, at the end.
    """
    import numba

    from glassgrad.kernels.memory import FLOATS, INTEGERS

    loops = importlib.import_module(f"glassgrad.kernels.loops.{kernel.module}")
    function = getattr(loops, kernel.name)
    if kernel.sizes:
        function = function(*kernel.sizes)
    kind = numba.void(numba.int64, numba.int64, INTEGERS, FLOATS)
    config: Any = numba.config
    before, config.OPT = config.OPT, type(config.OPT)(0)
    try:
        callback = numba.cfunc(kind, error_model="numpy")(function)
    finally:
        config.OPT = before
    return _emit(callback.inspect_llvm(), callback.native_name, kernel.symbol)


def _emit(text: str, wrapper: str, symbol: str) -> bytes:
    """Optimise and compile; what only Numba's wrapper for errors of Python needs falls away."""
    module, machine = llvm.parse_assembly(text), target_machine()
    kept = wrapper.removeprefix("cfunc.")
    for function in module.functions:
        if not function.is_declaration and function.name != kept:
            function.linkage = "internal"
    module.get_function(kept).name = symbol
    as_written = llvm.create_pipeline_tuning_options(3)
    as_written.loop_unrolling = as_written.loop_vectorization = as_written.slp_vectorization = False
    passes = llvm.create_pass_builder(machine, as_written)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)


@cache
def _tell_once() -> None:
    print("glassgrad: compiling kernels for your CPU (once)", file=sys.stderr, flush=True)


@cache
def fingerprint() -> str:
    """Changes with anything that could change the machine code."""
    parts = [version("numba"), version("llvmlite"), version("numpy"), sys.version, *processor()]
    sources = sorted([*HERE.glob("*.py"), *HERE.glob("loops/*.py")])
    seal = hashlib.sha256("\n".join(parts).encode())
    for path in sources:
        seal.update(path.read_bytes())
    return seal.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where object files are kept: `GLASSGRAD_CACHE`, or the user's cache; if neither, for this process."""
    try:
        folder = _root() / "kernels" / fingerprint()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):  # read-only, full, or a user without a home
        temporary = tempfile.TemporaryDirectory(prefix="glassgrad-")
        atexit.register(temporary.cleanup)
        return Path(temporary.name)


def _root() -> Path:
    import platformdirs

    named = os.environ.get("GLASSGRAD_CACHE")
    if named:
        return Path(named).absolute()
    root = platformdirs.user_cache_path("glassgrad")
    if not root.is_absolute():
        raise OSError(f"{root} is nowhere")
    return root


def write_checked(path: Path, code: bytes) -> None:
    """Write the code after its checksum, so that another process sees all of it or nothing.

    A full or read-only disk costs the next process a compilation, nothing more.
    """
    with suppress(OSError):
        number, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(name, path)  # noqa: PTH105
        except OSError:
            Path(name).unlink()
            raise


def read_checked(path: Path) -> bytes | None:
    """The code, or None if there is none or it is not what was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    seal, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == seal else None
