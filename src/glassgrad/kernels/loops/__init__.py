"""The kernels themselves, in the ten-line loops that `../compiler.py` compiles.  Begin with `gemm.py`."""
