"""What the other process does: it compiles the kernels that almost every training step needs, and ends.

It takes them in the order in which steps need them, and leaves out what somebody else is compiling.  When
the process that started it dies, however it dies, it dies too: nobody is left to profit.
`second_process.py` starts it.
"""

from __future__ import annotations

import os
import sys
import threading

from glassgrad.files.lock import tried
from glassgrad.kernels import (
    blocking,
    conv,
    elementwise,
    gemm,
    layout,
    loss,
    pool,
    sums,
    thread_pool,
    winograd,
)
from glassgrad.kernels.object_files import object_files

USUAL = (
    *(elementwise.BASIC, gemm.TILES, loss.FEW, sums.EVERYTHING, sums.COLUMNS, sums.COLLECT),
    *(pool.MAX_POOL_2X2, pool.MAX_POOL_2X2_GRADIENT, winograd.kernel("collect", 5)),
    *(conv.weight_kernel(5, 5, 16), conv.COLLECT, layout.COPY, blocking.PAD, conv.PACK),
    thread_pool.WORK,
)
"""What it compiles, in this order: first what all steps need, then what those need that begin with a 5 × 5
convolution.  The first process meets the convolutions early: they are left to it."""


def compile_usual() -> None:
    """Compile what is not there; one process of a user does that at a time."""
    files = object_files()
    if files.folder is not None:
        with tried(files.folder / "precompile.lock") as is_held:
            for kernel in USUAL if is_held else ():
                if files.read(kernel.file) is None:
                    files.make(kernel.file, kernel.compile)


def end_with_parent() -> None:
    """End this process when the one that started it is gone: then its end of the pipe is closed."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    compile_usual()
