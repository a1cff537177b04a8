"""From a Python function to machine code for this very processor.

Numba translates the function to LLVM's language, and LLVM compiles that for the CPU it finds.  Nothing is
kept here, and nothing is run.  Read next: `object_files.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from glassgrad.errors import SettingError

OLDER = {
    "x86-64": ["sse2"],
    "x86-64-v2": ["sse4.2"],
    "x86-64-v3": ["avx2", "fma"],
    "x86-64-v4": ["avx512f", "avx512vl"],
}
"""The generations of x86 processors, each with what a CPU must have to run its code."""


class Unsupported(Exception):
    """This machine cannot compile or run kernels, for a reason that is its own; NumPy can do the work."""


def target_machine() -> Any:
    """LLVM's description of the processor that runs this program.

    Raises:
        Unsupported: LLVM cannot make code for it.
    """
    try:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple()
    except RuntimeError as error:
        raise Unsupported(f"LLVM makes no code for this processor ({error})") from error
    cpu, features = processor()
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


def object_code(written: Callable[[], Callable[..., None]], signature: type, symbol: str) -> bytes:
    """The object file of a kernel: Numba writes LLVM's language, LLVM the machine's.

    Numba would optimise each helper, then the whole, and compile both; we want it done once, at the end.

    Args:
        written: gives the function `(first, last, args, scratch)` in the Python that Numba understands;
            it imports Numba, and is asked when that has started.
        signature: what `args` holds, by name.
        symbol: the name that the machine code is to have.

    Raises:
        Unsupported: Numba does not start here, or LLVM cannot make code for this processor.
    """
    numba = started_numba()

    from glassgrad.kernels.pointers import FLOATS
    from glassgrad.kernels.row_type import Row

    kind = numba.void(numba.int64, numba.int64, Row(signature), FLOATS)
    config = numba.config
    before, config.OPT = config.OPT, type(config.OPT)(0)
    try:
        callback = numba.cfunc(kind, error_model="numpy")(written())
    finally:
        config.OPT = before
    return _emit(callback.inspect_llvm(), callback.native_name, symbol)


def started_numba() -> Any:
    """Numba, which may refuse to start: it does with a NumPy that is newer than it knows.

    Raises:
        Unsupported: it refused.
    """
    try:
        import numba
    except Exception as error:  # whatever somebody else's package may raise as it starts
        raise Unsupported(f"Numba does not start ({type(error).__name__}: {error})") from error
    return numba


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
