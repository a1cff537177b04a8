"""The kernels themselves, in the ten-line loops that `../native.py` compiles.  Begin with `gemm.py`."""
